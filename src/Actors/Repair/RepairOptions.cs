namespace VideoMesh.Actors.Repair;

/// <summary>How a storage miner looks after the objects it keeps blocks of.</summary>
public sealed record RepairOptions
{
    /// <summary>Time between two looks at all objects. Default 1 minute.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a block may be missing before it is made again: a miner that restarts is no loss. A stripe that has lost half its parity does not wait. Default 15 minutes.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>What repair may take of this node's line, fetched and put bytes together. Default 32 MiB/s.</summary>
    public long BytesPerSecond { get; init; } = 32L << 20;
}
