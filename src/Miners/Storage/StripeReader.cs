using System.Collections.Immutable;
using Microsoft.Win32.SafeHandles;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Storage;

/// <summary>Reads planned stripes from source files, makes their parity, and names all blocks. Safe to use concurrently.</summary>
internal sealed class StripeReader(StripePlan plan, int parity)
{
    /// <summary>Reads one stripe into the buffer.</summary>
    /// <exception cref="StorageException"><see cref="StorageRefusal.SourceChanged"/>: a file is shorter than planned.</exception>
    public async Task<ManifestStripe> ReadAsync(int stripe, StripeBuffer buffer, CancellationToken cancellationToken)
    {
        var planned = plan.Stripes[stripe];
        var data = new List<ReadOnlyMemory<byte>>(planned.Length);
        foreach (var part in planned.GroupBy(block => block.File))
        {
            using var file = File.OpenHandle(plan.Files[part.Key].Source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            foreach (var block in part)
            {
                var room = buffer.Block(data.Count, block.Bytes);
                await FillAsync(file, block.Offset, room, cancellationToken);
                data.Add(room);
            }
        }

        var longest = planned.Max(block => block.Bytes);
        var code = new ReedSolomon(planned.Length, parity);
        List<Memory<byte>> extra = [.. Enumerable.Range(planned.Length, parity).Select(place => buffer.Block(place, longest))];
        code.Encode(data, extra);
        return new ManifestStripe(
            [.. data.Concat(extra.Select(block => (ReadOnlyMemory<byte>)block)).Select(block => new BlockRef(ContentHash.Of(block.Span), block.Length))], planned.Length);
    }

    private static async Task FillAsync(SafeFileHandle file, long offset, Memory<byte> room, CancellationToken cancellationToken)
    {
        for (var filled = 0; filled < room.Length;)
        {
            var read = await RandomAccess.ReadAsync(file, room[filled..], offset + filled, cancellationToken);
            filled += read > 0 ? read : throw new StorageException(StorageRefusal.SourceChanged);
        }
    }
}
