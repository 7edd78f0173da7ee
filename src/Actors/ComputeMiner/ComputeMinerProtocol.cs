using System.Collections.Immutable;
using VideoMesh.Actors.Market;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Media;

namespace VideoMesh.Actors.ComputeMiner;

/// <summary>What is said to a compute miner actor by its own node.</summary>
public static class ComputeMinerProtocol
{
    /// <summary>Take no more work; answered with <see cref="Drained"/> when nothing is left, or when the time is up and the rest was handed back.</summary>
    public sealed record Drain(TimeSpan Limit);

    public sealed record Drained
    {
        public static Drained Instance { get; } = new();
    }

    /// <summary>Answered with <see cref="Status"/>.</summary>
    public sealed record GetStatus
    {
        public static GetStatus Instance { get; } = new();
    }

    public sealed record Status(int Slots, int InFlight, long SegmentsDone, long FramesDone, bool Draining);
}

/// <summary>Whose work this is: unique on a miner.</summary>
public readonly record struct WorkKey(Address Client, string Job, AttemptId Attempt);

/// <summary>A segment to encode, as a peer asked for it and after every field was checked.</summary>
/// <param name="ClientUrl">Where the source is fetched and the results go; null: the client brings and fetches them.</param>
public sealed record WorkOrder(
    WorkKey Key,
    ContentHash Source,
    long SourceBytes,
    int Frames,
    ImmutableArray<RenditionSpec> Renditions,
    Uri? ClientUrl,
    string SourceTicket,
    string ResultTicket);

/// <summary>Why a miner does not take a segment; the text goes to the client.</summary>
public enum DeclineReason
{
    Malformed,
    Draining,
    NoFreeSlot,
    CodecNotServed,
    ClassNotServed,
    TooLarge,
    Unreachable,
}
