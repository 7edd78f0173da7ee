using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.VerifierPool;

/// <summary>What a node's own actors say to its verifier pool.</summary>
public static class VerifierPoolProtocol
{
    /// <summary>The block below is final and durable: the next height may begin. From the ledger, after <see cref="Ledger.LedgerProtocol.Follow"/> and after every block.</summary>
    /// <param name="Context">Of the next height.</param>
    /// <param name="Work">What waits for it.</param>
    public sealed record HeightReady(HeightContext Context, BlockWork Work);

    /// <summary>More waits for the next block now.</summary>
    public sealed record WorkArrived(BlockWork Work);

    /// <summary>A block made by this node; its body is durable.</summary>
    public sealed record Built(ulong Height, uint Round, ReadOnlyMemory<byte> HeaderBytes);

    /// <summary>What the ledger found out about a block. The body of an accepted one is durable.</summary>
    public sealed record Judged(ulong Height, Hash256 Block, BlockVerdict Verdict);

    /// <summary>A proposed block breaks a rule for which its author's stake burns.</summary>
    /// <param name="Block">Its hash.</param>
    /// <param name="Transaction">The transaction at fault and where it lies; null: the header alone shows it.</param>
    public sealed record BadBlock(Hash256 Block, BadTransaction? Transaction);

    /// <summary>Answered with <see cref="Status"/>.</summary>
    public sealed record GetStatus
    {
        public static GetStatus Instance { get; } = new();
    }

    /// <param name="Height">The height being decided.</param>
    /// <param name="Round">Its round.</param>
    /// <param name="Phase">The step of the round.</param>
    /// <param name="IsVoter">Whether this node votes at this height.</param>
    /// <param name="IsStopped">Whether the chain has stopped, as far as this node sees.</param>
    /// <param name="Voters">How many vote at this height.</param>
    /// <param name="VotersHeard">How many of them were heard of lately, this node included.</param>
    /// <param name="PowerHeardPercent">Their share of κ, rounded down.</param>
    /// <param name="Proposer">Whose turn it is.</param>
    public sealed record Status(
        ulong Height, uint Round, ConsensusPhase Phase, bool IsVoter, bool IsStopped, int Voters, int VotersHeard, int PowerHeardPercent, Address? Proposer);
}

/// <summary>A transaction that no block may hold.</summary>
/// <param name="Encoded">As it lies in the body.</param>
/// <param name="Path">Shows that it does.</param>
public sealed record BadTransaction(ReadOnlyMemory<byte> Encoded, MerklePath Path);

/// <summary>How much waits for a block.</summary>
public enum BlockWork
{
    None,
    Some,

    /// <summary>As much as a block holds.</summary>
    FullBlock,
}
