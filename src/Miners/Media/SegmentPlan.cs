using System.Collections.Immutable;

namespace VideoMesh.Miners.Media;

/// <summary>How a source is cut: the segments in order, together holding each of its frames once.</summary>
/// <param name="Segments">At least one.</param>
/// <param name="Warning">One sentence for the user when the source cannot be shared out well, such as a single group of pictures; else null.</param>
public sealed record SegmentPlan(ImmutableArray<Segment> Segments, string? Warning)
{
    public int Frames => Segments.Sum(segment => segment.Frames);
}

/// <summary>One or more whole closed groups of pictures: the unit of work and of proof.</summary>
public sealed record Segment
{
    /// <summary>From 0.</summary>
    public required int Index { get; init; }

    /// <summary>Index of its first packet in the source, in decoding order.</summary>
    public required int FirstPacket { get; init; }

    /// <summary>Packets in the source; more than <see cref="Frames"/> if some are decoded but not shown.</summary>
    public required int Packets { get; init; }

    /// <summary>Index of its first frame in the order of showing.</summary>
    public required int FirstFrame { get; init; }

    /// <summary>Frames every rendition of it must have.</summary>
    public required int Frames { get; init; }

    /// <summary>When its first frame is shown, in units of the source's time base.</summary>
    public required long StartPts { get; init; }

    /// <summary>How long it is shown in the source.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Whether the packets as they lie do not decode to exactly the frames: the piece is then handed out as a lossless copy of its frames.</summary>
    public bool NeedsLosslessCopy { get; init; }
}
