using System.Collections.Immutable;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;

namespace VideoMesh.Actors.Ledger;

/// <summary>Finds block bodies: here, at the block's author, at any other peer. Safe for use by several threads.</summary>
internal sealed class BlockSearch(LedgerStore store, LedgerDownloads downloads, LedgerOptions options, TimeProvider time)
{
    private ImmutableDictionary<Address, Uri> _peers = ImmutableDictionary<Address, Uri>.Empty;

    public void Up(Address peer, Uri? url) => ImmutableInterlocked.Update(ref _peers, peers => url is null ? peers.Remove(peer) : peers.SetItem(peer, url));

    public void Down(Address peer) => ImmutableInterlocked.Update(ref _peers, peers => peers.Remove(peer));

    public Uri? UrlOf(Address peer) => Volatile.Read(ref _peers).GetValueOrDefault(peer);

    /// <summary>Looks until the body is found.</summary>
    /// <exception cref="OperationCanceledException">It was not found before the caller lost patience.</exception>
    public async Task<byte[]> FindAsync(BlockHeader header, CancellationToken cancellationToken)
    {
        if (store.FindBody(header.BodyHash) is { } known)
        {
            return known;
        }

        while (true)
        {
            foreach (var (_, url) in Volatile.Read(ref _peers).OrderBy(peer => peer.Key != header.Author))
            {
                if (await downloads.BodyAsync(url, header.BodyHash, header.BodyBytes, cancellationToken) is { } body)
                {
                    return body;
                }
            }

            await Task.Delay(options.FetchPause, time, cancellationToken);
        }
    }

    /// <summary>Final blocks from a height on, of one peer.</summary>
    public Task<IReadOnlyList<StoredBlock>> BlocksAsync(Uri peer, ulong from, CancellationToken cancellationToken) => downloads.BlocksAsync(peer, from, cancellationToken);
}
