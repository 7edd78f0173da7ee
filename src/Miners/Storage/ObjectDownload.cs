using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;

namespace VideoMesh.Miners.Storage;

/// <summary>What came out of a fetch.</summary>
/// <param name="Lost">Places in the object's order of data blocks that nobody could give or rebuild.</param>
/// <param name="Rebuilt">Blocks that were made from others.</param>
/// <param name="Corrupt">Blocks that a miner gave with other bytes than their hash promises.</param>
public sealed record DownloadResult(ImmutableArray<int> Lost, int Rebuilt, ImmutableArray<(int Block, Address Miner)> Corrupt);

/// <summary>Fetches an object in its own order, any k blocks of a stripe, each checked against its hash; what is missing is rebuilt and checked, too. In memory are a few stripes, whatever the
/// size. Lost blocks are skipped and named: the others still come out.</summary>
/// <param name="onBytes">Told of each stripe's data bytes once they are written.</param>
public sealed class ObjectDownload(ContentClient transfers, Action<long> onBytes)
{
    // While one stripe is written, the next are on their way.
    private const int StripesAhead = 3;

    public async Task<DownloadResult> RunAsync(FoundObject found, IObjectSink sink, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var session = new Session(found);
        var longest = found.Manifest.Stripes.Select(stripe => stripe.LongestBytes).DefaultIfEmpty().Max();
        var buffers = new Stack<StripeBuffer>(Enumerable.Range(0, StripesAhead).Select(_ => new StripeBuffer(found.Manifest.Data + found.Manifest.Parity, longest)));
        var underWay = new Queue<(ManifestStripe Stripe, StripeBuffer Buffer, Task<IReadOnlySet<int>> Have)>();
        var (next, first, data) = (0, 0, 0);
        var lost = ImmutableArray.CreateBuilder<int>();
        try
        {
            while (next < found.Manifest.Stripes.Length || underWay.Count > 0)
            {
                while (next < found.Manifest.Stripes.Length && buffers.TryPop(out var free))
                {
                    var (stripe, start) = (found.Manifest.Stripes[next++], first);
                    underWay.Enqueue((stripe, free, Task.Run(() => FetchAsync(session, stripe, start, free, ending.Token), ending.Token)));
                    first += stripe.Blocks.Length;
                }

                var (done, buffer, fetching) = underWay.Dequeue();
                var have = await fetching;
                for (var place = 0; place < done.Data; place++, data++)
                {
                    if (have.Contains(place))
                    {
                        await sink.WriteAsync(buffer.Block(place, done.Blocks[place].Bytes), cancellationToken);
                    }
                    else
                    {
                        lost.Add(data);
                        await sink.SkipAsync(done.Blocks[place].Bytes, cancellationToken);
                    }
                }

                onBytes(done.Blocks.Take(done.Data).Sum(block => (long)block.Bytes));
                buffers.Push(buffer);
            }
        }
        finally
        {
            // Nobody may write to buffers that nobody waits for.
            await ending.CancelAsync();
            await Task.WhenAll(underWay.Select(stripe => stripe.Have.ContinueWith(_ => { }, TaskScheduler.Default)));
        }

        return new DownloadResult(lost.ToImmutable(), session.Rebuilt, session.Corrupt);
    }

    /// <returns>The places of the data blocks that lie in the buffer.</returns>
    private async Task<IReadOnlySet<int>> FetchAsync(Session session, ManifestStripe stripe, int first, StripeBuffer buffer, CancellationToken cancellationToken)
    {
        var fetch = StripeFetch.Of(stripe, first, session.Found.Holdings, session.Failed);
        while (!fetch.IsEnough && fetch.Next() is { IsEmpty: false } orders)
        {
            var arrived = await Task.WhenAll(orders.Select(order => FetchBlockAsync(session, stripe.Blocks[order.Place], first + order.Place, order, buffer, cancellationToken)));
            fetch = orders.Zip(arrived).Aggregate(fetch, (state, pair) => pair.Second ? state.Arrived(pair.First.Place) : state.Failed(pair.First));
        }

        return fetch.IsEnough ? Rebuild(session, stripe, fetch, buffer) : fetch.Got;
    }

    private async Task<bool> FetchBlockAsync(Session session, BlockRef block, int number, FetchOrder order, StripeBuffer buffer, CancellationToken cancellationToken)
    {
        try
        {
            await transfers.DownloadAsync(session.UrlOf(order.Miner), block.Hash, buffer.Block(order.Place, block.Bytes), ticket: null, cancellationToken);
            return true;
        }
        catch (ContentTransferException failure)
        {
            session.Fail(number, order.Miner, failure.Reason);
            return false;
        }
    }

    private static ImmutableSortedSet<int> Rebuild(Session session, ManifestStripe stripe, StripeFetch fetch, StripeBuffer buffer)
    {
        var missing = Enumerable.Range(0, stripe.Data).Where(place => !fetch.Got.Contains(place)).ToList();
        if (missing.Count == 0)
        {
            return fetch.Got;
        }

        var code = new ReedSolomon(stripe.Data, stripe.Parity);
        code.Rebuild(
            [.. fetch.Got.Take(stripe.Data).Select(place => (place, (ReadOnlyMemory<byte>)buffer.Block(place, stripe.Blocks[place].Bytes)))],
            [.. missing.Select(place => (place, buffer.Block(place, stripe.Blocks[place].Bytes)))]);

        // A manifest may name parity that is none: then this is lost, and never rubbish.
        var right = missing.Where(place => ContentHash.Of(buffer.Block(place, stripe.Blocks[place].Bytes).Span) == stripe.Blocks[place].Hash).ToList();
        session.CountRebuilt(right.Count);
        return fetch.Got.Union(right);
    }

    private sealed class Session(FoundObject found)
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<Address, Uri> _urls = found.Miners.ToDictionary(miner => miner.Address, miner => miner.Url);
        private ImmutableHashSet<Address> _failed = [];
        private ImmutableArray<(int Block, Address Miner)> _corrupt = [];
        private int _rebuilt;

        public FoundObject Found { get; } = found;

        public ImmutableHashSet<Address> Failed
        {
            get
            {
                lock (_gate)
                {
                    return _failed;
                }
            }
        }

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

        public int Rebuilt => Volatile.Read(ref _rebuilt);

        public Uri UrlOf(Address miner) => _urls[miner];

        public void CountRebuilt(int blocks) => Interlocked.Add(ref _rebuilt, blocks);

        public void Fail(int block, Address miner, ContentRefusal reason)
        {
            lock (_gate)
            {
                if (reason == ContentRefusal.HashMismatch)
                {
                    // One block has changed; the miner's others may be whole.
                    _corrupt = _corrupt.Add((block, miner));
                }
                else
                {
                    _failed = _failed.Add(miner);
                }
            }
        }
    }
}
