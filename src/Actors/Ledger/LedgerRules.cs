using System.Collections.Immutable;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Actors.Ledger;

/// <summary>The ledger's rules as far as a node's shell needs them. Pure and safe to use by several threads.</summary>
public abstract class LedgerRules
{
    public abstract string ChainId { get; }

    public abstract Hash256 GenesisHash { get; }

    /// <summary>The longest block body, in bytes.</summary>
    public abstract uint MaxBodyBytes { get; }

    /// <summary>The most transactions in a block.</summary>
    public abstract int MaxTransactions { get; }

    /// <summary>The state a node starts from.</summary>
    /// <param name="head">Its last final block; null before the first.</param>
    /// <param name="leaves">All leaves of the stored state; empty before the first block.</param>
    /// <returns>Null when the leaves do not give the root in the head's header.</returns>
    public abstract LedgerState? Open(FinalBlock? head, IReadOnlyList<StoredLeaf> leaves);

    /// <summary>Reads a transaction and finds out who signed it.</summary>
    public abstract TransactionReading Read(ReadOnlyMemory<byte> encoded);

    /// <summary>Makes the next block, leaving out what cannot be in it.</summary>
    public abstract (BlockHeader Header, byte[] Body, ExecutedBlock Executed) Build(LedgerState parent, BlockPlan plan);

    /// <summary>Executes a block that may be the next one.</summary>
    /// <param name="known">Transactions whose signature was verified before, by hash.</param>
    public abstract BlockOutcome Execute(LedgerState parent, BlockHeader header, ReadOnlyMemory<byte> body, Func<Hash256, PooledTransaction?> known);
}

/// <summary>The state after a final block. Immutable.</summary>
public abstract record LedgerState
{
    /// <summary>Of the last block; 0 at genesis.</summary>
    public abstract ulong Height { get; }

    /// <summary>Hash of the last block, or of the genesis.</summary>
    public abstract Hash256 Block { get; }

    public abstract Hash256 Root { get; }

    /// <summary>Whether something falls due at a coming height, so that blocks must not wait for transactions.</summary>
    public abstract bool HasDeadlines { get; }

    /// <summary>With what the next height is decided.</summary>
    public abstract HeightContext Next();

    public abstract AccountFunds FundsOf(Address account);
}

/// <summary>What a block is to be made of.</summary>
/// <param name="Author">The verifier that makes it.</param>
/// <param name="Round">In which it is made.</param>
/// <param name="TimeMilliseconds">This node's clock, since 1970 UTC.</param>
/// <param name="Parent">Certificate of the block below; null for the first.</param>
/// <param name="Candidates">The transactions to choose from, the dearest first.</param>
public sealed record BlockPlan(VerifierKey Author, uint Round, ulong TimeMilliseconds, CommitCertificate? Parent, IReadOnlyList<PooledTransaction> Candidates);

/// <summary>What a block does.</summary>
/// <param name="After">The state after it.</param>
/// <param name="Transactions">Hashes of its transactions, in order.</param>
/// <param name="Changes">The leaves it changed.</param>
/// <param name="Touched">The accounts it changed.</param>
public sealed record ExecutedBlock(LedgerState After, ImmutableArray<Hash256> Transactions, IReadOnlyCollection<LeafChange> Changes, IReadOnlyCollection<Address> Touched);

/// <summary>What became of a transaction's bytes.</summary>
public abstract record TransactionReading
{
    private TransactionReading()
    {
    }

    public sealed record Right(PooledTransaction Transaction) : TransactionReading;

    /// <param name="Reason">The name of the rule it breaks.</param>
    /// <param name="Sentence">That rule's sentence.</param>
    public sealed record Wrong(string Reason, string Sentence) : TransactionReading;
}

/// <summary>What became of a block.</summary>
public abstract record BlockOutcome
{
    private BlockOutcome()
    {
    }

    public sealed record Right(ExecutedBlock Executed) : BlockOutcome;

    /// <param name="Reason">The name of the rule it breaks.</param>
    public sealed record Wrong(string Reason) : BlockOutcome;
}
