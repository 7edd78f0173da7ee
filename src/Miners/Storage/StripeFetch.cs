using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Storage;

/// <summary>A fetch that should be tried.</summary>
/// <param name="Place">Of the block in its stripe.</param>
public readonly record struct FetchOrder(int Place, Address Miner);

/// <summary>Which blocks of a stripe to fetch from whom until there are enough: data first, parity only for what is missing. Pure.</summary>
public sealed record StripeFetch
{
    private readonly ImmutableArray<ImmutableArray<Address>> _sources;

    private StripeFetch(int data, ImmutableArray<ImmutableArray<Address>> sources)
    {
        Data = data;
        _sources = sources;
    }

    /// <summary>How many blocks are enough.</summary>
    public int Data { get; }

    /// <summary>Places of the blocks that arrived and had the right hash.</summary>
    public ImmutableSortedSet<int> Got { get; private init; } = [];

    public bool IsEnough => Got.Count >= Data;

    /// <summary>Begins a stripe.</summary>
    /// <param name="first">Number of its first block in the object.</param>
    /// <param name="failed">Miners that failed before; they are asked last.</param>
    public static StripeFetch Of(ManifestStripe stripe, int first, IReadOnlyCollection<ObjectHolding> holdings, IReadOnlySet<Address> failed) => new(
        stripe.Data,
        [
            .. Enumerable.Range(first, stripe.Blocks.Length)
                .Select(block => holdings.Where(holding => holding.Has(block)).Select(holding => holding.Miner).OrderBy(failed.Contains).ToImmutableArray()),
        ]);

    /// <summary>What to fetch next, all at once; empty: nothing that is left can help.</summary>
    public ImmutableArray<FetchOrder> Next() =>
    [
        .. Enumerable.Range(0, _sources.Length)
            .Where(place => !Got.Contains(place) && _sources[place].Length > 0)
            .Take(Math.Max(0, Data - Got.Count))
            .Select(place => new FetchOrder(place, _sources[place][0])),
    ];

    public StripeFetch Arrived(int place) => this with { Got = Got.Add(place) };

    public StripeFetch Failed(FetchOrder order) => new(Data, _sources.SetItem(order.Place, _sources[order.Place].Remove(order.Miner))) { Got = Got };
}
