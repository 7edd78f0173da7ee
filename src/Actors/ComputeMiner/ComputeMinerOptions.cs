using System.Collections.Immutable;
using VideoMesh.Miners.Media;

namespace VideoMesh.Actors.ComputeMiner;

/// <summary>What a compute miner offers, and what it lets clients ask of it.</summary>
public sealed record ComputeMinerOptions
{
    /// <summary>Segments encoded at a time; default: one for each core.</summary>
    public int Slots { get; init; } = Environment.ProcessorCount;

    /// <summary>Segments held beyond the slots, so that fetching and delivering overlap with encoding. Default: as many as slots.</summary>
    public int Reserve { get; init; } = Environment.ProcessorCount;

    /// <summary>Measured speed of one slot, pixels per second, for each codec this node's ffmpeg has.</summary>
    public required ImmutableSortedDictionary<VideoCodec, long> PixelsPerSecond { get; init; }

    public required ImmutableArray<string> DeterminismClasses { get; init; }

    /// <summary>Whether clients that cannot be dialled may bring sources to this node.</summary>
    public bool Dialable { get; init; }

    /// <summary>Largest source segment in bytes, default 4 GiB.</summary>
    public long MaxSourceBytes { get; init; } = 4L << 30;

    /// <summary>Frames in one segment, default 200,000 (an hour without a place to cut).</summary>
    public int MaxFrames { get; init; } = 200_000;

    /// <summary>Renditions of one segment, default 12.</summary>
    public int MaxRenditions { get; init; } = 12;

    /// <summary>Pixels of one picture, default 67,108,864: the limit ffmpeg is given too.</summary>
    public long MaxPixels { get; init; } = 67_108_864;

    /// <summary>How long clients that cannot be dialled may take to bring a source or fetch a result, default 2 h.</summary>
    public TimeSpan TicketLifetime { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How long a client that cannot be dialled may take to bring a source while it holds a place here, default 15 min.</summary>
    public TimeSpan SourceTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long work goes on for a client whose link is gone, default 30 s.</summary>
    public TimeSpan ClientGoneGrace { get; init; } = TimeSpan.FromSeconds(30);
}
