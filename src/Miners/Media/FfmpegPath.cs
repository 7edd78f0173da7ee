namespace VideoMesh.Miners.Media;

/// <summary>Paths as ffmpeg takes them: a leading dash would be an option, a colon a protocol.</summary>
internal static class FfmpegPath
{
    public static string Of(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return "file:" + path;
    }
}
