using System.Collections.Immutable;
using VideoMesh.Actors.Market;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Contracts;
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
    string ResultTicket)
{
    /// <summary>Null: nothing is paid for it.</summary>
    public EscrowedWork? Escrowed { get; init; }
}

/// <summary>What lets the miner of a segment claim its pay on the ledger, as the client says it.</summary>
/// <param name="Escrow">The job's id on the ledger.</param>
/// <param name="Path">From the source to the escrow's root.</param>
/// <param name="Assigned">Every segment that this miner was given so far.</param>
/// <param name="Assignment">The client's signature over that.</param>
public sealed record EscrowedWork(Hash256 Escrow, MerklePath Path, SegmentSet Assigned, Signature Assignment);

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

    /// <summary>This miner works for pay, and no escrow was named.</summary>
    EscrowNeeded,

    /// <summary>The ledger knows no such escrow, or cannot be asked.</summary>
    EscrowUnknown,

    /// <summary>Nothing can be claimed from the escrow any more, or not for long enough.</summary>
    EscrowOver,

    /// <summary>The escrow does not name this miner, or not for so many segments.</summary>
    NotInEscrow,

    /// <summary>The escrow pays this miner less than it bid.</summary>
    PriceTooLow,

    /// <summary>Source, frames, class or renditions are not those of the escrow.</summary>
    OtherWork,

    /// <summary>The escrow's client did not sign the assignment.</summary>
    NotAssigned,

    /// <summary>What stands behind this miner's claims does not cover so much work.</summary>
    BeyondReserve,
}
