namespace VideoMesh.Actors.Market;

/// <summary>When work moves from one miner to another.</summary>
public sealed record MarketOptions
{
    /// <summary>A segment that made no progress for this long, or for its whole estimated encoding time if that is longer, moves on. Default 30 s.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A miner that declined is asked again after this time, default 1 s.</summary>
    public TimeSpan DeclineBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Failed tries of one segment, on whichever miners, before the job gives up. Default 4.</summary>
    public int TriesPerSegment { get; init; } = 4;

    /// <summary>Failures of one miner in a row before it gets no more work from the job. Default 3.</summary>
    public int FailuresPerMiner { get; init; } = 3;

    /// <summary>A second miner is set on the slowest segment only when it would save at least this share of the time left. Default 0.3.</summary>
    public double HedgeGain { get; init; } = 0.3;

    /// <summary>… and at least this much time. Default 2 s.</summary>
    public TimeSpan HedgeMinimum { get; init; } = TimeSpan.FromSeconds(2);
}
