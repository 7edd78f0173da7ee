using System.Diagnostics;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.TestKit.Media;

/// <summary>A session without walls, for tests of what is run and not of where: commands see inputs under made-up names, as in a real one.</summary>
public sealed class PlainSession : ISandboxSession
{
    private readonly string _root = Directory.CreateTempSubdirectory("videomesh-media-").FullName;

    private PlainSession()
    {
        WorkFolder = Directory.CreateDirectory(Path.Combine(_root, "work")).FullName;
        Directory.CreateDirectory(Path.Combine(_root, "in"));
    }

    public string WorkFolder { get; }

    /// <summary>The argument lists that were run, in order.</summary>
    public List<IReadOnlyList<string>> Ran { get; } = [];

    public static PlainSession With(params (string Name, string HostPath)[] inputs)
    {
        var session = new PlainSession();
        foreach (var (name, path) in inputs)
        {
            File.CreateSymbolicLink(session.InputPath(name), path);
        }

        return session;
    }

    public string InputPath(string name) => Path.Combine(_root, "in", name);

    public async Task<SandboxResult> RunAsync(SandboxCommand command, CancellationToken cancellationToken)
    {
        await command.TurnAsync(cancellationToken);
        Ran.Add(command.Arguments);
        var start = new ProcessStartInfo(command.Tool == MediaTool.Ffmpeg ? "ffmpeg" : "ffprobe", command.Arguments)
        {
            WorkingDirectory = WorkFolder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        await using var kill = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        await (command.ReadOutput ?? DiscardAsync)(process.StandardOutput.BaseStream, cancellationToken);
        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        return new SandboxResult(process.ExitCode, await errors, CpuTime: null, LimitHit: null);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static Task DiscardAsync(Stream stream, CancellationToken cancellationToken) => stream.CopyToAsync(Stream.Null, cancellationToken);
}
