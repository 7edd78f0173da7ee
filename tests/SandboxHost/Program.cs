using VideoMesh.Miners.Sandbox;

// A process of its own for tests that kill it, or run it as another user:
//   KIND SCRATCH FFMPEG SOCKET INPUT ARGUMENT
// opens a session with that input as "input.bin" and that memory limit, runs FFMPEG with the one argument, and passes its output on.
var sandbox = await Sandboxes.CreateAsync(
    new SandboxOptions
    {
        Kind = Enum.Parse<SandboxKind>(args[0], ignoreCase: true),
        ScratchRoot = args[1],
        FfmpegPath = args[2],
        FfprobePath = "/usr/bin/ffprobe",
        DockerSocket = args[3],
        DockerImage = "videomesh-test-probe",
    },
    CancellationToken.None);
await using (sandbox)
{
    var mounts = new SandboxMounts([new ReadOnlyFile("input.bin", args[4])]);
    var limits = new SandboxLimits { MemoryBytes = 512 << 20, Pids = 30, WallTime = TimeSpan.FromMinutes(2) };
    await using var session = await sandbox.OpenAsync(mounts, limits, CancellationToken.None);
    Console.WriteLine(session.Guards);
    await using var output = Console.OpenStandardOutput();
    var command = new SandboxCommand { Tool = MediaTool.Ffmpeg, Arguments = [args[5]], ReadOutput = (stream, stop) => stream.CopyToAsync(output, stop) };
    var result = await session.RunAsync(command, CancellationToken.None);
    Console.WriteLine(result.Errors);
    Console.WriteLine($"exit {result.ExitCode}, limit {result.LimitHit?.ToString() ?? "none"}");
    foreach (var path in Directory.GetFiles(session.WorkFolder))
    {
        Console.WriteLine($"left {Path.GetFileName(path)}: {File.ReadAllText(path)}");
    }
}
