using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;

namespace VideoMesh.Miners.Storage;

/// <summary>Fetches stripes of one object from whoever has their blocks, and rebuilds what is missing. Safe to use concurrently.</summary>
internal sealed class StripeFetcher(ContentClient transfers, FoundObject found)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Address, Uri> _urls = found.Miners.ToDictionary(miner => miner.Address, miner => miner.Url);
    private ImmutableHashSet<Address> _failed = [];
    private ImmutableArray<(int Block, Address Miner)> _corrupt = [];
    private int _rebuilt;

    /// <summary>Blocks that a miner gave with other bytes than their hash promises.</summary>
    public ImmutableArray<(int Block, Address Miner)> Corrupt
    {
        get
        {
            lock (_gate)
            {
                return _corrupt;
            }
        }
    }

    /// <summary>Blocks that were made from others.</summary>
    public int Rebuilt => Volatile.Read(ref _rebuilt);

    private ImmutableHashSet<Address> Failed
    {
        get
        {
            lock (_gate)
            {
                return _failed;
            }
        }
    }

    /// <summary>Fetches as many blocks as give back the rest, data first.</summary>
    /// <param name="first">Number of the stripe's first block in the object.</param>
    /// <returns>The places of the blocks that lie in the buffer, with the right bytes; fewer than enough when no more can be had.</returns>
    public async Task<ImmutableSortedSet<int>> FetchAsync(ManifestStripe stripe, int first, StripeBuffer buffer, CancellationToken cancellationToken)
    {
        var fetch = StripeFetch.Of(stripe, first, found.Holdings, Failed);
        while (!fetch.IsEnough && fetch.Next() is { IsEmpty: false } orders)
        {
            var arrived = await Task.WhenAll(orders.Select(order => FetchBlockAsync(stripe.Blocks[order.Place], first + order.Place, order, buffer, cancellationToken)));
            fetch = orders.Zip(arrived).Aggregate(fetch, (state, pair) => pair.Second ? state.Arrived(pair.First.Place) : state.Failed(pair.First));
        }

        return fetch.Got;
    }

    /// <summary>Makes missing blocks from those in the buffer.</summary>
    /// <param name="got">What <see cref="FetchAsync"/> gave, and enough.</param>
    /// <returns>The places of those whose bytes are right. A hostile manifest may name parity that is none: then what it would make is not returned.</returns>
    public IReadOnlyList<int> Rebuild(ManifestStripe stripe, ImmutableSortedSet<int> got, IReadOnlyList<int> missing, StripeBuffer buffer)
    {
        if (missing.Count == 0)
        {
            return [];
        }

        Memory<byte> Room(int place) => buffer.Block(place, stripe.Blocks[place].Bytes);
        new ReedSolomon(stripe.Data, stripe.Parity).Rebuild(
            [.. got.Take(stripe.Data).Select(place => (place, (ReadOnlyMemory<byte>)Room(place)))], [.. missing.Select(place => (place, Room(place)))]);
        List<int> right = [.. missing.Where(place => ContentHash.Of(Room(place).Span) == stripe.Blocks[place].Hash)];
        Interlocked.Add(ref _rebuilt, right.Count);
        return right;
    }

    private async Task<bool> FetchBlockAsync(BlockRef block, int number, FetchOrder order, StripeBuffer buffer, CancellationToken cancellationToken)
    {
        try
        {
            await transfers.DownloadAsync(_urls[order.Miner], block.Hash, buffer.Block(order.Place, block.Bytes), ticket: null, cancellationToken);
            return true;
        }
        catch (ContentTransferException failure)
        {
            lock (_gate)
            {
                if (failure.Reason == ContentRefusal.HashMismatch)
                {
                    // One block has changed; the miner's others may be whole.
                    _corrupt = _corrupt.Add((number, order.Miner));
                }
                else
                {
                    _failed = _failed.Add(order.Miner);
                }
            }

            return false;
        }
    }
}
