using System.Buffers.Binary;
using System.Collections.Immutable;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Contracts;

/// <summary>What the beacon decides about claims. Anybody can draw again what a block has drawn.</summary>
public static class Draws
{
    private const string Domain = "VideoMesh draw v1";

    /// <summary>Different leaves of a claim, each drawn by its ω: who fakes the dear renditions only is found as often as who fakes as much of everything.</summary>
    public static IReadOnlyList<(int Segment, int Rendition)> Leaves(Hash256 seed, Claim claim, JobTerms terms, int samples)
    {
        var segments = claim.Segments.Numbers().ToArray();
        var classes = terms.LeafClasses(claim.Segments).Select(leaves => new LeafUrn(leaves.From, leaves.Count, leaves.Rendition, leaves.Watts)).ToList();
        var drawn = new List<(int, int)>();
        while (drawn.Count < Math.Min(samples, segments.Length * terms.Renditions.Length))
        {
            var total = classes.Aggregate(UInt128.Zero, (sum, leaves) => sum + leaves.Weight);
            var ticket = Ticket(seed, claim.Id, "leaf", (uint)drawn.Count) % total;
            var urn = 0;
            while (ticket >= classes[urn].Weight)
            {
                ticket -= classes[urn++].Weight;
            }

            drawn.Add((segments[classes[urn].Take(ticket)], classes[urn].Rendition));
        }

        return drawn;
    }

    /// <summary>Different voters, each drawn by its κ; fewer when there are not enough.</summary>
    public static ImmutableArray<Voter> Voters(Hash256 seed, Hash256 id, string purpose, IEnumerable<Voter> from, int count)
    {
        var left = from.ToList();
        var total = left.Aggregate(UInt128.Zero, (sum, voter) => sum + voter.Clout.Nano);
        var drawn = ImmutableArray.CreateBuilder<Voter>();
        while (drawn.Count < count && left.Count > 0)
        {
            var ticket = Ticket(seed, id, purpose, (uint)drawn.Count) % total;
            var winner = 0;
            while (ticket >= left[winner].Clout.Nano)
            {
                ticket -= left[winner++].Clout.Nano;
            }

            drawn.Add(left[winner]);
            total -= left[winner].Clout.Nano;
            left.RemoveAt(winner);
        }

        return drawn.ToImmutable();
    }

    private static UInt128 Ticket(Hash256 seed, Hash256 id, string purpose, uint number)
    {
        Span<byte> digest = stackalloc byte[Hash256.Size];
        new RlpWriter().StartList().Text(Domain).Hash(seed).Hash(id).Text(purpose).Number(number).EndList().Keccak().CopyTo(digest);
        return BinaryPrimitives.ReadUInt128BigEndian(digest);
    }
}

/// <summary>Leaves of equal ω of which some are drawn, none twice.</summary>
/// <param name="from">The place of the first among the claim's segments.</param>
/// <param name="count">How many there are.</param>
/// <param name="rendition">Of which rendition.</param>
/// <param name="watts">ω of each.</param>
internal sealed class LeafUrn(int from, int count, int rendition, ulong watts)
{
    private readonly SortedSet<int> _taken = [];

    // at least one, so that a leaf too small to have a price can be drawn as well
    private readonly ulong _each = Math.Max(1, watts);

    public int Rendition => rendition;

    public UInt128 Weight => (UInt128)_each * (uint)(count - _taken.Count);

    /// <summary>Takes the leaf on which a ticket below <see cref="Weight"/> falls.</summary>
    /// <returns>The place of its segment among the claim's.</returns>
    public int Take(UInt128 ticket)
    {
        var place = from + (int)(ticket / _each);
        foreach (var before in _taken)
        {
            place += before <= place ? 1 : 0;
        }

        _taken.Add(place);
        return place;
    }
}

/// <summary>Who may check a claim now: voters that serve its class, but for its miner and its client.</summary>
/// <param name="Members">By falling κ.</param>
/// <param name="IsWeak">Too few serve the class for exact verdicts; when none does, all voters are members.</param>
internal sealed record ClassPool(ImmutableArray<Voter> Members, bool IsWeak)
{
    public static ClassPool Of(BlockExecution block, JobEscrow job, Claim claim)
    {
        var voters = block.Voters;
        ImmutableArray<Voter> others = [.. voters.Voters.Where(voter => voter.Address != claim.Miner && voter.Address != job.Client)];
        ImmutableArray<Voter> serving = [.. others.Where(voter => block.Contracts.Serves(voter.Address, job.Terms.Class))];
        var clout = serving.Aggregate(UInt128.Zero, (sum, voter) => sum + voter.Clout.Nano);
        var isExact = serving.Length >= block.Parameters.Contracts.ExactVerifiers && 3 * clout >= voters.Total;
        return new ClassPool(serving.IsEmpty ? others : serving, !isExact);
    }
}
