using System.Collections.Immutable;
using Google.Protobuf;
using VideoMesh.Actors.ComputeMiner;
using VideoMesh.Actors.Market;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.Tests.Engine;
using VideoMesh.Chain.Primitives;
using VideoMesh.TestKit;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Tests.Market;

public sealed class BidderTests : EngineTest, IDisposable
{
    private readonly Traders _traders = new();
    private readonly ManualTime _time = new(Trader.Noon);

    private static BidderOptions Options => new()
    {
        Chain = Trader.Chain,
        PixelsPerSecond = ImmutableSortedDictionary<string, long>.Empty.Add("h264", 1280 * 720 * 30),
        DeterminismClasses = ["x264-164.avx2.debian12"],
        Price = new Amount(12),
    };

    public void Dispose() => _traders.Dispose();

    [Fact]
    public async Task An_offer_is_answered_with_a_signed_bid_of_price_slots_and_speed()
    {
        var (client, miner) = (_traders.New(), _traders.New());
        var mesh = NewProbe();
        var bidder = Start(Options, miner, mesh, slots: 4, inFlight: 1);
        var offer = client.Sign(client.Offer(maxPrice: 20));

        bidder.Tell(new MeshProtocol.Received(client.Address, offer), ActorRefs.NoSender);

        await mesh.Expect<MeshProtocol.Subscribe>();
        var sent = await mesh.Expect<MeshProtocol.Send>();
        var digest = Keccak.Hash(offer.Body.Span);
        var book = new BidBook().Ask(miner.Address, digest, MinerStanding.Unknown, TimeSpan.Zero)
            .Take(miner.Address, Assert.IsType<Wire.SignedBid>(sent.Message), Trader.Chain, Trader.Noon, TimeSpan.Zero, out var refusal);
        Assert.Equal(client.Address, sent.To);
        Assert.Null(refusal);
        var bid = book.Entries[miner.Address].Bid!;
        Assert.Equal((new Amount(12), 4, 3, 30_000L), (bid.Price, bid.Slots, bid.FreeSlots, bid.MilliFramesPerSecond));
    }

    [Fact]
    public async Task A_storm_of_offers_is_refused_by_name_and_the_next_client_still_gets_its_bid()
    {
        var (client, spammer, miner) = (_traders.New(), _traders.New(), _traders.New());
        var mesh = NewProbe();
        var bidder = Start(Options, miner, mesh, slots: 1, inFlight: 0);
        var (good, forged) = (spammer.Sign(spammer.Offer()), spammer.Sign(spammer.Offer()));
        forged.Signature = good.Signature;
        for (var i = 0; i < 10_000; i++)
        {
            bidder.Tell(new MeshProtocol.Received(spammer.Address, i == 0 ? good : forged), ActorRefs.NoSender);
        }

        var status = await Eventually.Ends(bidder.Ask<BidderProtocol.Status>(BidderProtocol.GetStatus.Instance, Eventually.Limit));
        bidder.Tell(new MeshProtocol.Received(client.Address, client.Sign(client.Offer())), ActorRefs.NoSender);

        await mesh.Expect<MeshProtocol.Subscribe>();
        Assert.Equal(spammer.Address, (await mesh.Expect<MeshProtocol.Send>()).To);
        Assert.Equal(client.Address, (await mesh.Expect<MeshProtocol.Send>()).To);
        Assert.Equal(1, status.Offers);
        Assert.Equal(Options.MaxOffersPerWindow - 1, status.Refused[MarketRefusal.Forged]);
        Assert.Equal(10_000 - Options.MaxOffersPerWindow, status.Refused[MarketRefusal.TooMany]);
    }

    [Fact]
    public void Refuses_each_wrong_offer_by_name()
    {
        var (client, other) = (_traders.New(), _traders.New());
        var good = client.Sign(client.Offer());
        var state = BidderState.Create(Options).Hear(client.Address, good, Trader.Noon, TimeSpan.Zero, out var heard);
        Assert.NotNull(heard);

        Refuses(MarketRefusal.Repeated, good);
        Refuses(MarketRefusal.Malformed, new Wire.SignedOffer { Body = ByteString.CopyFrom([.. good.Body, 0]), Signature = good.Signature });
        Refuses(MarketRefusal.Foreign, client.Sign(client.Offer(chain: "other-chain")));
        Refuses(MarketRefusal.NotTheirs, other.Sign(other.Offer()));
        Refuses(MarketRefusal.Expired, client.Sign(client.Offer(issued: Trader.Noon - TimeSpan.FromHours(2))));
        Refuses(MarketRefusal.Forged, new Wire.SignedOffer { Body = ByteString.CopyFrom(MarketCodec.Encode(client.Offer())), Signature = good.Signature });

        void Refuses(MarketRefusal expected, Wire.SignedOffer offer)
        {
            var after = state.Hear(client.Address, offer, Trader.Noon, TimeSpan.Zero, out var taken);
            Assert.Null(taken);
            Assert.Equal(1, after.Refused[expected]);
        }
    }

    [Fact]
    public void More_clients_than_it_remembers_crowd_out_the_one_not_heard_of_for_longest()
    {
        var state = BidderState.Create(Options with { MaxClients = 3 });
        for (var i = 0; i < 10; i++)
        {
            var client = _traders.New();
            state = state.Hear(client.Address, client.Sign(client.Offer()), Trader.Noon, TimeSpan.FromSeconds(i), out var offer);
            Assert.NotNull(offer);
        }

        Assert.Equal(3, state.Clients.Count);
        Assert.All(state.Clients.Values, c => Assert.True(c.HeardAt >= TimeSpan.FromSeconds(7)));
    }

    [Theory]
    [InlineData(true, "", "Draining")]
    [InlineData(false, "another-class", "ClassNotServed")]
    public async Task What_it_will_not_do_it_declines_by_name(bool draining, string name, string reason)
    {
        var (client, miner) = (_traders.New(), _traders.New());
        var mesh = NewProbe();
        var bidder = Start(Options, miner, mesh, slots: 1, inFlight: 0, draining);

        bidder.Tell(new MeshProtocol.Received(client.Address, client.Sign(client.Offer(name: name))), ActorRefs.NoSender);

        await mesh.Expect<MeshProtocol.Subscribe>();
        Assert.Equal(reason, Assert.IsType<Wire.OfferDeclined>((await mesh.Expect<MeshProtocol.Send>()).Message).Reason);
    }

    [Fact]
    public async Task A_price_that_follows_demand_rises_while_the_node_is_full()
    {
        var miner = _traders.New();
        var options = Options with { Price = new Amount(100), AutoPrice = new AutoPriceOptions { Floor = new Amount(1), Ceiling = new Amount(104) }, SampleInterval = TimeSpan.FromMilliseconds(5), SamplesPerStep = 2 };
        var bidder = Start(options, miner, NewProbe(), slots: 1, inFlight: 1);

        await Eventually.TrueAsync(async () =>
            (await bidder.Ask<BidderProtocol.Status>(BidderProtocol.GetStatus.Instance, Eventually.Limit)).Price == new Amount(104));
    }

    private IActorRef Start(BidderOptions options, Trader miner, Probe mesh, int slots, int inFlight, bool draining = false)
    {
        var compute = System.ActorOf(Props.Create(() => new Worker(new ComputeMinerProtocol.Status(slots, inFlight, 0, 0, draining))));
        return System.ActorOf(Props.Create(() => new BidderActor(options, miner.Key, mesh.Ref, compute, ActorRefs.Nobody, _time)));
    }

    private sealed class Worker : ReceiveActor
    {
        public Worker(ComputeMinerProtocol.Status status) => Receive<ComputeMinerProtocol.GetStatus>(_ => Sender.Tell(status));
    }
}
