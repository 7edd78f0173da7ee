using VideoMesh.Chain.Consensus;

namespace VideoMesh.Simulation;

/// <summary>Rules that honest nodes follow wrongly, to see whether the simulation notices. Sound by default.</summary>
internal sealed record Faulty
{
    public static Faulty Nothing { get; } = new();

    public ConsensusRules Rules { get; init; } = ConsensusRules.Tendermint;

    public bool SendsBeforeItWrites { get; init; }

    public bool ForgetsRecord { get; init; }

    /// <summary>The auditor looks at what comes out only (final blocks, coins, progress), not at whether nodes keep to the rules.</summary>
    public bool IsJudgedByOutcome { get; init; }
}
