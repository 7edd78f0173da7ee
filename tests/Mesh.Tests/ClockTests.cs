using VideoMesh.TestKit;
using VideoMesh.TestKit.Media;

namespace VideoMesh.Mesh.Tests;

/// <summary>Machines whose clocks are wrong: what another machine takes for the time decides nothing.</summary>
public class ClockTests
{
    [Theory]
    [InlineData("+1h", null)]
    [InlineData("-1h", null)]
    [InlineData(null, "+1h")]
    [InlineData(null, "-1h")]
    public async Task A_job_ends_right_though_one_side_is_an_hour_off(string? miners, string? clients)
    {
        await using var mesh = await TestMesh.With(compute: 0);
        var miner = mesh.Start(["node", "--role", "compute", "--network", mesh.Network, "--data", mesh.PathOf("miner"), "--sandbox", mesh.Sandbox, "--json"], miners);

        var run = await mesh.Start(mesh.TranscodeArguments(A.WebcamClip("mp4"), mesh.Profile()), clients).Ended;

        TestMesh.Signal(miner.Pid, "TERM");
        var ended = await miner.Ended;
        Assert.True(run.ExitCode == 0, $"{run}\n{ended}");
        Assert.Equal(249, run.Json!["renditions"]![0]!["frames"]!.GetValue<int>());
    }
}
