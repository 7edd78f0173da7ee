using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Storage;

namespace VideoMesh.Actors.StorageMiner;

/// <summary>What a storage miner has promised, and what it has set aside. Pure.</summary>
public sealed record StorageMinerState(StorageMinerOptions Options)
{
    private ImmutableDictionary<ContentHash, int> _uses = ImmutableDictionary<ContentHash, int>.Empty;

    /// <summary>Objects of which it keeps blocks, by manifest.</summary>
    public ImmutableDictionary<ContentHash, KeptObject> Objects { get; private init; } = ImmutableDictionary<ContentHash, KeptObject>.Empty;

    /// <summary>Room that is set aside, by its number.</summary>
    public ImmutableSortedDictionary<long, Room> Rooms { get; private init; } = ImmutableSortedDictionary<long, Room>.Empty;

    /// <summary>Blocks that it promised to keep and whose bytes have changed.</summary>
    public ImmutableHashSet<ContentHash> Corrupt { get; private init; } = [];

    /// <summary>Bytes promised.</summary>
    public long KeptBytes { get; private init; }

    /// <summary>Bytes set aside.</summary>
    public long SetAsideBytes { get; private init; }

    private long LastRoom { get; init; }

    /// <summary>Whether anything it keeps needs this content.</summary>
    public bool IsKept(ContentHash hash) => _uses.ContainsKey(hash);

    /// <summary>Sets room aside, or says why not. The rules run from cheap to dear.</summary>
    /// <param name="freeBytes">Of the disk.</param>
    public (StorageMinerState State, Room? Room, StorageRefusal? Refusal) SetAside(Address asker, long bytes, long freeBytes, DateTimeOffset now)
    {
        StorageRefusal? refusal =
            bytes <= 0 ? StorageRefusal.Malformed
            : Rooms.Count >= Options.MaxRooms || bytes > Options.CapacityBytes - KeptBytes - SetAsideBytes ? StorageRefusal.NoRoom
            : bytes > freeBytes - Options.KeepFreeBytes - SetAsideBytes ? StorageRefusal.DiskNearlyFull
            : null;
        if (refusal is not null)
        {
            return (this, null, refusal);
        }

        var room = new Room(LastRoom + 1, asker, bytes, now + Options.RoomLifetime);
        return (this with { LastRoom = room.Number, Rooms = Rooms.Add(room.Number, room), SetAsideBytes = SetAsideBytes + bytes }, room, null);
    }

    /// <summary>Rooms of one asker.</summary>
    public IEnumerable<Room> RoomsOf(Address asker) => Rooms.Values.Where(room => room.Asker == asker);

    /// <summary>Rooms whose time is over.</summary>
    public IEnumerable<Room> Expired(DateTimeOffset now) => Rooms.Values.Where(room => room.Expires <= now);

    /// <summary>Gives room up.</summary>
    public StorageMinerState Release(IReadOnlyCollection<Room> rooms) =>
        this with { Rooms = Rooms.RemoveRange(rooms.Select(room => room.Number)), SetAsideBytes = SetAsideBytes - rooms.Sum(room => room.Bytes) };

    /// <summary>What to promise when asked to keep an object: those of its blocks that are here and not promised yet. Null: there is no room for them.</summary>
    /// <param name="asker">Its rooms are given up by keeping, and so count as free.</param>
    /// <param name="has">Whether the store has content.</param>
    public StorageMinerEvent.Kept? Keep(Address asker, ContentHash id, Manifest manifest, int manifestBytes, Func<ContentHash, bool> has)
    {
        var known = Objects.GetValueOrDefault(id)?.Blocks ?? ImmutableSortedDictionary<int, BlockRef>.Empty;
        var added = manifest.Blocks.Select((block, number) => (Number: number, Block: block)).Where(pair => !known.ContainsKey(pair.Number) && has(pair.Block.Hash)).ToImmutableArray();
        var bytes = added.Sum(pair => (long)pair.Block.Bytes) + (known.IsEmpty ? manifestBytes : 0);
        return bytes <= Options.CapacityBytes - KeptBytes - SetAsideBytes + RoomsOf(asker).Sum(room => room.Bytes)
            ? new StorageMinerEvent.Kept(id, manifest.Owner, manifestBytes, manifest.Blocks.Count(), added)
            : null;
    }

    /// <summary>Why an order to remove is not followed; null: it is.</summary>
    public StorageRefusal? JudgeRemoval(RemovalOrder order, Address? signer, DateTimeOffset now) =>
        !Objects.TryGetValue(order.Id, out var kept) ? StorageRefusal.NotHeld
        : (now - order.Issued).Duration() > Options.OrderLifetime ? StorageRefusal.StaleOrder
        : signer != kept.Owner ? StorageRefusal.NotOwner
        : null;

    /// <summary>A block's bytes were found to be right, or changed.</summary>
    public StorageMinerState Found(ContentHash block, bool isCorrupt) => this with { Corrupt = isCorrupt && IsKept(block) ? Corrupt.Add(block) : Corrupt.Remove(block) };

    /// <summary>Total: whatever was written once can be applied.</summary>
    public StorageMinerState Apply(StorageMinerEvent happened) => happened switch
    {
        StorageMinerEvent.Kept kept => Apply(kept),
        StorageMinerEvent.Removed removed => Objects.TryGetValue(removed.Id, out var known)
            ? this with { Objects = Objects.Remove(removed.Id), KeptBytes = KeptBytes - known.Bytes, _uses = Use(_uses, known.Contents(removed.Id), -1), Corrupt = Corrupt.Except(known.Blocks.Values.Select(b => b.Hash)) }
            : this,
        _ => throw new ArgumentOutOfRangeException(nameof(happened)),
    };

    private StorageMinerState Apply(StorageMinerEvent.Kept kept)
    {
        var known = Objects.GetValueOrDefault(kept.Id) ?? new KeptObject(kept.Owner, kept.ManifestBytes, kept.ManifestBlocks, ImmutableSortedDictionary<int, BlockRef>.Empty);
        var added = kept.Blocks.Where(pair => !known.Blocks.ContainsKey(pair.Number)).ToList();
        var now = known with { Blocks = known.Blocks.AddRange(added.Select(pair => KeyValuePair.Create(pair.Number, pair.Block))) };
        var isNew = !Objects.ContainsKey(kept.Id);
        var contents = added.Select(pair => pair.Block.Hash).Concat(isNew ? [kept.Id] : []);
        return this with
        {
            Objects = Objects.SetItem(kept.Id, now),
            KeptBytes = KeptBytes + now.Bytes - (isNew ? 0 : known.Bytes),
            _uses = Use(_uses, contents, +1),
            Corrupt = Corrupt.Except(added.Select(pair => pair.Block.Hash)),
        };
    }

    private static ImmutableDictionary<ContentHash, int> Use(ImmutableDictionary<ContentHash, int> uses, IEnumerable<ContentHash> contents, int change)
    {
        var builder = uses.ToBuilder();
        foreach (var content in contents)
        {
            if (builder.GetValueOrDefault(content) + change is > 0 and var count)
            {
                builder[content] = count;
            }
            else
            {
                builder.Remove(content);
            }
        }

        return builder.ToImmutable();
    }
}

/// <summary>Room set aside for one asker.</summary>
public sealed record Room(long Number, Address Asker, long Bytes, DateTimeOffset Expires)
{
    /// <summary>What is put into it is pinned under this.</summary>
    public string Scope => $"room/{Number}/{Asker}";
}

/// <summary>Blocks of an object that this miner promised to keep.</summary>
/// <param name="ManifestBlocks">How many the whole object has.</param>
/// <param name="Blocks">By their number in the manifest.</param>
public sealed record KeptObject(Address Owner, int ManifestBytes, int ManifestBlocks, ImmutableSortedDictionary<int, BlockRef> Blocks)
{
    public long Bytes => ManifestBytes + Blocks.Values.Sum(block => (long)block.Bytes);

    /// <summary>Everything that must lie in the store for it.</summary>
    public IEnumerable<ContentHash> Contents(ContentHash id) => Blocks.Values.Select(block => block.Hash).Append(id);
}
