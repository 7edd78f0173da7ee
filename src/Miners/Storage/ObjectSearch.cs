using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;

namespace VideoMesh.Miners.Storage;

/// <summary>An object as it was found in the network.</summary>
/// <param name="Holdings">What each miner says it has.</param>
public sealed record FoundObject(ContentHash Id, Manifest Manifest, ImmutableArray<ObjectHolding> Holdings, ImmutableArray<StoragePeer> Miners)
{
    public ObjectHealth Health => ObjectHealth.Of(Manifest, Holdings);
}

/// <summary>Finds an object by its id: asks all miners, and takes the manifest from the first that gives the right one.</summary>
public static class ObjectSearch
{
    /// <exception cref="StorageException"><see cref="StorageRefusal.ObjectNotFound"/>.</exception>
    public static async Task<FoundObject> FindAsync(IStorageNetwork network, ContentClient transfers, ContentHash id, CancellationToken cancellationToken)
    {
        var miners = network.Miners;
        var answers = await Task.WhenAll(miners.Select(miner => AskAsync(network, miner, id, cancellationToken)));
        var holdings = answers.OfType<ObjectHolding>().ToImmutableArray();
        foreach (var holding in holdings.Where(holding => holding.ManifestBytes is > 0 and <= Manifest.MaxBytes))
        {
            var bytes = new byte[holding.ManifestBytes];
            try
            {
                await transfers.DownloadAsync(miners.First(miner => miner.Address == holding.Miner).Url, id, bytes, ticket: null, cancellationToken);
            }
            catch (ContentTransferException)
            {
                continue;
            }

            return Manifest.TryDecode(bytes, out var manifest)
                ? new FoundObject(id, manifest, holdings, miners)
                : throw new StorageException(StorageRefusal.ManifestUnreadable, "The id names content that is no manifest.");
        }

        throw new StorageException(StorageRefusal.ObjectNotFound);
    }

    /// <summary>What a miner says it has of an object; null when it has nothing of it, or does not say.</summary>
    public static async Task<ObjectHolding?> AskAsync(IStorageNetwork network, StoragePeer miner, ContentHash id, CancellationToken cancellationToken)
    {
        try
        {
            return await network.AskAsync(miner.Address, id, cancellationToken);
        }
        catch (StorageException)
        {
            return null;
        }
    }
}
