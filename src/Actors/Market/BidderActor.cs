using Google.Protobuf;
using VideoMesh.Actors.ComputeMiner;
using VideoMesh.Actors.Earnings;
using VideoMesh.Actors.Mesh;
using VideoMesh.Chain.Primitives;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Market;

/// <summary>Answers offers for a compute miner, in a mailbox of its own: a storm of offers delays no segment. Shell of <see cref="BidderState"/>. To be made with
/// <see cref="ActorHost.BoundedMailbox"/>.</summary>
public sealed class BidderActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly PrivateKey _key;
    private readonly IActorRef _mesh;
    private readonly IActorRef _compute;
    private readonly IActorRef _earnings;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private BidderState _state;

    /// <param name="key">The node's account. Not disposed.</param>
    /// <param name="compute">Answers <see cref="ComputeMinerProtocol.GetStatus"/>.</param>
    /// <param name="earnings">Hears of every bid; nobody where there is no ledger.</param>
    public BidderActor(BidderOptions options, PrivateKey key, IActorRef mesh, IActorRef compute, IActorRef earnings, TimeProvider time)
    {
        _state = BidderState.Create(options);
        _key = key;
        _mesh = mesh;
        _compute = compute;
        _earnings = earnings;
        _time = time;
        _startedAt = time.GetTimestamp();

        Receive<MeshProtocol.Received>(received =>
        {
            if (received.Message is Wire.SignedOffer offer)
            {
                OnOffer(received.From, offer);
            }
        });
        Receive<MeshProtocol.PeerUp>(_ => { });
        Receive<MeshProtocol.PeerDown>(_ => { });
        Receive<MeshProtocol.Undeliverable>(_ => { });
        Receive<Considered>(OnConsidered);
        Receive<Sampled>(s => _state = _state.Sample(s.Load.Slots, s.Load.InFlight));
        Receive<Missed>(_ => { });
        Receive<Look>(_ => AskLoad(load => new Sampled(load)));
        Receive<BidderProtocol.GetStatus>(_ => Sender.Tell(
            new BidderProtocol.Status(_state.Price, options.AutoPrice is not null, _state.Offers, _state.Bids, _state.Refused)));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _mesh.Tell(new MeshProtocol.Subscribe(Self, [typeof(Wire.SignedOffer)]));
        if (_state.Options.AutoPrice is not null)
        {
            Timers.StartPeriodicTimer(nameof(Look), Look.Instance, _state.Options.SampleInterval);
        }
    }

    private void OnOffer(Address from, Wire.SignedOffer message)
    {
        _state = _state.Hear(from, message, _time.GetUtcNow(), _time.GetElapsedTime(_startedAt), out var offer);
        if (offer is not null)
        {
            var digest = Keccak.Hash(message.Body.Span);
            AskLoad(load => new Considered(offer, digest, load));
        }
    }

    private void OnConsidered(Considered considered)
    {
        var (offer, digest, load) = considered;
        _state = _state.Answer(offer, digest, _key.Address, load, _time.GetUtcNow(), out var bid, out var declined);
        if (bid is not null)
        {
            // before the client hears of it, so before its first assignment
            _earnings.Tell(new EarningsProtocol.Bid(offer.Head.Signer, bid.Price, bid.Head.Lifetime));
        }

        IMessage answer = bid is null
            ? new Wire.OfferDeclined { Offer = ByteString.CopyFrom(digest.ToArray()), Reason = declined }
            : Signed(MarketCodec.Encode(bid));
        _mesh.Tell(new MeshProtocol.Send(offer.Head.Signer, answer));
    }

    private Wire.SignedBid Signed(byte[] body) => new()
    {
        Body = ByteString.CopyFrom(body), Signature = ByteString.CopyFrom(_key.Sign(Keccak.Hash(body)).ToArray()),
    };

    private void AskLoad(Func<ComputeMinerProtocol.Status, object> then) =>
        _ = _compute.Ask<ComputeMinerProtocol.Status>(ComputeMinerProtocol.GetStatus.Instance, Patience)
            .PipeTo(Self, success: then, failure: _ => Missed.Instance);

    private sealed record Considered(JobOffer Offer, Hash256 Digest, ComputeMinerProtocol.Status Load);

    private sealed record Sampled(ComputeMinerProtocol.Status Load);

    private sealed record Missed
    {
        public static Missed Instance { get; } = new();
    }

    private sealed record Look
    {
        public static Look Instance { get; } = new();
    }
}
