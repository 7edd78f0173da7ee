using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;

namespace VideoMesh.Miners.Storage;

/// <summary>Makes missing blocks again and has miners keep them. Whatever instant it is killed at, nothing is worse than before: a block counts only once its miner has promised to keep
/// it, and what was put without that promise is forgotten.</summary>
/// <param name="pace">Awaited after each stripe, with the bytes that were moved: what a repairer may spend of its line.</param>
public sealed class ObjectRepair(IStorageNetwork network, ContentClient transfers, Func<long, CancellationToken, Task> pace)
{
    /// <summary>Repairs stripes, one after another. A stripe that cannot be repaired, now or ever, is passed over.</summary>
    /// <returns>Blocks that are kept again.</returns>
    public async Task<int> RunAsync(FoundObject found, IReadOnlyCollection<int> stripes, CancellationToken cancellationToken)
    {
        var manifest = found.Manifest;
        var bytes = manifest.Encode();
        var health = found.Health;
        var fetcher = new StripeFetcher(transfers, found);
        var buffer = new StripeBuffer(manifest.Data + manifest.Parity, manifest.Stripes.Max(stripe => stripe.LongestBytes));
        var (kept, first) = (0, 0);
        foreach (var (stripe, number) in manifest.Stripes.Select((stripe, number) => (stripe, number)))
        {
            if (stripes.Contains(number) && health.Stripes[number].Health == Health.Degraded)
            {
                var orders = RepairPlan.Of(stripe, health.Stripes[number], [.. found.Miners.Select(miner => miner.Address)]);
                var got = await fetcher.FetchAsync(stripe, first, buffer, cancellationToken);
                if (got.Count >= stripe.Data)
                {
                    var made = fetcher.Rebuild(stripe, got, [.. orders.Select(order => order.Place).Where(place => !got.Contains(place))], buffer);
                    foreach (var order in orders.Where(order => made.Contains(order.Place)))
                    {
                        var peer = found.Miners.First(miner => miner.Address == order.Miner);
                        kept += await PlaceAsync(found.Id, bytes, stripe.Blocks[order.Place], first + order.Place, buffer.Block(order.Place, stripe.Blocks[order.Place].Bytes), peer, cancellationToken) ? 1 : 0;
                    }

                    await pace((stripe.Data + made.Count) * (long)stripe.LongestBytes, cancellationToken);
                }
            }

            first += stripe.Blocks.Length;
        }

        return kept;
    }

    private async Task<bool> PlaceAsync(
        ContentHash id, ReadOnlyMemory<byte> manifest, BlockRef block, int number, ReadOnlyMemory<byte> bytes, StoragePeer peer, CancellationToken cancellationToken)
    {
        using var uploads = new MinerUploads(peer, network, transfers, bytes.Length + (long)manifest.Length);
        try
        {
            await uploads.PutAsync(block.Hash, bytes, cancellationToken);
            await uploads.PutAsync(id, manifest, cancellationToken);
            return (await network.KeepAsync(peer.Address, id, cancellationToken)).Has(number);
        }
        catch (Exception failure) when (failure is ContentTransferException or StorageException)
        {
            // Whoever looks next finds the block missing still, and perhaps another miner.
            return false;
        }
    }
}
