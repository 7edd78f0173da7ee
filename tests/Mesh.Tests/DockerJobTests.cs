using VideoMesh.TestKit;
using VideoMesh.TestKit.Media;

namespace VideoMesh.Mesh.Tests;

/// <summary>The main job with a real Docker engine around every ffmpeg.</summary>
public class DockerJobTests(DockerDaemon engine) : IClassFixture<DockerDaemon>
{
    [Fact]
    public async Task A_job_in_containers_survives_a_killed_miner_and_leaves_no_container()
    {
        await using (var mesh = await TestMesh.With(compute: 2, engine: engine))
        {
            var job = mesh.Transcode(A.WebcamClip("mp4"), mesh.Profile("slow", height: 360));
            await mesh.JobHasSegments(1);
            Assert.NotEmpty(await engine.ContainersAsync());

            TestMesh.Signal(mesh.Compute[0], "KILL");

            var run = await job.Ended;
            Assert.True(run.ExitCode == 0, run.ToString());
            Assert.Equal(249, run.Json!["renditions"]![0]!["frames"]!.GetValue<int>());
        }

        await Eventually.TrueAsync(async () => (await engine.ContainersAsync()).Length == 0, what: "no container is left");
    }
}
