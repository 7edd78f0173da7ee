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

    /// <summary>How long what was once known of the chain can be gone on from: who signs another past meanwhile still has something to lose. A chain whose stakes unbond within a day
    /// is for trying things out, and is believed for a day.</summary>
    public TimeSpan TrustingPeriod => Unbonding > TimeSpan.FromDays(1) ? Unbonding : TimeSpan.FromDays(1);

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

    /// <summary>What the contracts of the compute market go by.</summary>
    public ContractParameters Contracts { get; init; } = new();

    /// <summary>What is wrong with these parameters, one sentence each; empty when a chain can live by them.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        void Require(bool holds, string sentence)
        {
            if (!holds)
            {
                errors.Add(sentence);
            }
        }

        Require(ChainId.Length is > 0 and <= 64 && ChainId.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-' or '_'), "The chain id is 1 to 64 characters of a-z, 0-9, dot, hyphen and underscore.");
        Require(ConfirmationWindow is >= 1 and <= 100_000, "The confirmation window is 1 to 100,000 blocks.");
        Require(Barrier > Amount.Zero, "The barrier is above zero.");
        Require(PrecommitSharePercent <= 100 && InvalidProposalBurnPercent <= 100 && ReporterSharePercent <= 100, "A share is at most 100 percent.");
        Require(Unbonding >= TimeSpan.FromSeconds(1) && Unbonding <= TimeSpan.FromDays(3650), "Unbonding takes a second to ten years.");
        Require(MissedPrecommitsUntilJail >= 1, "A verifier is jailed after one missed precommit at the earliest.");
        Require(MinimumPrice > Amount.Zero, "The least price is above zero.");
        Require(MaxBodyBytes is >= 64 << 10 and <= 16 << 20, "A body is 64 KiB to 16 MiB at the most.");
        Require(MaxTransactions is >= 1 and <= ushort.MaxValue, "A block has 1 to 65,535 transactions at the most.");
        Require(MaxTransactionBytes >= 4 << 10 && MaxTransactionBytes <= MaxBodyBytes / 4, "A transaction is 4 KiB at the least and a quarter of a body at the most.");
        Require(Contracts.Validate() is null, Contracts.Validate() ?? "");
        return errors;
    }
}
