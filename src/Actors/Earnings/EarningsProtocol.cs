using System.Collections.Immutable;
using VideoMesh.Actors.ComputeMiner;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Compute;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Earnings;

/// <summary>What the rest of a compute node says to the actor that sees to its pay.</summary>
public static class EarningsProtocol
{
    /// <summary>A bid was made to a client: the price stands for so long.</summary>
    public sealed record Bid(Address Client, Amount Price, TimeSpan Lifetime);

    /// <summary>Is this work paid for as it should be? Answered with <see cref="Judged"/>.</summary>
    /// <param name="Message">The order as it came.</param>
    public sealed record Judge(WorkOrder Order, Wire.AssignSegment Message);

    /// <param name="Reason">Null: it may be done.</param>
    public sealed record Judged(DeclineReason? Reason);

    /// <summary>The work is done: sign for it. Answered with <see cref="Signatures"/> when that is durable and its bytes are kept.</summary>
    public sealed record Sign(WorkOrder Order, Wire.AssignSegment Message, SegmentResult Result);

    /// <param name="Results">One for each rendition, in order; default: this miner signed for other bytes of the same segment before, and a second signature would cost its stake.</param>
    public sealed record Signatures(ImmutableArray<SignedResult> Results);

    /// <summary>Answered with <see cref="Earnings"/>.</summary>
    public sealed record GetEarnings
    {
        public static GetEarnings Instance { get; } = new();
    }

    /// <param name="Open">Jobs with work that is not settled yet.</param>
    /// <param name="Settled">Receipts of this miner's claims, the oldest first.</param>
    public sealed record Earnings(ImmutableArray<OwedJob> Open, ImmutableArray<ClaimReceipt> Settled);
}

/// <summary>A segment that was encoded and signed for.</summary>
/// <param name="Message">The order as it came.</param>
/// <param name="Results">One for each rendition, in order.</param>
public sealed record HeldSegment(WorkOrder Order, Wire.AssignSegment Message, ImmutableArray<SignedResult> Results);

/// <summary>The client says that it has everything of a claim.</summary>
public sealed record AcknowledgedWork(SegmentSet Segments, Hash256 Root, Signature Acceptance);

/// <summary>What is to be called, and what it is about: the same thing is not said again in every block.</summary>
public sealed record EarningsCall(Hash256 About, ContractOperation Operation);
