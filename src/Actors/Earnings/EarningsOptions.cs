using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Earnings;

/// <summary>How a compute miner sees to its pay.</summary>
public sealed record EarningsOptions
{
    /// <summary>In what it signs.</summary>
    public required string Chain { get; init; }

    /// <summary>Its account.</summary>
    public required Address Miner { get; init; }

    /// <summary>The determinism class that its work is in.</summary>
    public required Hash256 Class { get; init; }

    /// <summary>Leaves of a claim that the ledger checks.</summary>
    public required int Samples { get; init; }

    /// <summary>Jobs it works for at a time, default 256.</summary>
    public int MaxJobs { get; init; } = 256;

    /// <summary>Clients whose bid is remembered, default 1,024; the one whose bid ends first makes room.</summary>
    public int MaxBids { get; init; } = 1024;

    /// <summary>Blocks before the end of a job at which work is claimed without the client's word, default 20.</summary>
    public ulong ClaimMarginBlocks { get; init; } = 20;

    /// <summary>Blocks without news of a job after which work is claimed without the client's word, default 120.</summary>
    public ulong QuietBlocks { get; init; } = 120;

    /// <summary>Blocks after which a call that changed nothing is made again, default 8.</summary>
    public ulong CallAgainBlocks { get; init; } = 8;

    /// <summary>How often the ledger is looked at while something is owed, default 1 s.</summary>
    public TimeSpan LookInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often stake is looked for that could stand behind claims, default 30 s.</summary>
    public TimeSpan StakeInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long to wait for an escrow that the ledger does not show yet, default 5 s.</summary>
    public TimeSpan EscrowPatience { get; init; } = TimeSpan.FromSeconds(5);
}
