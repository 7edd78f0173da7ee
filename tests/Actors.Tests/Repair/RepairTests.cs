using System.Collections.Immutable;
using VideoMesh.Actors.Repair;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Storage;

namespace VideoMesh.Actors.Tests.Repair;

public sealed class RepairTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly ContentHash Film = ContentHash.Of("film"u8);
    private static readonly RepairState Fresh = new(new RepairOptions { Grace = TimeSpan.FromMinutes(15) });
    private static readonly ImmutableArray<Address> Miners = [.. Enumerable.Range(1, 9).Select(i => new Address(Enumerable.Repeat((byte)i, Address.Size).ToArray()))];

    [Fact]
    public void A_stripe_that_lost_half_its_parity_waits_for_one_more_look_and_no_longer()
    {
        var (state, first) = Fresh.Observe(Film, Of(Stripe(missing: 2)), Noon);
        Assert.Empty(first);
        Assert.Equal([0], state.Observe(Film, Of(Stripe(missing: 2)), Noon).Due.ToArray());
    }

    [Fact]
    public void A_lesser_loss_waits_for_its_grace_since_a_miner_that_restarts_is_no_loss()
    {
        var (state, _) = Fresh.Observe(Film, Of(Stripe(), Stripe(missing: 1)), Noon);
        Assert.Empty(state.Observe(Film, Of(Stripe(), Stripe(missing: 1)), Noon + TimeSpan.FromMinutes(14)).Due);
        Assert.Equal([1], state.Observe(Film, Of(Stripe(), Stripe(missing: 1)), Noon + TimeSpan.FromMinutes(15)).Due.ToArray());

        // It was back in between: the wait begins anew.
        var (back, _) = state.Observe(Film, Of(Stripe(), Stripe()), Noon + TimeSpan.FromMinutes(10));
        Assert.Empty(back.Observe(Film, Of(Stripe(), Stripe(missing: 1)), Noon + TimeSpan.FromMinutes(15)).Due);
        Assert.Empty(state.Forget(Film).Observe(Film, Of(Stripe(), Stripe(missing: 1)), Noon + TimeSpan.FromMinutes(15)).Due);
    }

    [Fact]
    public void What_is_lost_for_good_is_not_tried_again_and_again()
    {
        var (state, _) = Fresh.Observe(Film, Of(Stripe(missing: 5)), Noon);
        Assert.Empty(state.Observe(Film, Of(Stripe(missing: 5)), Noon + TimeSpan.FromDays(1)).Due);
    }

    [Fact]
    public void Missing_blocks_go_to_miners_that_have_none_of_the_stripe_whoever_plans()
    {
        var orders = RepairPlan.Of(Blocks(), Stripe(missing: 2), [.. Miners]);

        Assert.Equal([0, 1], orders.Select(order => order.Place));
        Assert.Equal(2, orders.Select(order => order.Miner).Distinct().Count());
        Assert.All(orders, order => Assert.DoesNotContain(order.Miner, Miners.Skip(2).Take(6)));
        Assert.Equal(orders.ToArray(), RepairPlan.Of(Blocks(), Stripe(missing: 2), [.. Miners.Reverse()]).ToArray());
    }

    [Fact]
    public void Without_a_spare_miner_none_gets_more_blocks_than_may_be_lost()
    {
        // Four miners are left, each with one block; of a stripe of 4 + 4 each may have three more, and gets one.
        var orders = RepairPlan.Of(Blocks(), Stripe(missing: 4), [.. Miners.Skip(4).Take(4)]);
        Assert.Equal(4, orders.Select(order => order.Miner).Distinct().Count());

        // One is left alone with its block: no more than four with it.
        Assert.Equal(3, RepairPlan.Of(Blocks(), Stripe(missing: 4), [Miners[4]]).Length);
        Assert.Empty(RepairPlan.Of(Blocks(), Stripe(missing: 4), []));
    }

    private static ObjectHealth Of(params StripeHealth[] stripes) => new([.. stripes]);

    private static ManifestStripe Blocks() => new([.. Enumerable.Range(0, 8).Select(i => new BlockRef(ContentHash.Of([(byte)i]), 10))], Data: 4);

    // 4 + 4, each block with the miner of its number; the first ones are missing.
    private static StripeHealth Stripe(int missing = 0) => new(
        [.. Enumerable.Range(0, 8).Select(i => i < missing ? new BlockHealth(null, BlockState.Missing) : new BlockHealth(Miners[i], BlockState.Ok))], Data: 4);
}
