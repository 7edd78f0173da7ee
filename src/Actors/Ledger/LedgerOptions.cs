using VideoMesh.Chain.Transactions;

namespace VideoMesh.Actors.Ledger;

/// <summary>How a node keeps the ledger. Its own business: it changes what it holds and how fast, never which blocks are right.</summary>
public sealed record LedgerOptions
{
    public MempoolOptions Mempool { get; init; } = new();

    /// <summary>Share of what a verifier earns that it bonds, in percent; default none.</summary>
    public int RestakePercent { get; init; }

    /// <summary>Whether a jailed verifier asks to take part again. It was jailed for being away, so a person should have looked why. Default false.</summary>
    public bool Unjail { get; init; }

    /// <summary>A block that the chain must have, or null. Needed to go on after <see cref="Chain.Parameters.ChainParameters.TrustingPeriod"/>.</summary>
    public Checkpoint? Checkpoint { get; init; }

    /// <summary>How far ahead of this node's clock a new block's time may be. Default 2 s.</summary>
    public TimeSpan ClockTolerance { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Batches of transactions whose signatures are being recovered; with more, new ones are refused. Default 64.</summary>
    public int MaxBatchesInWork { get; init; } = 64;

    /// <summary>The most transactions in one batch of a client of this node. Default 1,000.</summary>
    public int MaxBatchTransactions { get; init; } = 1000;

    /// <summary>Transactions are gathered this long before peers get them. Default 50 ms.</summary>
    public TimeSpan GossipInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>After this long, a transaction that one peer was asked for may be asked of another. Default 2 s.</summary>
    public TimeSpan AskAgainAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Sustained transactions per second that are looked at of one peer. Default 6,000.</summary>
    public double TransactionsPerSecond { get; init; } = 6000;

    /// <summary>Transactions that are looked at of one peer at once. Default 10,000.</summary>
    public double TransactionBurst { get; init; } = 10_000;

    /// <summary>Bytes of transactions per second that one peer is sent: less than a link carries, so that votes find it free. Default 768 KiB.</summary>
    public double GossipBytesPerSecond { get; init; } = 768 * 1024;

    /// <summary>How long one peer may take to give a body or blocks. Default 5 s.</summary>
    public TimeSpan FetchTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A peer that has not given a body for this long is not waited for alone: the next one is asked too. Default 300 ms.</summary>
    public TimeSpan AskNextAfter { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Between two rounds of asking all peers for a body. Default 100 ms.</summary>
    public TimeSpan FetchPause { get; init; } = TimeSpan.FromMilliseconds(100);
}
