using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Storage;

/// <summary>What is known of a block.</summary>
public enum BlockState
{
    /// <summary>A miner has it.</summary>
    Ok = 1,

    /// <summary>No miner that answers has it.</summary>
    Missing,

    /// <summary>A miner that kept it found its bytes changed, and no other has it.</summary>
    Corrupt,
}

/// <summary>How well an object is.</summary>
public enum Health
{
    /// <summary>Every block is there.</summary>
    Ok = 1,

    /// <summary>Blocks are gone, and the rest can replace them.</summary>
    Degraded,

    /// <summary>Some stripe has too few blocks left.</summary>
    Lost,
}

/// <param name="Miner">Who has it, or had it; null: nobody that answers knows of it.</param>
public readonly record struct BlockHealth(Address? Miner, BlockState State);

/// <param name="Data">How many blocks give back the rest.</param>
public sealed record StripeHealth(ImmutableArray<BlockHealth> Blocks, int Data)
{
    public Health Health => Blocks.Count(block => block.State == BlockState.Ok) is var ok && ok == Blocks.Length ? Health.Ok : ok >= Data ? Health.Degraded : Health.Lost;
}

/// <summary>What miners say of an object, put together. Pure.</summary>
public sealed record ObjectHealth(ImmutableArray<StripeHealth> Stripes)
{
    public Health Health => Stripes.Select(stripe => stripe.Health).DefaultIfEmpty(Health.Ok).Max();

    /// <summary>Puts the answers together. Of several miners that have one block, the one that has the fewest others of the stripe is named.</summary>
    public static ObjectHealth Of(Manifest manifest, IReadOnlyCollection<ObjectHolding> holdings)
    {
        var stripes = ImmutableArray.CreateBuilder<StripeHealth>(manifest.Stripes.Length);
        var first = 0;
        foreach (var stripe in manifest.Stripes)
        {
            stripes.Add(new StripeHealth(StripeOf(stripe, first, holdings), stripe.Data));
            first += stripe.Blocks.Length;
        }

        return new ObjectHealth(stripes.MoveToImmutable());
    }

    private static ImmutableArray<BlockHealth> StripeOf(ManifestStripe stripe, int first, IReadOnlyCollection<ObjectHolding> holdings)
    {
        var named = new Dictionary<Address, int>();
        var blocks = ImmutableArray.CreateBuilder<BlockHealth>(stripe.Blocks.Length);
        for (var block = first; block < first + stripe.Blocks.Length; block++)
        {
            var number = block;
            if (holdings.Where(holding => holding.Has(number)).MinBy(holding => named.GetValueOrDefault(holding.Miner)) is { } holder)
            {
                named[holder.Miner] = named.GetValueOrDefault(holder.Miner) + 1;
                blocks.Add(new BlockHealth(holder.Miner, BlockState.Ok));
            }
            else
            {
                var spoiler = holdings.FirstOrDefault(holding => holding.HasCorrupt(number));
                blocks.Add(new BlockHealth(spoiler?.Miner, spoiler is null ? BlockState.Missing : BlockState.Corrupt));
            }
        }

        return blocks.MoveToImmutable();
    }
}
