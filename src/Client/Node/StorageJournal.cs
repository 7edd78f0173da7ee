using System.Collections.Immutable;
using VideoMesh.Actors.StorageMiner;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;
using VideoMesh.Miners.Storage;

namespace VideoMesh.Client.Node;

/// <summary>A storage miner's promises on disk: for each object the events that made it so, and nothing any more once it is removed.</summary>
public sealed class StorageJournal : IStorageJournal, IDisposable
{
    private const string KeptType = "kept";
    private const int MaxEventBytes = 16 << 20;

    private readonly EventJournal _journal;
    private readonly Dictionary<ContentHash, long> _last = [];

    private StorageJournal(EventJournal journal) => _journal = journal;

    /// <exception cref="StoreException">The file cannot be opened.</exception>
    public static StorageJournal Open(string path, TimeProvider time) => new(EventJournal.Open(path, time));

    public IEnumerable<StorageMinerEvent> Read()
    {
        foreach (var stream in _journal.List())
        {
            var id = ContentHash.Parse(stream.Stream);
            foreach (var written in _journal.Read(stream.Stream))
            {
                _last[id] = written.Sequence;
                yield return Decode(id, written.Payload.Span);
            }
        }
    }

    public void Append(StorageMinerEvent happened)
    {
        switch (happened)
        {
            case StorageMinerEvent.Kept kept:
                _last[kept.Id] = _journal.Append(kept.Id.ToString(), _last.GetValueOrDefault(kept.Id), new NewEvent(KeptType, Encode(kept)));
                break;
            case StorageMinerEvent.Removed removed:
                _journal.Delete(removed.Id.ToString());
                _last.Remove(removed.Id);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(happened));
        }
    }

    public void Dispose() => _journal.Dispose();

    private static byte[] Encode(StorageMinerEvent.Kept kept)
    {
        var writer = new RlpWriter().StartList().Address(kept.Owner).Number((ulong)kept.ManifestBytes).Number((ulong)kept.ManifestBlocks).StartList();
        foreach (var (number, block) in kept.Blocks)
        {
            writer.StartList().Number((ulong)number).Hash(block.Hash).Number((ulong)block.Bytes).EndList();
        }

        return writer.EndList().EndList().ToArray();
    }

    private static StorageMinerEvent.Kept Decode(ContentHash id, ReadOnlySpan<byte> payload)
    {
        var outer = new RlpReader(payload, MaxEventBytes);
        var fields = outer.ReadList();
        var (owner, manifestBytes, manifestBlocks) = (fields.ReadAddress(), (int)fields.ReadUInt32(), (int)fields.ReadUInt32());
        var list = fields.ReadList();
        var blocks = ImmutableArray.CreateBuilder<(int, BlockRef)>();
        while (!list.AtEnd)
        {
            var item = list.ReadList();
            blocks.Add(((int)item.ReadUInt32(), new BlockRef(item.ReadContentHash(), (int)item.ReadUInt32())));
        }

        return new StorageMinerEvent.Kept(id, owner, manifestBytes, manifestBlocks, blocks.ToImmutable());
    }
}
