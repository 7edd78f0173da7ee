using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Parameters;

/// <summary>What all nodes of a chain agree on before its first block. Lengths of time that must be the same everywhere are in blocks or in the blocks' own time.</summary>
public sealed record ChainParameters
{
    /// <summary>Names the chain in every signature, at most 64 bytes.</summary>
    public required string ChainId { get; init; }

    /// <summary>W: blocks over which the least stake counts, and by which draws lag behind what they draw from.</summary>
    public ulong ConfirmationWindow { get; init; } = 100;

    /// <summary>Ψ: the least stake to take part.</summary>
    public Amount Barrier { get; init; } = Amount.FromVid(1000);

    /// <summary>Paid per block to its author, and in part to the precommits it carries.</summary>
    public Amount BlockReward { get; init; } = new(100_000_000);

    /// <summary>Share of <see cref="BlockReward"/> that goes to the precommits a block carries, in percent.</summary>
    public ulong PrecommitSharePercent { get; init; } = 50;

    /// <summary>How long unstaked coins wait, in blocks' own time; evidence is valid as long.</summary>
    public TimeSpan Unbonding { get; init; } = TimeSpan.FromDays(14);

    /// <summary>J: precommits missed in a row until a verifier is jailed.</summary>
    public ulong MissedPrecommitsUntilJail { get; init; } = 100;

    /// <summary>Burnt for a proposal that breaks a context-free rule, in percent of stake.</summary>
    public ulong InvalidProposalBurnPercent { get; init; } = 1;

    /// <summary>Share of what evidence burns that its reporter gets, in percent.</summary>
    public ulong ReporterSharePercent { get; init; } = 10;

    /// <summary>The least price per ω a transaction offers.</summary>
    public Amount MinimumPrice { get; init; } = new(1);

    /// <summary>The longest block body, in bytes.</summary>
    public uint MaxBodyBytes { get; init; } = 1 << 20;

    /// <summary>The most transactions in a block.</summary>
    public int MaxTransactions { get; init; } = 5000;

    /// <summary>The longest transaction, in bytes.</summary>
    public int MaxTransactionBytes { get; init; } = 16 << 10;
}
