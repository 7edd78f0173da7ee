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
            if (await AskAllAsync(header, cancellationToken) is { } body)
            {
                return body;
            }

            await Task.Delay(options.FetchPause, time, cancellationToken);
        }
    }

    // One after the other, but nobody can hold the rest up by keeping silent.
    private async Task<byte[]?> AskAllAsync(BlockHeader header, CancellationToken cancellationToken)
    {
        using var found = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waiting = new Queue<Uri>(Volatile.Read(ref _peers).OrderBy(peer => peer.Key != header.Author).Select(peer => peer.Value));
        var asked = new List<Task>();
        while (waiting.Count + asked.Count > 0)
        {
            if (waiting.TryDequeue(out var url))
            {
                asked.Add(downloads.BodyAsync(url, header.BodyHash, header.BodyBytes, found.Token));
            }

            var first = await Task.WhenAny(waiting.Count > 0 ? [.. asked, Task.Delay(options.AskNextAfter, time, found.Token)] : asked);
            asked.Remove(first);
            if (first is Task<byte[]?> answer && await answer is { } body)
            {
                await found.CancelAsync();
                return body;
            }

            cancellationToken.ThrowIfCancellationRequested();
        }

        return null;
    }

    /// <summary>Final blocks from a height on, of one peer.</summary>
    public Task<IReadOnlyList<StoredBlock>> BlocksAsync(Uri peer, ulong from, CancellationToken cancellationToken) => downloads.BlocksAsync(peer, from, cancellationToken);
}
