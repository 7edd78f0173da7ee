using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Storage;

/// <summary>A block that should be made again.</summary>
/// <param name="Place">In its stripe.</param>
/// <param name="Miner">Who should keep it.</param>
public readonly record struct RepairOrder(int Place, Address Miner);

/// <summary>Where the missing blocks of a stripe should go. Pure, and the same for whoever looks, so that two repairers that do not know of each other make the same copy.</summary>
public static class RepairPlan
{
    /// <summary>Blocks that nobody has, each with a miner that has none of this stripe; if there is none left, with one that has the fewest, as long as the loss of that miner can still be made
    /// up for. Blocks for which there is no such miner are left out.</summary>
    /// <param name="miners">Those that can take blocks.</param>
    public static ImmutableArray<RepairOrder> Of(ManifestStripe stripe, StripeHealth health, IReadOnlyCollection<Address> miners)
    {
        var load = miners.ToDictionary(miner => miner, miner => health.Blocks.Count(block => block.State == BlockState.Ok && block.Miner == miner));
        var orders = ImmutableArray.CreateBuilder<RepairOrder>();
        for (var place = 0; place < health.Blocks.Length; place++)
        {
            if (health.Blocks[place].State == BlockState.Ok)
            {
                continue;
            }

            var hash = stripe.Blocks[place].Hash;
            var best = load.Where(pair => pair.Value == 0 || pair.Value < stripe.Parity).OrderBy(pair => pair.Value).ThenBy(pair => Placement.Rank(hash, pair.Key)).Select(pair => pair.Key).FirstOrDefault();
            if (best != default)
            {
                load[best]++;
                orders.Add(new RepairOrder(place, best));
            }
        }

        return orders.ToImmutable();
    }
}
