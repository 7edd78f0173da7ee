using Google.Protobuf;
using VideoMesh.Actors.Client;
using VideoMesh.Chain.Primitives;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Market;

/// <summary>A client's side of the market: signs the offers of one job, and says what is known of a miner. One owner.</summary>
/// <param name="key">The client's account. Not disposed.</param>
/// <param name="own">What earlier jobs of this client saw of a miner.</param>
/// <param name="evidence">What the ledger knows.</param>
public sealed class JobMarket(PrivateKey key, string chain, Func<Address, OwnRecord> own, IReputationSource evidence, TimeProvider time)
{
    private ulong _nonce;

    /// <summary>Pays for the job; null: nothing is paid.</summary>
    public JobPurse? Purse { get; init; }

    public string Chain => chain;

    public DateTimeOffset TimeOfDay => time.GetUtcNow();

    /// <summary>An offer of this job as it stands, and the hash that bids must name.</summary>
    public (Wire.SignedOffer Offer, Hash256 Digest) Offer(JobState job)
    {
        ArgumentNullException.ThrowIfNull(job);
        _nonce = MarketCodec.NextNonce(_nonce, TimeOfDay);
        var body = MarketCodec.Encode(new JobOffer(
            new MarketHead(chain, key.Address, _nonce, TimeOfDay, BidBook.OfferLifetime),
            job.Spec.Id,
            job.Terms.Class,
            job.Terms.MaxPrice,
            Work: Purse is null ? 0 : (ulong)EscrowPlan.Watts(job),
            DeadlineHeight: 0,
            job.Frames.Sum(f => (long)f),
            job.Frames.Length,
            [.. job.Renditions.Select(OfferedRendition.Of)]));
        var digest = Keccak.Hash(body);
        return (new Wire.SignedOffer { Body = ByteString.CopyFrom(body), Signature = ByteString.CopyFrom(key.Sign(digest).ToArray()) }, digest);
    }

    public MinerStanding Standing(Address miner) => new(own(miner), evidence.Find(miner));
}
