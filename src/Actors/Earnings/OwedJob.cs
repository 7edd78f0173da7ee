using System.Collections.Immutable;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Proofs;

namespace VideoMesh.Actors.Earnings;

/// <summary>A job that a miner has work in. Pure.</summary>
/// <param name="Id">Of the escrow.</param>
/// <param name="Client">Who opened it.</param>
/// <param name="Terms">Fixed when it was opened.</param>
public sealed record OwedJob(Hash256 Id, Address Client, JobTerms Terms)
{
    /// <summary>What the client has given to this miner so far, and its signature over that.</summary>
    public SegmentSet Assigned { get; init; } = SegmentSet.Empty;

    public Signature Assignment { get; init; }

    /// <summary>Segments that were signed for.</summary>
    public ImmutableSortedDictionary<int, HeldSegment> Held { get; init; } = ImmutableSortedDictionary<int, HeldSegment>.Empty;

    /// <summary>Null: the client has not said yet that it has everything.</summary>
    public AcknowledgedWork? Word { get; init; }

    /// <summary>A <see cref="JobEscrow"/>, or its <see cref="JobReceipt"/>, as the ledger was seen last.</summary>
    public ContractObject? Seen { get; init; }

    /// <summary>When there were news of it from the client.</summary>
    public ulong NewsAt { get; init; }

    /// <summary>Claims in it, of whatever miner, by id: a <see cref="Claim"/> or a <see cref="ClaimReceipt"/>.</summary>
    public ImmutableDictionary<Hash256, ContractObject> Claims { get; init; } = ImmutableDictionary<Hash256, ContractObject>.Empty;

    /// <summary>Challenges of this miner's claims, by id.</summary>
    public ImmutableDictionary<Hash256, Challenge> Challenges { get; init; } = ImmutableDictionary<Hash256, Challenge>.Empty;

    /// <summary>Disputes about this miner's claims, by the claim's id.</summary>
    public ImmutableDictionary<Hash256, ClaimDispute> Disputes { get; init; } = ImmutableDictionary<Hash256, ClaimDispute>.Empty;

    private uint ClaimCount => Seen switch
    {
        JobEscrow escrow => escrow.Claims,
        JobReceipt receipt => receipt.Claims,
        _ => 0,
    };

    /// <summary>Claims of a miner that have no verdict yet.</summary>
    public IEnumerable<Claim> Open(Address miner) => Claims.Values.OfType<Claim>().Where(claim => claim.Miner == miner);

    public IEnumerable<ClaimReceipt> Settled(Address miner) => Claims.Values.OfType<ClaimReceipt>().Where(receipt => receipt.Miner == miner);

    /// <summary>Keys of what has to be looked at in the ledger.</summary>
    public IEnumerable<Hash256> Wanted(Address miner, int samples)
    {
        yield return JobEscrow.KeyOf(Id);
        for (var number = 0U; number < ClaimCount; number++)
        {
            var id = Claim.IdOf(Id, number);
            if (!Claims.TryGetValue(id, out var known) || (known is Claim open && open.Miner == miner))
            {
                yield return Claim.KeyOf(id);
            }
        }

        foreach (var claim in Open(miner))
        {
            yield return ClaimDispute.KeyOf(claim.Id);
            for (var sample = 0U; claim.Drawn && sample < samples; sample++)
            {
                yield return Challenge.KeyOf(Challenge.IdOf(claim.Id, sample));
            }
        }
    }

    /// <summary>The leaves of a claim over these segments; null when not all of them are held.</summary>
    public ClaimLeaves? LeavesOf(SegmentSet segments) => segments.Numbers().All(Held.ContainsKey)
        ? ClaimLeaves.Of(segments.Numbers().SelectMany(segment => Held[segment].Results).Select(signed => signed.Result), Terms.Renditions.Length)
        : null;

    /// <summary>Whether nothing more can come of it for this miner.</summary>
    public bool IsOver(Address miner, ulong height) => !Open(miner).Any() && Seen switch
    {
        JobReceipt receipt => Claims.Count == receipt.Claims,
        JobEscrow escrow => (escrow.Over || height > escrow.Deadline) && Claims.Count == escrow.Claims,
        _ => false,
    };
}
