using System.Collections;
using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Storage;

namespace VideoMesh.Miners.Tests.Storage;

public sealed class PlacementTests
{
    private static readonly ImmutableArray<Address> Miners = [.. Enumerable.Range(1, 8).Select(i => new Address(Enumerable.Repeat((byte)i, Address.Size).ToArray()))];

    [Fact]
    public void Every_block_of_a_stripe_has_its_own_miner_and_all_miners_get_their_share()
    {
        var load = Miners.ToDictionary(miner => miner, _ => 0);
        for (var stripe = 0; stripe < 800; stripe++)
        {
            var placed = Placement.Of(Hash(stripe), 6, Miners, ImmutableHashSet<Address>.Empty)!.Miners;
            Assert.Equal(6, placed.Distinct().Count());
            placed.ToList().ForEach(miner => load[miner]++);
        }

        Assert.All(load.Values, blocks => Assert.InRange(blocks, 500, 700));
    }

    [Fact]
    public void A_lost_miner_s_block_moves_and_the_others_stay()
    {
        var before = Placement.Of(Hash(1), 6, Miners, ImmutableHashSet<Address>.Empty)!.Miners;
        ImmutableHashSet<Address> lost = [before[2]];

        var after = Placement.Of(Hash(1), 6, Miners, lost)!.Miners;

        Assert.Equal(before.RemoveAt(2).ToArray(), after.RemoveAt(2).ToArray());
        Assert.DoesNotContain(after[2], before);
        Assert.Null(Placement.Of(Hash(1), 6, Miners, Miners.Take(3).ToImmutableHashSet()));
        Assert.Null(Placement.Of(Hash(1), 9, Miners, lost));
    }

    [Fact]
    public void A_fetch_asks_for_data_first_and_for_parity_only_in_place_of_what_failed()
    {
        var stripe = new ManifestStripe([.. Enumerable.Range(0, 5).Select(i => new BlockRef(Hash(i), 10))], Data: 3);
        var fetch = StripeFetch.Of(stripe, first: 0, [Holding(0, 0, 1), Holding(1, 2, 3), Holding(2, 1, 4)], ImmutableHashSet<Address>.Empty);

        Assert.Equal([0, 1, 2], fetch.Next().Select(order => order.Place));
        fetch = fetch.Arrived(2).Failed(new FetchOrder(0, Miners[0])).Failed(new FetchOrder(1, Miners[0]));
        Assert.Equal([new FetchOrder(1, Miners[2]), new FetchOrder(3, Miners[1])], fetch.Next().ToArray());
        fetch = fetch.Arrived(3).Failed(new FetchOrder(1, Miners[2]));
        Assert.Equal([new FetchOrder(4, Miners[2])], fetch.Next().ToArray());
        Assert.True(fetch.Arrived(4).IsEnough);
        Assert.Empty(fetch.Failed(new FetchOrder(4, Miners[2])).Next());
    }

    [Fact]
    public void Health_is_that_of_the_worst_stripe()
    {
        var manifest = new Manifest
        {
            Owner = default, Name = "a", IsFolder = false, Data = 2, Parity = 1, Files = [new("a", 40, 4)],
            Stripes = [.. Enumerable.Range(0, 2).Select(s => new ManifestStripe([.. Enumerable.Range(0, 3).Select(i => new BlockRef(Hash((3 * s) + i), 10))], Data: 2))],
        };

        Assert.Equal(Health.Ok, ObjectHealth.Of(manifest, [Holding(0, 0, 3), Holding(1, 1, 4), Holding(2, 2, 5)]).Health);
        var degraded = ObjectHealth.Of(manifest, [Holding(0, 0, 3), Holding(1, 1, 4), Holding(2, 5) with { Corrupt = Bits(2) }]);
        Assert.Equal((Health.Degraded, new BlockHealth(Miners[2], BlockState.Corrupt)), (degraded.Health, degraded.Stripes[0].Blocks[2]));
        var lost = ObjectHealth.Of(manifest, [Holding(0, 0, 3), Holding(1, 1)]);
        Assert.Equal((Health.Lost, Health.Degraded), (lost.Health, lost.Stripes[0].Health));
        Assert.Equal(new BlockHealth(null, BlockState.Missing), lost.Stripes[1].Blocks[2]);
    }

    private static ObjectHolding Holding(int miner, params int[] blocks) => new(Miners[miner], 100, Bits(blocks), Bits());

    private static BitArray Bits(params int[] set)
    {
        var bits = new BitArray(6);
        set.ToList().ForEach(bit => bits[bit] = true);
        return bits;
    }

    private static ContentHash Hash(int seed) => ContentHash.Of(BitConverter.GetBytes(seed));
}
