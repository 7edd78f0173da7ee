using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Contracts;

public sealed class DrawTests
{
    private static readonly JobTerms Terms = new ComputeMarket().Terms();

    [Fact]
    public void Leaves_are_drawn_by_their_work_so_that_faking_the_dear_ones_only_is_found_as_often()
    {
        var segments = ComputeMarket.Set(0, 2, 4, 6, 8, 11);
        const int Draws = 4000;
        var counts = new Dictionary<(int, int), int>();
        for (uint i = 0; i < Draws; i++)
        {
            var drawn = Assert.Single(Of(i, segments, 1));
            counts[drawn] = counts.GetValueOrDefault(drawn) + 1;
        }

        var all = (double)Terms.WattsOf(segments);
        Assert.Equal(segments.Count * 2, counts.Count);
        Assert.All(counts, count =>
        {
            var expected = Draws * Terms.WattsOf(count.Key.Item1, count.Key.Item2) / all;
            Assert.InRange(count.Value, expected - (5 * Math.Sqrt(expected)), expected + (5 * Math.Sqrt(expected)));
        });
    }

    [Fact]
    public void No_leaf_is_drawn_twice_and_a_small_claim_is_checked_whole()
    {
        for (uint i = 0; i < 500; i++)
        {
            var drawn = Of(i, ComputeMarket.Set(3, 11), 3);
            Assert.Equal(3, drawn.Distinct().Count());
            Assert.All(drawn, leaf => Assert.Contains(leaf.Segment, new[] { 3, 11 }));
            Assert.Equal(2, Of(i, ComputeMarket.Set(7), 3).Distinct().Count());
        }
    }

    [Fact]
    public void Another_seed_or_another_claim_draws_other_leaves()
    {
        var (seeds, claims) = (new HashSet<string>(), new HashSet<string>());
        for (uint i = 0; i < 50; i++)
        {
            seeds.Add(string.Join(' ', Of(i, ComputeMarket.All, 3)));
            claims.Add(string.Join(' ', Of(0, ComputeMarket.All, 3, number: i)));
        }

        Assert.True(seeds.Count > 40 && claims.Count > 40);
    }

    private static IReadOnlyList<(int Segment, int Rendition)> Of(uint seed, SegmentSet segments, int samples, uint number = 0) =>
        Draws.Leaves(Keccak.Hash([(byte)seed, (byte)(seed >> 8)]), ClaimOf(segments, number), Terms, samples);

    private static Claim ClaimOf(SegmentSet segments, uint number) => new()
    {
        Id = Claim.IdOf(Keccak.Hash([1]), number),
        JobId = Keccak.Hash([1]),
        Number = number,
        Miner = default,
        Segments = segments,
        Root = default,
        Value = Amount.Zero,
        ForChecks = Amount.Zero,
        Required = Amount.Zero,
        DrawAt = 1,
        DisputeUntil = 0,
    };
}
