using VideoMesh.Actors.Market;

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

    public MarketOptions Market { get; init; } = new();
}
