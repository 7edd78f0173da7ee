using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Proofs;

/// <summary>How a verifier goes about its checks.</summary>
public sealed record ProofOptions
{
    /// <summary>The least that is worth a check. Default nothing.</summary>
    public Amount LeastFee { get; init; }

    /// <summary>The largest source segment that is fetched, in bytes. Default 512 MiB.</summary>
    public long MaxSourceBytes { get; init; } = 512L << 20;

    /// <summary>Sources that are fetched at a time. Encoding is always one at a time. Default 8: most wait for somebody slow.</summary>
    public int Fetches { get; init; } = 8;

    /// <summary>Challenges that are worked on; those whose time ends later wait. Default 64.</summary>
    public int Tasks { get; init; } = 64;

    /// <summary>Whoever may have a source is asked again after so many blocks. Default 4.</summary>
    public ulong AskAgainBlocks { get; init; } = 4;

    /// <summary>Times that somebody's offer comes to nothing before no more of it is heeded, and that this machine fails before a challenge is given up. Default 4.</summary>
    public int Tries { get; init; } = 4;

    /// <summary>Blocks after which a transaction that no block took is made anew. Default 8.</summary>
    public ulong SendAgainBlocks { get; init; } = 8;
}
