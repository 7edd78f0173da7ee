using System.Buffers.Binary;
using System.Collections.Immutable;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Contracts;

/// <summary>What the beacon decides about claims.</summary>
internal static class Draws
{
    private const string Domain = "VideoMesh draw v1";

    /// <summary>Different leaves of a claim, each drawn by its ω: who fakes the dear renditions only is found as often as who fakes as much of everything.</summary>
    public static IReadOnlyList<(int Segment, int Rendition)> Leaves(Hash256 seed, Claim claim, JobTerms terms, int samples)
    {
        var segments = claim.Segments.Numbers().ToArray();
        var watts = new ulong[segments.Length * terms.Renditions.Length];
        var total = UInt128.Zero;
        for (var leaf = 0; leaf < watts.Length; leaf++)
        {
            // at least one, so that a leaf too small to have a price can be drawn as well
            watts[leaf] = Math.Max(1, terms.WattsOf(segments[leaf / terms.Renditions.Length], leaf % terms.Renditions.Length));
            total += watts[leaf];
        }

        var drawn = new List<(int, int)>();
        while (drawn.Count < Math.Min(samples, watts.Length))
        {
            var ticket = Ticket(seed, claim.Id, "leaf", (uint)drawn.Count) % total;
            var leaf = 0;
            while (ticket >= watts[leaf])
            {
                ticket -= watts[leaf++];
            }

            drawn.Add((segments[leaf / terms.Renditions.Length], leaf % terms.Renditions.Length));
            total -= watts[leaf];
            watts[leaf] = 0;
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
