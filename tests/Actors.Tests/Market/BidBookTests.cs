using FsCheck.Fluent;
using Google.Protobuf;
using VideoMesh.Actors.Market;
using VideoMesh.Actors.Tests.Mesh;
using VideoMesh.Chain.Primitives;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Tests.Market;

public sealed class BidBookTests : IDisposable
{
    private static readonly Hash256 Asked = Keccak.Hash([1]);

    private readonly Traders _traders = new();

    public void Dispose() => _traders.Dispose();

    [Fact]
    public void A_bid_that_was_asked_for_is_in_the_book()
    {
        var miner = _traders.New();
        var book = Take(Book(miner), miner, miner.Sign(miner.Bid(Asked, price: 12)), out var refusal);

        Assert.Null(refusal);
        Assert.Equal(new Amount(12), book.Entries[miner.Address].Bid!.Price);
        Assert.Equal(TimeSpan.FromMinutes(10), book.Entries[miner.Address].StandsUntil);
    }

    [Fact]
    public void Refuses_each_wrong_bid_by_name()
    {
        var (miner, other) = (_traders.New(), _traders.New());
        var book = Book(miner);
        var good = miner.Sign(miner.Bid(Asked));

        Refuses(MarketRefusal.Unasked, other, other.Sign(other.Bid(Asked)));
        Refuses(MarketRefusal.Malformed, miner, new Wire.SignedBid { Body = ByteString.CopyFrom([.. good.Body, 0]), Signature = good.Signature });
        Refuses(MarketRefusal.Malformed, miner, new Wire.SignedBid { Body = ByteString.CopyFrom(new byte[MarketCodec.MaxBodyBytes + 1]), Signature = good.Signature });
        Refuses(MarketRefusal.OtherOffer, miner, miner.Sign(miner.Bid(Keccak.Hash([2]))));
        Refuses(MarketRefusal.Foreign, miner, miner.Sign(miner.Bid(Asked, chain: "other-chain")));
        Refuses(MarketRefusal.NotTheirs, miner, other.Sign(other.Bid(Asked)));
        Refuses(MarketRefusal.Expired, miner, miner.Sign(miner.Bid(Asked, issued: Trader.Noon - TimeSpan.FromHours(2))));
        Refuses(MarketRefusal.Expired, miner, miner.Sign(miner.Bid(Asked, issued: Trader.Noon + TimeSpan.FromHours(2))));
        Refuses(MarketRefusal.Forged, miner, new Wire.SignedBid { Body = good.Body, Signature = other.Sign(other.Bid(Asked)).Signature });
        Refuses(MarketRefusal.Forged, miner, new Wire.SignedBid { Body = good.Body, Signature = ByteString.Empty });

        void Refuses(MarketRefusal expected, Trader from, Wire.SignedBid bid)
        {
            var after = Take(book, from, bid, out var refusal);
            Assert.Equal(expected, refusal);
            Assert.Equal(1, after.Refused[expected]);
            Assert.All(after.Entries.Values, entry => Assert.Null(entry.Bid));
        }
    }

    [Fact]
    public void Refuses_a_bid_that_was_used_and_takes_a_newer_one()
    {
        var miner = _traders.New();
        var first = miner.Sign(miner.Bid(Asked, price: 12));
        var book = Take(Book(miner), miner, first, out _);

        book = Take(book, miner, first, out var again);
        Assert.Equal(MarketRefusal.Repeated, again);

        book = Take(book, miner, miner.Sign(miner.Bid(Asked, price: 11)), out var newer);
        Assert.Null(newer);
        Assert.Equal(new Amount(11), book.Entries[miner.Address].Bid!.Price);
    }

    [Fact]
    public void A_miner_whose_clock_is_an_hour_off_can_bid()
    {
        var miner = _traders.New();
        Take(Book(miner), miner, miner.Sign(miner.Bid(Asked, issued: Trader.Noon - TimeSpan.FromHours(1))), out var refusal);
        Assert.Null(refusal);
    }

    [Fact]
    public void A_storm_of_bids_costs_no_memory_and_hides_no_honest_bid()
    {
        var (honest, spammer, stranger) = (_traders.New(), _traders.New(), _traders.New());
        var book = Book(honest, spammer);
        var signature = ByteString.CopyFrom(new byte[65]);
        var (repeated, expired, unknown) = (spammer.Sign(spammer.Bid(Asked)), spammer.Sign(spammer.Bid(Asked, issued: Trader.Noon - TimeSpan.FromDays(1))), stranger.Sign(stranger.Bid(Asked)));
        var forged = new Wire.SignedBid { Body = spammer.Sign(spammer.Bid(Asked, price: 1)).Body, Signature = signature };
        for (var i = 0; i < 10_000; i++)
        {
            var (from, bid) = (i % 4) switch { 0 => (spammer, repeated), 1 => (spammer, expired), 2 => (spammer, forged), _ => (stranger, unknown) };
            book = Take(book, from, bid, out _);
        }

        book = Take(book, honest, honest.Sign(honest.Bid(Asked, price: 3)), out var refusal);

        Assert.Null(refusal);
        Assert.Equal(2, book.Entries.Count);
        Assert.Equal(2_500, book.Refused[MarketRefusal.Unasked]);
        Assert.Equal(7_500 - BidBook.MaxAnswersPerOffer, book.Refused[MarketRefusal.TooMany]);
        Assert.Equal(10_000, book.Refused.Values.Sum() + 1);
        Assert.Contains(
            MinerChoice.Choose(book.Entries.Values, new ChoiceTerms(new Amount(5), "", 100, Amount.Zero), TimeSpan.Zero),
            v => v.Miner == honest.Address && v.Reason == ChoiceReason.Chosen);
    }

    [Fact]
    public void A_miner_is_asked_again_before_its_bid_ends_or_when_it_kept_silent()
    {
        var (bidder, silent) = (_traders.New(), _traders.New());
        var book = Take(Book(bidder, silent), bidder, bidder.Sign(bidder.Bid(Asked)), out _);

        Assert.Empty(book.Due(TimeSpan.FromSeconds(29)));
        Assert.Equal([silent.Address], book.Due(TimeSpan.FromSeconds(30)));
        Assert.Equal(2, book.Due(TimeSpan.FromMinutes(9)).Count());
    }

    [Fact]
    public void A_link_that_is_lost_takes_the_bid_with_it()
    {
        var miner = _traders.New();
        var bid = miner.Sign(miner.Bid(Asked));
        var book = Take(Book(miner), miner, bid, out _).Gone(miner.Address);

        Take(book, miner, bid, out var refusal);

        Assert.Empty(book.Entries);
        Assert.Equal(MarketRefusal.Unasked, refusal);
    }

    [Fact]
    public void Declines_count_against_the_answers_of_a_miner()
    {
        var miner = _traders.New();
        var decline = new Wire.OfferDeclined { Offer = ByteString.CopyFrom(Asked.ToArray()), Reason = "Draining\u001b[31m" };
        var book = Book(miner).Decline(miner.Address, decline);
        Assert.Equal("Draining [31m", book.Entries[miner.Address].Declined);

        for (var i = 0; i < 1000; i++)
        {
            book = book.Decline(miner.Address, decline);
        }

        Assert.Equal(1001 - BidBook.MaxAnswersPerOffer, book.Refused[MarketRefusal.TooMany]);
    }

    [Fact]
    public void Offers_and_bids_have_one_encoding_and_survive_it()
    {
        var trader = _traders.New();
        var (offer, bid) = (trader.Offer(maxPrice: 20, name: "x264-164.avx2.debian12"), trader.Bid(Asked, 7, 4, 1, 12.345));

        Assert.True(MarketCodec.TryRead(MarketCodec.Encode(offer), out JobOffer? readOffer));
        Assert.True(MarketCodec.TryRead(MarketCodec.Encode(bid), out MinerBid? readBid));
        Assert.Equal(MarketCodec.Encode(offer), MarketCodec.Encode(readOffer));
        Assert.Equal(MarketCodec.Encode(bid), MarketCodec.Encode(readBid));
        Assert.Equal((offer.Head, offer.MaxPrice, offer.Class), (readOffer.Head, readOffer.MaxPrice, readOffer.Class));
        Assert.Equal((bid.Head, bid.Offer, bid.Price, bid.FreeSlots, bid.MilliFramesPerSecond), (readBid.Head, readBid.Offer, readBid.Price, readBid.FreeSlots, readBid.MilliFramesPerSecond));
    }

    [Fact]
    public void Whatever_the_bytes_reading_never_throws_and_what_it_takes_has_that_one_encoding()
    {
        var trader = _traders.New();
        byte[][] originals = [MarketCodec.Encode(trader.Offer()), MarketCodec.Encode(trader.Bid(Asked))];

        Prop.ForAll(A.Mutants(originals).ToArbitrary(), bytes =>
            (!MarketCodec.TryRead(bytes, out JobOffer? offer) || MarketCodec.Encode(offer).AsSpan().SequenceEqual(bytes))
            && (!MarketCodec.TryRead(bytes, out MinerBid? bid) || MarketCodec.Encode(bid).AsSpan().SequenceEqual(bytes))).Holds(2000);
    }

    private static BidBook Book(params Trader[] asked) =>
        asked.Aggregate(new BidBook(), (book, miner) => book.Ask(miner.Address, Asked, MinerStanding.Unknown, TimeSpan.Zero));

    private static BidBook Take(BidBook book, Trader from, Wire.SignedBid bid, out MarketRefusal? refusal) =>
        book.Take(from.Address, bid, Trader.Chain, Trader.Noon, TimeSpan.Zero, out refusal);
}
