using VideoMesh.Chain.Consensus;

namespace VideoMesh.Actors.VerifierPool;

/// <summary>When a node thinks a block is due, and how patient it is. A node's own business: it changes how fast blocks come, never which.</summary>
public sealed record VerifierPoolOptions
{
    /// <summary>From one block's beginning to the next one's, while something waits to be done but no full block does. Default 1 s.</summary>
    public TimeSpan BlockInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Likewise while nothing waits: a sign of life. At least <see cref="BlockInterval"/>, default 30 s.</summary>
    public TimeSpan IdleInterval { get; init; } = TimeSpan.FromSeconds(30);

    public ConsensusTimeouts Timeouts { get; init; } = ConsensusTimeouts.Default;

    /// <summary>How often peers are told where this node stands. Default 700 ms.</summary>
    public TimeSpan StatusInterval { get; init; } = TimeSpan.FromMilliseconds(700);

    /// <summary>To how many peers at a time, at least 1.</summary>
    public int StatusFanOut { get; init; } = 3;

    /// <summary>Votes of others are gathered this long before they are passed on. Default 20 ms.</summary>
    public TimeSpan GossipInterval { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>A block that takes longer than this to become final means that the chain has stopped. Default 10 s.</summary>
    public TimeSpan StopsAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A verifier that was not heard of for this long counts as away. Default 5 s.</summary>
    public TimeSpan AwayAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a peer that sent what no honest node sends is not listened to. Default 1 min.</summary>
    public TimeSpan MuteTime { get; init; } = TimeSpan.FromMinutes(1);
}
