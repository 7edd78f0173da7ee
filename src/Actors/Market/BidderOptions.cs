using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Market;

/// <summary>What a miner bids with.</summary>
public sealed record BidderOptions
{
    public required string Chain { get; init; }

    /// <summary>Measured speed of one slot, by codec name.</summary>
    public required ImmutableSortedDictionary<string, long> PixelsPerSecond { get; init; }

    public required ImmutableArray<string> DeterminismClasses { get; init; }

    /// <summary>For a million ω; where <see cref="AutoPrice"/> is given, only where it starts. Default zero: it works for nothing.</summary>
    public Amount Price { get; init; } = Amount.Zero;

    /// <summary>Null: the price stays as it is.</summary>
    public AutoPriceOptions? AutoPrice { get; init; }

    /// <summary>How long a bid stands, default 10 min.</summary>
    public TimeSpan BidLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Offers of one client that are looked at within <see cref="OfferWindow"/>. Default 16.</summary>
    public int MaxOffersPerWindow { get; init; } = 16;

    /// <summary>Default 10 s.</summary>
    public TimeSpan OfferWindow { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Clients whose last number is remembered; the one not heard of for longest makes room. Default 1,024.</summary>
    public int MaxClients { get; init; } = 1024;

    /// <summary>How often a price that follows demand looks at how busy the node is. Default 1 s.</summary>
    public TimeSpan SampleInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>After so many looks the price moves. Default 10.</summary>
    public int SamplesPerStep { get; init; } = 10;
}
