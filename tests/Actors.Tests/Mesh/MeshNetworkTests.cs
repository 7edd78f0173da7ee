using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.TestKit;
using static VideoMesh.Actors.Tests.Mesh.MeshStories;

namespace VideoMesh.Actors.Tests.Mesh;

public sealed class MeshNetworkTests
{
    [Fact]
    public async Task Three_nodes_find_each_other_through_one_seed()
    {
        await using var seed = await MeshNode.StartAsync();
        await using var left = await MeshNode.StartAsync([seed]);
        await using var right = await MeshNode.StartAsync([seed]);

        await SeeEachOther(seed, left, right);
        await CanTalk(left, right, frames: 1);
        await CanTalk(right, left, frames: 2);
    }
}
