using System.Diagnostics.CodeAnalysis;

namespace VideoMesh.Miners.Media;

/// <summary>The video codecs of the provable catalogue.</summary>
public enum VideoCodec
{
    H264,
    H265,
    Vp9,
    Av1,
}

/// <summary>What becomes of the source's audio.</summary>
public enum AudioCodec
{
    Aac,
    Opus,

    /// <summary>Taken over as it is, where the output's container can carry it.</summary>
    Copy,

    /// <summary>Left out.</summary>
    None,
}

/// <summary>What a job hands back.</summary>
public enum OutputKind
{
    Mp4,
    Mkv,
    Hls,
    Dash,
}

/// <summary>The text forms of the media enums: the ones in profiles, on the wire and in <c>--json</c>.</summary>
public static class MediaNames
{
    public static string Text(this VideoCodec codec) => codec switch
    {
        VideoCodec.H264 => "h264",
        VideoCodec.H265 => "h265",
        VideoCodec.Vp9 => "vp9",
        VideoCodec.Av1 => "av1",
        _ => throw new ArgumentOutOfRangeException(nameof(codec), codec, "Not a video codec."),
    };

    public static string Text(this AudioCodec codec) => codec switch
    {
        AudioCodec.Aac => "aac",
        AudioCodec.Opus => "opus",
        AudioCodec.Copy => "copy",
        AudioCodec.None => "none",
        _ => throw new ArgumentOutOfRangeException(nameof(codec), codec, "Not an audio codec."),
    };

    public static string Text(this OutputKind kind) => kind switch
    {
        OutputKind.Mp4 => "mp4",
        OutputKind.Mkv => "mkv",
        OutputKind.Hls => "hls",
        OutputKind.Dash => "dash",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not an output kind."),
    };

    public static bool TryParseVideoCodec([NotNullWhen(true)] string? text, out VideoCodec codec) => TryParse(text, Text, out codec);

    public static bool TryParseAudioCodec([NotNullWhen(true)] string? text, out AudioCodec codec) => TryParse(text, Text, out codec);

    public static bool TryParseOutputKind([NotNullWhen(true)] string? text, out OutputKind kind) => TryParse(text, Text, out kind);

    /// <summary>The name by which ffprobe calls streams of this codec.</summary>
    public static string ProbeName(this VideoCodec codec) => codec switch
    {
        VideoCodec.H265 => "hevc",
        _ => codec.Text(),
    };

    private static bool TryParse<T>(string? text, Func<T, string> name, out T value)
        where T : struct, Enum
    {
        foreach (var candidate in Enum.GetValues<T>())
        {
            if (string.Equals(name(candidate), text, StringComparison.Ordinal))
            {
                value = candidate;
                return true;
            }
        }

        value = default;
        return false;
    }
}
