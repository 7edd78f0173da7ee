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
        var fetcher = new StripeFetcher(transfers, found);
        var longest = found.Manifest.Stripes.Select(stripe => stripe.LongestBytes).DefaultIfEmpty().Max();
        var buffers = new Stack<StripeBuffer>(Enumerable.Range(0, StripesAhead).Select(_ => new StripeBuffer(found.Manifest.Data + found.Manifest.Parity, longest)));
        var underWay = new Queue<(ManifestStripe Stripe, StripeBuffer Buffer, Task<ImmutableSortedSet<int>> Have)>();
        var (next, first, data) = (0, 0, 0);
        var lost = ImmutableArray.CreateBuilder<int>();
        try
        {
            while (next < found.Manifest.Stripes.Length || underWay.Count > 0)
            {
                while (next < found.Manifest.Stripes.Length && buffers.TryPop(out var free))
                {
                    var (stripe, start) = (found.Manifest.Stripes[next++], first);
                    underWay.Enqueue((stripe, free, Task.Run(() => FetchDataAsync(fetcher, stripe, start, free, ending.Token), ending.Token)));
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

        return new DownloadResult(lost.ToImmutable(), fetcher.Rebuilt, fetcher.Corrupt);
    }

    /// <returns>The places of the data blocks that lie in the buffer.</returns>
    private static async Task<ImmutableSortedSet<int>> FetchDataAsync(StripeFetcher fetcher, ManifestStripe stripe, int first, StripeBuffer buffer, CancellationToken cancellationToken)
    {
        var got = await fetcher.FetchAsync(stripe, first, buffer, cancellationToken);
        return got.Count < stripe.Data ? got : got.Union(fetcher.Rebuild(stripe, got, [.. Enumerable.Range(0, stripe.Data).Except(got)], buffer));
    }
}
