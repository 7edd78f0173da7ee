using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Media;

/// <summary>Runs the encode of one segment and follows its progress.</summary>
public static class EncodeCommand
{
    /// <param name="input">The segment, relative to the work folder.</param>
    /// <param name="renditions">What it is encoded into.</param>
    /// <param name="outputs">One file name for each, relative to the work folder.</param>
    /// <param name="wallTime">When it is killed.</param>
    /// <param name="progress">Gets the frames encoded so far.</param>
    /// <param name="turn">Awaited when the encoder could start.</param>
    /// <exception cref="MediaException">The encoder failed or passed a limit.</exception>
    public static Task<SandboxResult> RunAsync(
        ISandboxSession session,
        string input,
        IReadOnlyList<RenditionSpec> renditions,
        IReadOnlyList<string> outputs,
        TimeSpan wallTime,
        Action<int> progress,
        CancellationToken cancellationToken,
        Func<CancellationToken, Task>? turn = null) =>
        FfmpegRun.RunAsync(
            session,
            MediaTool.Ffmpeg,
            EncodeArguments.Build(input, renditions, outputs),
            "Encoding the segment",
            cancellationToken,
            ProgressParser.Reader(report => progress(report.Frames)),
            wallTime,
            turn);
}
