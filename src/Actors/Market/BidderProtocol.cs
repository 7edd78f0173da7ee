using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Market;

/// <summary>What is said to a bidder by its own node.</summary>
public static class BidderProtocol
{
    /// <summary>Answered with <see cref="Status"/>.</summary>
    public sealed record GetStatus
    {
        public static GetStatus Instance { get; } = new();
    }

    /// <param name="Price">For a million ω.</param>
    /// <param name="FollowsDemand">The price moves by itself.</param>
    /// <param name="Offers">Good offers heard.</param>
    /// <param name="Refused">Offers that were not looked at any further, by reason.</param>
    public sealed record Status(Amount Price, bool FollowsDemand, long Offers, long Bids, ImmutableSortedDictionary<MarketRefusal, long> Refused);
}
