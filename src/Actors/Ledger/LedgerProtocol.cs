using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

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
    public sealed record Accuse(Misbehaviour Misbehaviour);

    /// <summary>Send a peer the final block of this height.</summary>
    public sealed record HelpPeer(Address Peer, ulong Height);

    /// <summary>This peer has final blocks from this height on, and we have not.</summary>
    public sealed record CatchUp(Address Peer, ulong From);
}
