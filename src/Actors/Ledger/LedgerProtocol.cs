using System.Collections.Immutable;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Store;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Actors.Ledger;

/// <summary>What the rest of a node says to its ledger actor, and hears from it.</summary>
public static class LedgerProtocol
{
    /// <summary>The role that nodes with a ledger announce.</summary>
    public const string Role = "ledger";

    /// <summary>From the verifier pool: tell me of each height that may begin, and of work. One follower at a time.</summary>
    public sealed record Follow
    {
        public static Follow Instance { get; } = new();
    }

    /// <summary>Make a block; answered with <see cref="VerifierPool.VerifierPoolProtocol.Built"/>, or not at all if that height is over or cannot be built on.</summary>
    /// <param name="Parent">The certificate of the block below, or null for the stored one.</param>
    public sealed record Build(ulong Height, uint Round, CommitCertificate? Parent);

    /// <summary>Fetch and execute a block; answered with <see cref="VerifierPool.VerifierPoolProtocol.Judged"/>.</summary>
    /// <param name="Patience">How long to look for the body.</param>
    public sealed record Judge(ulong Height, Hash256 Block, ReadOnlyMemory<byte> HeaderBytes, TimeSpan Patience);

    /// <summary>This block is final: fetch it if needed, execute it, store it, and go on.</summary>
    public sealed record Conclude(FinalBlock Block);

    /// <summary>Somebody signed what burns its stake.</summary>
    public sealed record Accuse(Evidence Evidence);

    /// <summary>Send a peer the final block of this height.</summary>
    public sealed record HelpPeer(Address Peer, ulong Height);

    /// <summary>This peer has final blocks from this height on, and we have not.</summary>
    public sealed record CatchUp(Address Peer, ulong From);

    /// <summary>Signed transactions of a client of this node; answered with <see cref="Submitted"/>.</summary>
    public sealed record Submit(ImmutableArray<ReadOnlyMemory<byte>> Transactions);

    /// <summary>What became of each, in order.</summary>
    public sealed record Submitted(ImmutableArray<SubmitOutcome> Outcomes);

    /// <summary>Answered with <see cref="Status"/>.</summary>
    public sealed record GetStatus
    {
        public static GetStatus Instance { get; } = new();
    }

    /// <param name="State">After the last final block.</param>
    /// <param name="Head">That block; null before the first.</param>
    /// <param name="Waiting">Transactions that wait.</param>
    /// <param name="IsCatchingUp">Whether final blocks of others are being fetched.</param>
    /// <param name="Failure">Why this node does not follow the chain any more; null while it does.</param>
    public sealed record Status(string ChainId, ChainState State, FinalBlock? Head, int Waiting, bool IsCatchingUp, string? Failure);

    /// <summary>An account's funds and the nonce its next transaction should have, those that wait included; answered with <see cref="Account"/>.</summary>
    public sealed record GetAccount(Address Address);

    /// <param name="State">After the last final block: everything else about the account, and proofs, come from it.</param>
    /// <param name="Head">That block, whose header the proofs lead to; null before the first.</param>
    /// <param name="NextNonce">Those that wait included.</param>
    public sealed record Account(Address Address, ChainState State, FinalBlock? Head, ulong NextNonce);

    /// <summary>From now on <paramref name="Subscriber"/> gets a <see cref="BlockAdded"/> for each final block. Ends when it stops.</summary>
    public sealed record Subscribe(IActorRef Subscriber);

    /// <summary>A block is final and durable.</summary>
    public sealed record BlockAdded(StoredBlock Block, ImmutableArray<VerifiedTransaction> Transactions);
}

/// <summary>What became of a transaction that was handed in.</summary>
/// <param name="Hash">Its name; null when the bytes are no transaction.</param>
/// <param name="Reason">Null: it waits for a block. Else the name of the rule against it.</param>
/// <param name="Sentence">That rule's sentence, or null.</param>
public readonly record struct SubmitOutcome(Hash256? Hash, string? Reason, string? Sentence)
{
    /// <summary>The name of the refusal of what comes while this node has too much to do.</summary>
    public const string Busy = "Busy";

    /// <summary>The refusal of what comes while this node has too much to do.</summary>
    public static SubmitOutcome TooBusy { get; } = new(null, Busy, "This node is checking as many transactions as it can: send this one again in a moment.");
}
