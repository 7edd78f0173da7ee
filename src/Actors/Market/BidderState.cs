using System.Collections.Immutable;
using VideoMesh.Actors.ComputeMiner;
using VideoMesh.Chain.Primitives;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Market;

/// <summary>A miner's side of the market: whose offers it looks at, and what it answers. Pure. Times are a monotonic clock's reading unless they are called the
/// time of day.</summary>
public sealed record BidderState
{
    private BidderState(BidderOptions options)
    {
        Options = options;
        Auto = options.AutoPrice is { } auto ? AutoPrice.Create(auto, options.Price) : null;
    }

    public BidderOptions Options { get; }

    /// <summary>For a million ω.</summary>
    public Amount Price => Auto?.Price ?? Options.Price;

    public long Offers { get; private init; }

    public long Bids { get; private init; }

    /// <summary>How many offers were refused, by reason.</summary>
    public ImmutableSortedDictionary<MarketRefusal, long> Refused { get; private init; } = ImmutableSortedDictionary<MarketRefusal, long>.Empty;

    /// <summary>Clients heard of, at most <see cref="BidderOptions.MaxClients"/>.</summary>
    public ImmutableDictionary<Address, ClientMemory> Clients { get; private init; } = ImmutableDictionary<Address, ClientMemory>.Empty;

    private AutoPrice? Auto { get; init; }

    private ulong LastNonce { get; init; }

    private int Samples { get; init; }

    // Percent of the slots, summed over the samples; and offers since the price moved last.
    private int Busy { get; init; }

    private int OffersSinceStep { get; init; }

    /// <exception cref="ArgumentException">The floor of the price is above its ceiling.</exception>
    public static BidderState Create(BidderOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new BidderState(options);
    }

    /// <summary>Looks at an offer off the wire: how often, size, form, account, number, time, signature, in this order.</summary>
    /// <param name="offer">Null: it was refused.</param>
    public BidderState Hear(Address from, Wire.SignedOffer message, DateTimeOffset timeOfDay, TimeSpan now, out JobOffer? offer)
    {
        ArgumentNullException.ThrowIfNull(message);
        offer = null;
        var client = Clients.GetValueOrDefault(from) ?? new ClientMemory(now);
        if (now - client.WindowSince >= Options.OfferWindow)
        {
            client = client with { WindowSince = now, InWindow = 0 };
        }

        if (client.InWindow >= Options.MaxOffersPerWindow)
        {
            return Refuse(MarketRefusal.TooMany);
        }

        var heard = Remember(from, client with { InWindow = client.InWindow + 1, HeardAt = now });
        if (!MarketCodec.TryRead(message.Body.Span, out JobOffer? read))
        {
            return heard.Refuse(MarketRefusal.Malformed);
        }

        if (MarketCodec.Judge(read.Head, message.Body.Span, message.Signature.Span, Options.Chain, from, client.LastNonce, timeOfDay) is { } refusal)
        {
            return heard.Refuse(refusal);
        }

        offer = read;
        return heard with
        {
            Clients = heard.Clients.SetItem(from, heard.Clients[from] with { LastNonce = read.Head.Nonce }),
            Offers = Offers + 1,
            OffersSinceStep = OffersSinceStep + 1,
        };
    }

    /// <summary>A bid, or why not. Who asks more than the job pays bids all the same: the client can then say what was missing.</summary>
    /// <param name="digest">Keccak-256 of the offer's body.</param>
    /// <param name="bid">Null: see <paramref name="declined"/>.</param>
    public BidderState Answer(
        JobOffer offer, Hash256 digest, Address self, ComputeMinerProtocol.Status load, DateTimeOffset timeOfDay, out MinerBid? bid, out string? declined)
    {
        ArgumentNullException.ThrowIfNull(offer);
        ArgumentNullException.ThrowIfNull(load);
        bid = null;
        var speed = SlotSpeed.Of(offer.Renditions, Options.PixelsPerSecond);
        declined = load.Draining ? nameof(DeclineReason.Draining)
            : speed <= 0 ? nameof(DeclineReason.CodecNotServed)
            : offer.Class.Length > 0 && !Options.DeterminismClasses.Contains(offer.Class, StringComparer.Ordinal) ? nameof(DeclineReason.ClassNotServed)
            : null;
        if (declined is not null)
        {
            return this;
        }

        var nonce = MarketCodec.NextNonce(LastNonce, timeOfDay);
        bid = new MinerBid(
            new MarketHead(Options.Chain, self, nonce, timeOfDay, Options.BidLifetime),
            digest,
            Price,
            load.Slots,
            Math.Clamp(load.Slots - load.InFlight, 0, load.Slots),
            (long)Math.Clamp(speed * 1000, 1, int.MaxValue),
            Options.DeterminismClasses);
        return this with { LastNonce = nonce, Bids = Bids + 1 };
    }

    /// <summary>How busy the node is now; moves a price that follows demand once in <see cref="BidderOptions.SamplesPerStep"/>.</summary>
    public BidderState Sample(int slots, int inFlight)
    {
        var next = this with { Samples = Samples + 1, Busy = Busy + (100 * Math.Min(inFlight, slots) / Math.Max(1, slots)) };
        return next.Samples < Options.SamplesPerStep
            ? next
            : next with { Auto = Auto?.Observe(next.Busy / next.Samples, OffersSinceStep), Samples = 0, Busy = 0, OffersSinceStep = 0 };
    }

    private BidderState Remember(Address from, ClientMemory client)
    {
        var others = Clients.Remove(from);
        var kept = others.Count < Options.MaxClients ? others : others.Remove(others.MinBy(c => c.Value.HeardAt).Key);
        return this with { Clients = kept.Add(from, client) };
    }

    private BidderState Refuse(MarketRefusal reason) => this with { Refused = Refused.SetItem(reason, Refused.GetValueOrDefault(reason) + 1) };
}

/// <summary>What a bidder remembers of a client.</summary>
/// <param name="WindowSince">Since when offers are counted.</param>
public sealed record ClientMemory(TimeSpan WindowSince)
{
    public int InWindow { get; init; }

    public TimeSpan HeardAt { get; init; } = WindowSince;

    public ulong LastNonce { get; init; }
}
