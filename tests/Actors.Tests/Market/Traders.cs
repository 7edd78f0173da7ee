using System.Collections.Immutable;
using Google.Protobuf;
using VideoMesh.Actors.Market;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Media;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Tests.Market;

/// <summary>An account that offers and bids, and the builders of what it says.</summary>
internal sealed class Trader : IDisposable
{
    public const string Chain = "market-test";

    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private ulong _nonce;

    public PrivateKey Key { get; } = PrivateKey.Create();

    public Address Address => Key.Address;

    public JobOffer Offer(ulong maxPrice = 0, DateTimeOffset? issued = null, string chain = Chain, ulong? nonce = null, string name = "") => new(
        Head(issued, chain, nonce),
        "job1",
        name,
        new Amount(maxPrice),
        Work: 0,
        DeadlineHeight: 0,
        Frames: 500,
        Segments: 5,
        [new OfferedRendition(VideoCodec.H264, 1280, 720, 23, "medium", "yuv420p")]);

    public MinerBid Bid(Hash256 offer, ulong price = 0, int slots = 2, int? free = null, double framesPerSecond = 30, DateTimeOffset? issued = null, string chain = Chain, ulong? nonce = null) => new(
        Head(issued, chain, nonce), offer, new Amount(price), slots, free ?? slots, (long)(framesPerSecond * 1000), ["x264-164.avx2.debian12"]);

    public Wire.SignedOffer Sign(JobOffer offer) => new() { Body = ByteString.CopyFrom(MarketCodec.Encode(offer)), Signature = Signature(MarketCodec.Encode(offer)) };

    public Wire.SignedBid Sign(MinerBid bid) => new() { Body = ByteString.CopyFrom(MarketCodec.Encode(bid)), Signature = Signature(MarketCodec.Encode(bid)) };

    public void Dispose() => Key.Dispose();

    private MarketHead Head(DateTimeOffset? issued, string chain, ulong? nonce) => new(chain, Address, nonce ?? ++_nonce, issued ?? Noon, TimeSpan.FromMinutes(10));

    private ByteString Signature(byte[] body) => ByteString.CopyFrom(Key.Sign(Keccak.Hash(body)).ToArray());
}

/// <summary>A set of traders that a test disposes of.</summary>
internal sealed class Traders : IDisposable
{
    private readonly List<Trader> _all = [];

    public Trader New()
    {
        _all.Add(new Trader());
        return _all[^1];
    }

    public void Dispose() => _all.ForEach(t => t.Dispose());
}
