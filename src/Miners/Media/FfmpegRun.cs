using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Media;

/// <summary>Runs one command of the media room and turns its failure into a sentence.</summary>
internal static class FfmpegRun
{
    private const int MostErrorText = 300;

    // What the C library says for ENOSPC; the sandbox sets no other language.
    private const string NoSpace = "No space left on device";

    /// <exception cref="MediaException">It ended with an error or by a limit.</exception>
    public static async Task<SandboxResult> RunAsync(
        ISandboxSession session,
        MediaTool tool,
        IReadOnlyList<string> arguments,
        string doing,
        CancellationToken cancellationToken,
        Func<Stream, CancellationToken, Task>? readOutput = null,
        TimeSpan? wallTime = null,
        Func<CancellationToken, Task>? turn = null)
    {
        var result = await session.RunAsync(new SandboxCommand { Tool = tool, Arguments = arguments, ReadOutput = readOutput, WallTime = wallTime, Turn = turn }, cancellationToken);
        if (result.LimitHit is { } limit)
        {
            throw new MediaException(MediaFault.LimitHit, $"{doing} was stopped because it passed the sandbox's limit on {Name(limit)}.");
        }

        if (result.ExitCode != 0 && result.Errors.Contains(NoSpace, StringComparison.Ordinal))
        {
            throw new MediaException(MediaFault.DiskFull, $"{doing} failed because the disk is full; free some space.");
        }

        return result.ExitCode == 0
            ? result
            : throw new MediaException(MediaFault.ToolFailed, $"{doing} failed: {Reason(result)}");
    }

    /// <summary>The last line the program wrote, as the likeliest reason.</summary>
    public static string Reason(SandboxResult result)
    {
        var last = result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .LastOrDefault(line => !line.StartsWith("Last message repeated", StringComparison.Ordinal) && line is not "Conversion failed!");
        var text = last is null ? $"exit code {result.ExitCode}" : last.Length <= MostErrorText ? last : last[..MostErrorText];
        return text.EndsWith('.') ? text : text + ".";
    }

    private static string Name(SandboxLimit limit) => limit switch
    {
        SandboxLimit.WallTime => "time",
        SandboxLimit.CpuTime => "processor time",
        SandboxLimit.Memory => "memory",
        SandboxLimit.FileSize => "file size",
        _ => throw new ArgumentOutOfRangeException(nameof(limit), limit, "Not a limit."),
    };
}
