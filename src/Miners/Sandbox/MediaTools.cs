namespace VideoMesh.Miners.Sandbox;

/// <summary>The ffmpeg and ffprobe of one sandbox, as the host sees them.</summary>
/// <param name="Ffmpeg">Absolute path.</param>
/// <param name="Ffprobe">Absolute path.</param>
internal sealed record MediaTools(string Ffmpeg, string Ffprobe)
{
    /// <exception cref="SandboxException">One of the two is missing.</exception>
    public static MediaTools Locate(SandboxOptions options)
    {
        var ffmpeg = Named(options.FfmpegPath) ?? HostTools.Require("ffmpeg", "ffmpeg");
        var sibling = Path.Combine(Path.GetDirectoryName(ffmpeg)!, "ffprobe");
        var ffprobe = Named(options.FfprobePath)
            ?? (HostTools.IsRunnable(sibling) ? sibling : HostTools.Require("ffprobe", "ffmpeg"));
        return new MediaTools(ffmpeg, ffprobe);
    }

    public string PathOf(MediaTool tool) => tool == MediaTool.Ffmpeg ? Ffmpeg : Ffprobe;

    private static string? Named(string? path)
    {
        if (path is null)
        {
            return null;
        }

        var full = Path.GetFullPath(path);
        return HostTools.IsRunnable(full)
            ? full
            : throw new SandboxException($"'{path}' is not a program that can be run; give the path of an ffmpeg or ffprobe.");
    }
}
