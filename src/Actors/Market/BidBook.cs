using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Market;

/// <summary>Whom a client asked, and what came back. Pure. Holds at most one bid of each peer that was asked, so a storm of bids takes no memory; and nothing dear is done
/// for who was not asked or said too much. Times are a monotonic clock's reading unless they are called the time of day.</summary>
public sealed record BidBook
{
    /// <summary>Answers of one miner that are looked at for each offer it got.</summary>
    public const int MaxAnswersPerOffer = 16;

    private const int MaxReasonLength = 64;

    /// <summary>How long an offer stands, and how long a miner that does not answer, or declined, is left alone.</summary>
    public static TimeSpan OfferLifetime { get; } = TimeSpan.FromSeconds(30);

    // A bid is renewed before it ends, not after.
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(1);

    public ImmutableDictionary<Address, BidEntry> Entries { get; private init; } = ImmutableDictionary<Address, BidEntry>.Empty;

    /// <summary>How many messages were refused, by reason.</summary>
    public ImmutableDictionary<MarketRefusal, int> Refused { get; private init; } = ImmutableDictionary<MarketRefusal, int>.Empty;

    /// <summary>The miner is about to get an offer with this hash.</summary>
    public BidBook Ask(Address miner, Hash256 offer, MinerStanding standing, TimeSpan now)
    {
        var entry = Entries.GetValueOrDefault(miner) ?? new BidEntry(miner);
        return this with { Entries = Entries.SetItem(miner, entry with { Offer = offer, AskedAt = now, Heard = 0, Standing = standing }) };
    }

    /// <summary>Its link is gone: its bid is void, and it will be asked again.</summary>
    public BidBook Gone(Address miner) => this with { Entries = Entries.Remove(miner) };

    /// <summary>Takes a bid off the wire: who, how often, size, form, offer, account, number, time, signature, in this order.</summary>
    /// <param name="timeOfDay">For the absurdly old alone.</param>
    /// <param name="refusal">Null: the bid is in the book.</param>
    public BidBook Take(Address from, Wire.SignedBid message, string chain, DateTimeOffset timeOfDay, TimeSpan now, out MarketRefusal? refusal)
    {
        ArgumentNullException.ThrowIfNull(message);
        var heard = Hear(from, out refusal);
        if (refusal is not null)
        {
            return heard;
        }

        var entry = heard.Entries[from];
        if (!MarketCodec.TryRead(message.Body.Span, out MinerBid? bid))
        {
            refusal = MarketRefusal.Malformed;
        }
        else if (bid.Offer != entry.Offer)
        {
            refusal = MarketRefusal.OtherOffer;
        }
        else
        {
            refusal = MarketCodec.Judge(bid.Head, message.Body.Span, message.Signature.Span, chain, from, entry.LastNonce, timeOfDay);
        }

        return refusal is { } reason ? heard.Count(reason) : heard.Put(bid!, now);
    }

    /// <summary>A bid that was judged good.</summary>
    public BidBook Put(MinerBid bid, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(bid);
        return Entries.TryGetValue(bid.Head.Signer, out var entry)
            ? this with
            {
                Entries = Entries.SetItem(
                    bid.Head.Signer, entry with { Bid = bid, StandsUntil = now + bid.Head.Lifetime, LastNonce = bid.Head.Nonce, Declined = null, Answered = true }),
            }
            : this;
    }

    /// <summary>A miner says that it will not.</summary>
    public BidBook Decline(Address from, Wire.OfferDeclined message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var heard = Hear(from, out var refusal);
        if (refusal is not null)
        {
            return heard;
        }

        var entry = heard.Entries[from];
        if (!message.Offer.Span.SequenceEqual(entry.Offer.ToArray()))
        {
            return heard.Count(MarketRefusal.OtherOffer);
        }

        var reason = JobMessages.Sanitized(message.Reason);
        var declined = entry with { Bid = null, Answered = true, Declined = reason[..Math.Min(reason.Length, MaxReasonLength)] };
        return heard with { Entries = heard.Entries.SetItem(from, declined) };
    }

    /// <summary>Everybody who was asked has answered, or had the time to.</summary>
    public bool IsSettled(TimeSpan patience, TimeSpan now) => Entries.Values.All(e => e.Answered || now - e.AskedAt >= patience);

    /// <summary>Who is to be asked again: no answer, a refusal that may have had its time, or a bid about to end.</summary>
    public IEnumerable<Address> Due(TimeSpan now) => Entries.Values
        .Where(e => now - e.AskedAt >= OfferLifetime && (e.Bid is null || e.StandsUntil - now <= RenewBefore))
        .Select(e => e.Miner).Order();

    /// <summary>The least that anybody asks for a million ω; null: nobody bid.</summary>
    public Amount? Cheapest => Entries.Values.Select(e => e.Bid?.Price).Min();

    private BidBook Hear(Address from, out MarketRefusal? refusal)
    {
        refusal = !Entries.TryGetValue(from, out var entry) ? MarketRefusal.Unasked
            : entry.Heard >= MaxAnswersPerOffer ? MarketRefusal.TooMany
            : null;
        return refusal is { } reason ? Count(reason) : this with { Entries = Entries.SetItem(from, entry! with { Heard = entry.Heard + 1 }) };
    }

    private BidBook Count(MarketRefusal refusal) => this with { Refused = Refused.SetItem(refusal, Refused.GetValueOrDefault(refusal) + 1) };
}

/// <summary>A miner that was asked.</summary>
public sealed record BidEntry(Address Miner)
{
    /// <summary>Keccak-256 of the offer it got last.</summary>
    public Hash256 Offer { get; init; }

    public TimeSpan AskedAt { get; init; }

    /// <summary>It has answered an offer of ours.</summary>
    public bool Answered { get; init; }

    /// <summary>Its bid, which stands until <see cref="StandsUntil"/>; null: none yet, or it declined.</summary>
    public MinerBid? Bid { get; init; }

    public TimeSpan StandsUntil { get; init; }

    public ulong LastNonce { get; init; }

    /// <summary>Why it will not; null: it did not say so.</summary>
    public string? Declined { get; init; }

    /// <summary>Answers of it that were looked at since it was asked.</summary>
    public int Heard { get; init; }

    public MinerStanding Standing { get; init; } = MinerStanding.Unknown;
}
