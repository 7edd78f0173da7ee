using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;

namespace VideoMesh.Simulation;

/// <summary>A final block as a node keeps it.</summary>
internal sealed record StoredBlock(FinalBlock Final, byte[] Body);

/// <summary>What the nodes agree about.</summary>
internal abstract class SimLedger
{
    public abstract LedgerState Genesis { get; }

    /// <summary>The state a node finds on its disk when it comes up again.</summary>
    /// <param name="blocks">Its final blocks, from height 1.</param>
    /// <param name="leaves">All that <see cref="LedgerState.Changes"/> of the genesis and of these blocks left behind.</param>
    public abstract LedgerState Open(IReadOnlyList<StoredBlock> blocks, IEnumerable<StateChange> leaves);

    /// <param name="certificate">Of the parent; null for the first block.</param>
    public abstract (BlockHeader Header, byte[] Body) Build(LedgerState parent, Address author, uint round, ulong time, CommitCertificate? certificate, Random random);

    /// <summary>The state after a block, or the name of the rule it breaks.</summary>
    public abstract (LedgerState? After, string? Refusal) Execute(LedgerState parent, BlockHeader header, byte[] body);

    /// <summary>An honest node saw what stake burns for, and tells those who make blocks.</summary>
    public virtual void Report(Misbehaviour misbehaviour)
    {
    }

    /// <summary>Of what honest nodes reported, what is not yet punished though it could be; null when there is nothing.</summary>
    public virtual string? Unpunished(LedgerState state) => null;
}

/// <summary>The state after a block.</summary>
internal abstract record LedgerState(ulong Height, Hash256 BlockHash, ulong TimeMilliseconds)
{
    public abstract Hash256 Root { get; }

    /// <summary>Genesis + minted − burnt, where a block mints a subsidy at the most, and what all accounts hold: the two are equal or coins came from nowhere.</summary>
    public abstract (UInt128 Expected, UInt128 Held) Supply { get; }

    /// <summary>Accounts that were burnt for something.</summary>
    public virtual IEnumerable<Address> Burnt => [];

    /// <summary>What the block changed; of the genesis, all there is.</summary>
    public virtual IReadOnlyList<StateChange> Changes => [];

    /// <summary>What happened in the block, one name each.</summary>
    public virtual IEnumerable<string> Events => [];

    /// <summary>With what the next height is decided.</summary>
    public abstract HeightContext Next();
}
