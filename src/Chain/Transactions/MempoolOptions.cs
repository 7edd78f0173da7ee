namespace VideoMesh.Chain.Transactions;

/// <summary>How much a node lets wait. Its own business, not the chain's.</summary>
public sealed record MempoolOptions
{
    /// <summary>The most transactions, default 50,000.</summary>
    public int MaxCount { get; init; } = 50_000;

    /// <summary>Their most bytes, default 32 MiB.</summary>
    public long MaxBytes { get; init; } = 32L << 20;

    /// <summary>How far the nonces of one account may be ahead of the chain, and so the most of one account; default 4,096.</summary>
    public int MaxPerAccount { get; init; } = 4096;

    /// <summary>How much more than the one it replaces a transaction with the same nonce must offer, default 10 percent.</summary>
    public ulong ReplacementPercent { get; init; } = 10;
}
