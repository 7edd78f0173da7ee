using System.Diagnostics;
using VideoMesh.Miners.Sandbox;
using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Sandbox;

/// <summary>A sandbox changes nothing about what ffmpeg makes.</summary>
[Collection(DockerIsolationTests.Name)]
public sealed class EncodeTests(DockerDaemon engine)
{
    private static readonly string[] Encode =
    [
        "-vf", "scale=-2:90:flags=bicubic+accurate_rnd+bitexact", "-c:v", "libx264", "-preset", "medium", "-crf", "23", "-threads", "1",
        "-pix_fmt", "yuv420p", "-bsf:v", "filter_units=remove_types=6", "-fflags", "+bitexact", "-flags:v", "+bitexact",
    ];

    [Fact]
    public async Task The_same_packets_come_out_of_every_sandbox_and_of_none()
    {
        using var folder = new TempFolder();
        var source = folder.At("source; rm -rf 'x'\n.mkv");
        using (var make = Process.Start("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2", "-c:v", "libx264", "-threads", "1", source]))
        {
            await make.WaitForExitAsync();
        }

        var bare = await RunAsync(SandboxKind.None, folder, source);
        Assert.Matches("^0,v,SHA256=[0-9a-f]{64}\n$", bare);
        Assert.Equal(bare, await RunAsync(SandboxKind.Bubblewrap, folder, source));
        Assert.Equal(bare, await RunAsync(SandboxKind.Docker, folder, source));
    }

    [Theory]
    [InlineData(SandboxKind.Bubblewrap)]
    [InlineData(SandboxKind.Docker)]
    [InlineData(SandboxKind.None)]
    public async Task Nothing_of_a_command_runs_before_its_turn(SandboxKind kind)
    {
        using var folder = new TempFolder();
        await using var sandbox = await Sandboxes.CreateAsync(Options(kind, folder), default);
        await using var session = await sandbox.OpenAsync(SandboxMounts.None, new SandboxLimits { WallTime = TimeSpan.FromSeconds(20) }, default);
        var file = Path.Combine(session.WorkFolder, "out.mkv");
        var (reached, turn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var command = new SandboxCommand
        {
            Tool = MediaTool.Ffmpeg,
            Arguments = ["-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=25:duration=1", "out.mkv"],
            Turn = token =>
            {
                reached.TrySetResult();
                return turn.Task.WaitAsync(token);
            },
        };

        using var cancel = new CancellationTokenSource();
        var given = session.RunAsync(command, cancel.Token);
        await reached.Task;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        Assert.False(File.Exists(file));

        reached = new TaskCompletionSource();
        var run = session.RunAsync(command, default);
        await reached.Task;
        Assert.False(File.Exists(file));
        turn.SetResult();
        Assert.Equal(0, (await run).ExitCode);
        Assert.True(File.Exists(file));
    }

    [Fact]
    public async Task Ffprobe_reads_an_input_and_progress_arrives_while_ffmpeg_works()
    {
        using var folder = new TempFolder();
        await using var sandbox = await Sandboxes.CreateAsync(Options(SandboxKind.Bubblewrap, folder), default);
        await using var session = await sandbox.OpenAsync(SandboxMounts.None, new SandboxLimits(), default);
        var progress = "";
        var encoded = await session.RunAsync(
            new SandboxCommand
            {
                Tool = MediaTool.Ffmpeg,
                Arguments = ["-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=25:duration=1", "-progress", "pipe:1", "out.mp4"],
                ReadOutput = async (stream, stop) => progress = await new StreamReader(stream).ReadToEndAsync(stop),
            },
            default);
        Assert.Equal((0, ""), (encoded.ExitCode, encoded.Errors));
        Assert.EndsWith("progress=end\n", progress, StringComparison.Ordinal);
        Assert.True(encoded.CpuTime > TimeSpan.Zero);

        var frames = "";
        await session.RunAsync(
            new SandboxCommand
            {
                Tool = MediaTool.Ffprobe,
                Arguments = ["-v", "error", "-count_packets", "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", "out.mp4"],
                ReadOutput = async (stream, stop) => frames = await new StreamReader(stream).ReadToEndAsync(stop),
            },
            default);
        Assert.Equal("25\n", frames);
    }

    private async Task<string> RunAsync(SandboxKind kind, TempFolder folder, string source)
    {
        await using var sandbox = await Sandboxes.CreateAsync(Options(kind, folder), default);
        await using var session = await sandbox.OpenAsync(new SandboxMounts([new ReadOnlyFile("s.mkv", source)]), new SandboxLimits(), default);
        var encoded = await session.RunAsync(
            new SandboxCommand { Tool = MediaTool.Ffmpeg, Arguments = ["-v", "error", "-nostdin", "-i", session.InputPath("s.mkv"), .. Encode, "o.mp4"] }, default);
        Assert.Equal((0, ""), (encoded.ExitCode, encoded.Errors));
        var hash = "";
        await session.RunAsync(
            new SandboxCommand
            {
                Tool = MediaTool.Ffmpeg,
                Arguments = ["-v", "error", "-i", "o.mp4", "-map", "0:v", "-c", "copy", "-f", "streamhash", "-hash", "sha256", "-"],
                ReadOutput = async (stream, stop) => hash = await new StreamReader(stream).ReadToEndAsync(stop),
            },
            default);
        return hash;
    }

    private SandboxOptions Options(SandboxKind kind, TempFolder folder) =>
        new() { Kind = kind, ScratchRoot = folder.At("scratch"), DockerSocket = engine.Socket, DockerImage = "videomesh-test-worker" };
}
