using System.Collections.Immutable;

namespace VideoMesh.Miners.Media;

/// <summary>What the client wants made of a video. Read from JSON by <see cref="ProfileReader"/>; the keys and defaults are in <c>docs/profiles.md</c>.</summary>
/// <param name="Name">Letters, digits, dot and dash, at most 64 characters.</param>
/// <param name="SegmentLength">The length segments aim at; keyframes of the source decide.</param>
/// <param name="Renditions">At least one, with different names.</param>
/// <param name="Audio">How audio is made.</param>
/// <param name="Outputs">At least one.</param>
public sealed record Profile(
    string Name,
    TimeSpan SegmentLength,
    ImmutableArray<ProfileRendition> Renditions,
    AudioSettings Audio,
    ImmutableArray<OutputKind> Outputs);

/// <summary>One rung as the profile asks for it; the source may make it smaller or drop it.</summary>
/// <param name="Name">Letters, digits, dot and dash: it names output files.</param>
/// <param name="Codec">The codec.</param>
/// <param name="Height">Height in pixels as displayed, even; null keeps the source's.</param>
/// <param name="Crf">Constant rate factor on the codec's own scale; smaller is better.</param>
/// <param name="Preset">One of <see cref="EncoderPresets.Of"/>.</param>
public sealed record ProfileRendition(string Name, VideoCodec Codec, int? Height, int Crf, string Preset);

/// <param name="Codec">The audio codec, or copy, or none.</param>
/// <param name="Kbps">Kilobits per second of a stereo track; other layouts get half of it per channel. Ignored by copy and none.</param>
public sealed record AudioSettings(AudioCodec Codec, int Kbps);

/// <summary>A profile cannot be used. The message is one sentence that names the key.</summary>
public sealed class ProfileException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The closed lists of what an encoder can be told. Nothing else ever reaches an argument list.</summary>
public static class EncoderPresets
{
    private static readonly ImmutableArray<string> X26x = ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"];
    private static readonly ImmutableArray<string> CpuUsed = ["0", "1", "2", "3", "4", "5"];
    private static readonly ImmutableArray<string> Svt = ["2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"];

    /// <summary>From the best to the fastest or the other way round, as the encoder's own manual counts: names for x264 and x265,
    /// <c>cpu-used</c> for VP9, the preset number for SVT-AV1.</summary>
    public static ImmutableArray<string> Of(VideoCodec codec) => codec switch
    {
        VideoCodec.H264 or VideoCodec.H265 => X26x,
        VideoCodec.Vp9 => CpuUsed,
        VideoCodec.Av1 => Svt,
        _ => throw new ArgumentOutOfRangeException(nameof(codec), codec, "Not a video codec."),
    };

    public static string Default(VideoCodec codec) => codec switch
    {
        VideoCodec.H264 => "medium",
        VideoCodec.H265 => "fast",
        VideoCodec.Vp9 => "4",
        VideoCodec.Av1 => "8",
        _ => throw new ArgumentOutOfRangeException(nameof(codec), codec, "Not a video codec."),
    };

    public static int DefaultCrf(VideoCodec codec) => codec switch
    {
        VideoCodec.H264 => 23,
        VideoCodec.H265 => 26,
        VideoCodec.Vp9 => 32,
        VideoCodec.Av1 => 35,
        _ => throw new ArgumentOutOfRangeException(nameof(codec), codec, "Not a video codec."),
    };

    /// <summary>The smallest and largest CRF a profile may ask for.</summary>
    public static (int Least, int Most) CrfRange(VideoCodec codec) => codec switch
    {
        // 0 means lossless to x264 in 8 bit, in a profile of H.264 hardly any player reads, and "unset" to SVT-AV1
        VideoCodec.H264 or VideoCodec.H265 => (1, 51),
        VideoCodec.Vp9 or VideoCodec.Av1 => (1, 63),
        _ => throw new ArgumentOutOfRangeException(nameof(codec), codec, "Not a video codec."),
    };
}
