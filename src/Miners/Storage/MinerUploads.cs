using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;

namespace VideoMesh.Miners.Storage;

/// <summary>Puts to one miner: asks for room in large pieces, so that not every block waits for an answer.</summary>
internal sealed class MinerUploads(StoragePeer miner, IStorageNetwork network, ContentClient transfers, long shareBytes) : IDisposable
{
    private const long MostBytesAtOnce = 256 << 20;

    private readonly SemaphoreSlim _gate = new(1);
    private string _ticket = "";
    private long _left;

    public StoragePeer Miner => miner;

    /// <exception cref="StorageException">The miner gives no room.</exception>
    /// <exception cref="ContentTransferException">The bytes did not get there.</exception>
    public async Task<StoredContent> PutAsync(ContentHash hash, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            return await transfers.UploadAsync(miner.Url, hash, bytes, await TicketAsync(bytes.Length, cancellationToken), cancellationToken);
        }
        catch (ContentTransferException refused) when (refused.Reason is ContentRefusal.TicketExpired or ContentRefusal.TicketForged or ContentRefusal.TooLarge)
        {
            // It was restarted, or counted otherwise than we did: new room, once.
            Forget();
            return await transfers.UploadAsync(miner.Url, hash, bytes, await TicketAsync(bytes.Length, cancellationToken), cancellationToken);
        }
    }

    /// <summary>What room is left is given up.</summary>
    public void Forget() => Interlocked.Exchange(ref _left, 0);

    public void Dispose() => _gate.Dispose();

    private async Task<string> TicketAsync(int bytes, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_left < bytes)
            {
                var wanted = Math.Max(bytes, Math.Min(shareBytes, MostBytesAtOnce));
                try
                {
                    _ticket = await network.AdmitAsync(miner.Address, wanted, cancellationToken);
                }
                catch (StorageException full) when (full.Reason is StorageRefusal.NoRoom or StorageRefusal.DiskNearlyFull && wanted > bytes)
                {
                    wanted = bytes;
                    _ticket = await network.AdmitAsync(miner.Address, wanted, cancellationToken);
                }

                _left = wanted;
            }

            _left -= bytes;
            return _ticket;
        }
        finally
        {
            _gate.Release();
        }
    }
}
