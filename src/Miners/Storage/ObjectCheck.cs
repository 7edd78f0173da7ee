using System.Collections;
using VideoMesh.Miners.Content;

namespace VideoMesh.Miners.Storage;

/// <summary>Takes no miner's word: fetches every block of an object from everybody who says to have it, and hashes it.</summary>
/// <param name="onBytes">Told of each block's bytes, once for each miner.</param>
public sealed class ObjectCheck(ContentClient transfers, Action<long> onBytes)
{
    /// <returns>The object as found, with only those blocks held that came as they should.</returns>
    public async Task<FoundObject> RunAsync(FoundObject found, CancellationToken cancellationToken)
    {
        var urls = found.Miners.ToDictionary(miner => miner.Address, miner => miner.Url);
        return found with { Holdings = [.. await Task.WhenAll(found.Holdings.Select(holding => CheckAsync(found.Manifest, holding, urls[holding.Miner], cancellationToken)))] };
    }

    private async Task<ObjectHolding> CheckAsync(Manifest manifest, ObjectHolding holding, Uri url, CancellationToken cancellationToken)
    {
        var (held, corrupt) = (new BitArray(holding.Held), new BitArray(holding.Held.Length));
        var room = new byte[manifest.Stripes.Select(stripe => stripe.LongestBytes).DefaultIfEmpty().Max()];
        var number = -1;
        foreach (var block in manifest.Blocks)
        {
            number++;
            if (holding.Has(number))
            {
                try
                {
                    await transfers.DownloadAsync(url, block.Hash, room.AsMemory(0, block.Bytes), ticket: null, cancellationToken);
                    onBytes(block.Bytes);
                }
                catch (ContentTransferException failure)
                {
                    held[number] = false;
                    corrupt[number] = failure.Reason == ContentRefusal.HashMismatch;
                }
            }
            else if (holding.HasCorrupt(number))
            {
                corrupt[number] = true;
            }
        }

        return holding with { Held = held, Corrupt = corrupt };
    }
}
