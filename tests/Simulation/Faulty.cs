using VideoMesh.Chain.Consensus;

namespace VideoMesh.Simulation;

/// <summary>Rules that honest nodes follow wrongly, to see whether the simulation notices. Sound by default.</summary>
internal sealed record Faulty
{
    public static Faulty Nothing { get; } = new();

    public ConsensusRules Rules { get; init; } = ConsensusRules.Tendermint;

    /// <summary>What the real ledger does wrong; null: nothing.</summary>
    public LedgerMistake? Ledger { get; init; }

    public bool SendsBeforeItWrites { get; init; }

    public bool ForgetsRecord { get; init; }

    /// <summary>The auditor looks for forks only, neither at whether nodes keep to the rules nor at whether they get on.</summary>
    public bool IsJudgedByForks { get; init; }
}
