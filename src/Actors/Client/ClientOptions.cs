using VideoMesh.Actors.Market;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Client;

/// <summary>How patient a client is.</summary>
public sealed record ClientOptions
{
    /// <summary>How long to wait for a first miner, default 20 s.</summary>
    public TimeSpan FirstMinerTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long to wait for a miner to come back when all are gone, default 60 s.</summary>
    public TimeSpan MinersLostTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a ticket given to a miner is good for, default 12 h: longer than any segment takes.</summary>
    public TimeSpan TicketLifetime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>How long a job that pays waits for the last of the miners it asked, default 300 ms.</summary>
    public TimeSpan BidPatience { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How often the call that opens an escrow is signed until the job gives up, default 3: each time another call of the account took its place.</summary>
    public int FundingTries { get; init; } = 3;

    /// <summary>What the ledger asks a compute miner to have bonded; zero without a ledger.</summary>
    public Amount RequiredStake { get; init; } = Amount.Zero;

    public MarketOptions Market { get; init; } = new();
}
