using System.Collections.Immutable;

namespace VideoMesh.Miners.Media;

/// <summary>The renditions a job really makes, after the source has been seen.</summary>
/// <param name="Renditions">At least one, in the profile's order.</param>
/// <param name="Notes">One sentence for each thing that was dropped or changed.</param>
public sealed record RenditionPlan(ImmutableArray<RenditionSpec> Renditions, ImmutableArray<string> Notes);

/// <summary>One rendition, fully resolved: nothing is left to a miner's taste.</summary>
public sealed record RenditionSpec
{
    public required string Name { get; init; }

    public required VideoCodec Codec { get; init; }

    /// <summary>Pixels of the finished, upright picture; even.</summary>
    public required int Width { get; init; }

    public required int Height { get; init; }

    public required int Crf { get; init; }

    public required string Preset { get; init; }

    /// <summary><c>yuv420p</c> or <c>yuv420p10le</c>.</summary>
    public required string PixelFormat { get; init; }

    /// <summary>ffmpeg's names; empty when the source does not say.</summary>
    public string ColourRange { get; init; } = "";

    public string ColourPrimaries { get; init; } = "";

    public string ColourTransfer { get; init; } = "";

    public string ColourSpace { get; init; } = "";

    /// <summary>How the encoder turns the picture upright.</summary>
    public Orientation Orientation { get; init; }

    /// <summary>Whether fields are woven into whole pictures first.</summary>
    public bool Deinterlace { get; init; }

    /// <summary>Frames per second at which the segment is encoded; real times are put back at the join.</summary>
    public required Rational FrameRate { get; init; }
}

/// <summary>What an encoded segment turned out to be.</summary>
/// <param name="Codec">ffprobe's name of the codec, such as <c>hevc</c>.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Frames">Packets of the one video stream.</param>
/// <param name="Duration">From the first frame's start to the last one's end, at the steady rate of the encode.</param>
/// <param name="Bytes">Size of the file.</param>
/// <param name="PacketHash">SHA-256 over the packets' bytes in decoding order: what proofs compare.</param>
public sealed record SegmentFacts(string Codec, int Width, int Height, int Frames, TimeSpan Duration, long Bytes, Chain.Primitives.ContentHash PacketHash);
