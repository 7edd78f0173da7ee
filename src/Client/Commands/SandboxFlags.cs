using System.CommandLine;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Client.Commands;

/// <summary>The options of every verb that runs ffmpeg.</summary>
internal sealed class SandboxFlags
{
    private readonly Option<string> _kind = new("--sandbox")
    {
        Description = "Where ffmpeg runs: docker, bubblewrap, or auto for the best there is. none isolates nothing.",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<string?> _ffmpeg = new("--ffmpeg") { Description = "Another ffmpeg to use; ffprobe is taken from beside it if it is there." };

    public SandboxFlags() => _kind.AcceptOnlyFromAmong([.. Enum.GetNames<SandboxKind>().Select(n => n.ToLowerInvariant())]);

    public void AddTo(Command command)
    {
        command.Options.Add(_kind);
        command.Options.Add(_ffmpeg);
    }

    public SandboxOptions Read(CommandRun run) => new()
    {
        Kind = Enum.Parse<SandboxKind>(run.Required(_kind), ignoreCase: true),
        FfmpegPath = run.Value(_ffmpeg) is { } path ? Existing(run.FullPath(path)) : null,
        Logger = new RunLogger(run),
    };

    /// <summary>The same choice as arguments for a node that this command starts.</summary>
    public IReadOnlyList<string> Arguments(CommandRun run)
    {
        var options = Read(run);
        return [.. new[] { "--sandbox", run.Required(_kind) }, .. options.FfmpegPath is { } path ? ["--ffmpeg", path] : Array.Empty<string>()];
    }

    private static string Existing(string path) => File.Exists(path)
        ? path
        : throw CommandFailure.Usage("no-such-ffmpeg", $"--ffmpeg names {path}, which does not exist.");
}
