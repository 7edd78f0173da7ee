using System.Collections.Immutable;

namespace VideoMesh.Miners.Media;

/// <summary>What a probe of the source found.</summary>
public sealed record SourceInfo
{
    /// <summary>ffprobe's name of the container, such as <c>mov,mp4,m4a,3gp,3g2,mj2</c>.</summary>
    public required string Container { get; init; }

    /// <summary>Where the container's time line starts, in seconds: outputs count from here, so that sound and picture keep their offset.</summary>
    public required double StartSeconds { get; init; }

    /// <summary>The one video stream that is worked on.</summary>
    public required VideoTrack Video { get; init; }

    /// <summary>Every packet of that stream in decoding order.</summary>
    public required ImmutableArray<PacketInfo> Packets { get; init; }

    /// <summary>When each frame is shown, in units of the video's time base, strictly rising. Their number is the number of frames every rendition must have.</summary>
    public required ImmutableArray<long> FrameTimes { get; init; }

    /// <summary>When the last frame ends, in units of the video's time base.</summary>
    public required long EndTime { get; init; }

    public ImmutableArray<AudioTrack> Audio { get; init; } = [];

    public ImmutableArray<SubtitleTrack> Subtitles { get; init; } = [];

    public int Chapters { get; init; }

    /// <summary>Things about the source that the user should know, one sentence each.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    public int Frames => FrameTimes.Length;

    /// <summary>From the start of the first frame to the end of the last.</summary>
    public TimeSpan Duration => Video.TimeBase.Span(EndTime - FrameTimes[0]);
}

/// <summary>The chosen video stream.</summary>
public sealed record VideoTrack
{
    /// <summary>Index among all streams of the file.</summary>
    public required int StreamIndex { get; init; }

    /// <summary>ffprobe's name of the codec.</summary>
    public required string Codec { get; init; }

    /// <summary>Pixels as coded, before the display rotation.</summary>
    public required int CodedWidth { get; init; }

    public required int CodedHeight { get; init; }

    /// <summary>How the coded picture must be turned to stand upright.</summary>
    public Orientation Orientation { get; init; }

    /// <summary>Width of one coded sample over its height; 1 for square ones.</summary>
    public Rational SampleAspect { get; init; } = new(1, 1);

    public required string PixelFormat { get; init; }

    /// <summary>Bits per sample of the luma plane.</summary>
    public required int BitDepth { get; init; }

    public required Rational TimeBase { get; init; }

    /// <summary>The steady rate at which segments are encoded; the true time of every frame is put back at the join.</summary>
    public required Rational FrameRate { get; init; }

    /// <summary>Whether every frame lasts equally long, to within rounding of the container's clock.</summary>
    public required bool ConstantRate { get; init; }

    public ColourTags Colour { get; init; } = ColourTags.Unknown;

    public bool Interlaced { get; init; }

    public string? Language { get; init; }

    public bool IsHdr => Colour.Transfer is "smpte2084" or "arib-std-b67";

    /// <summary>Width in square pixels as a viewer sees it: upright, and not necessarily even.</summary>
    public int DisplayWidth => Orientation.SwapsSides() ? CodedHeight : SquareWidth;

    /// <summary>Height in square pixels as a viewer sees it.</summary>
    public int DisplayHeight => Orientation.SwapsSides() ? SquareWidth : CodedHeight;

    // anamorphic samples are made square by widening or narrowing, never by touching the line count
    private int SquareWidth => Math.Max(1, (int)Rational.Rescale(CodedWidth, SampleAspect, new Rational(1, 1)));
}

/// <summary>Colour tags by ffmpeg's names; empty where the source does not say.</summary>
public sealed record ColourTags(string Range, string Primaries, string Transfer, string Space)
{
    public static ColourTags Unknown { get; } = new("", "", "", "");
}

/// <summary>The eight ways a picture can lie, named by what stands it upright. The numbers are on the wire.</summary>
public enum Orientation
{
    Upright = 0,
    TurnClockwise = 1,
    TurnHalf = 2,
    TurnAnticlockwise = 3,
    Mirror = 4,

    /// <summary>Mirror left to right, then turn a quarter clockwise.</summary>
    MirrorTurnClockwise = 5,

    /// <summary>Mirror left to right, then turn a half: the same as mirroring top to bottom.</summary>
    MirrorTurnHalf = 6,

    /// <summary>Mirror left to right, then turn a quarter anticlockwise.</summary>
    MirrorTurnAnticlockwise = 7,
}

public static class Orientations
{
    /// <summary>Whether width and height change places.</summary>
    public static bool SwapsSides(this Orientation orientation) => ((int)orientation & 1) == 1;
}

/// <param name="Pts">Presentation time in units of the stream's time base.</param>
/// <param name="Key">A keyframe by the container's or the parser's word.</param>
/// <param name="Shown">False for frames that are decoded but not shown, such as those before an edit list's start.</param>
public readonly record struct PacketInfo(long Pts, bool Key, bool Shown);

/// <param name="StreamIndex">Index among all streams.</param>
/// <param name="Ordinal">Index among the audio streams.</param>
public sealed record AudioTrack(int StreamIndex, int Ordinal, string Codec, int Channels, string ChannelLayout, int SampleRate, string? Language, string? Title, bool IsDefault);

/// <param name="StreamIndex">Index among all streams.</param>
/// <param name="Ordinal">Index among the subtitle streams.</param>
/// <param name="IsText">Text can go into any container; bitmaps only into Matroska.</param>
public sealed record SubtitleTrack(int StreamIndex, int Ordinal, string Codec, bool IsText, string? Language, string? Title);
