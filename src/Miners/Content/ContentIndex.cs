using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Content;

/// <summary>What the store holds and who needs it: lengths, pins, readers, reservations and the order of eviction. Knows no files. Not thread-safe.</summary>
internal sealed class ContentIndex(long budgetBytes)
{
    private readonly Dictionary<ContentHash, Entry> _entries = [];
    private readonly Dictionary<string, HashSet<ContentHash>> _scopes = new(StringComparer.Ordinal);

    // Only what may be evicted is in the list, least recently used first, so that finding a victim never walks over pinned content.
    private readonly LinkedList<Entry> _idle = new();
    private long _idleBytes;

    public long UsedBytes { get; private set; }

    public long ReservedBytes { get; private set; }

    public int Count => _entries.Count;

    public IEnumerable<ContentHash> Hashes => _entries.Keys;

    public Entry? Find(ContentHash hash) => _entries.GetValueOrDefault(hash);

    /// <summary>Whether that many bytes could be reserved now, if everything idle were evicted.</summary>
    public bool CouldHold(long bytes) => bytes <= budgetBytes - UsedBytes - ReservedBytes + _idleBytes;

    /// <summary>Sets bytes aside for content that is on its way. Gives what must be evicted for it (already forgotten here), or null when there is no room.</summary>
    public IReadOnlyList<ContentHash>? TryReserve(long bytes)
    {
        if (!CouldHold(bytes))
        {
            return null;
        }

        List<ContentHash>? victims = null;
        while (budgetBytes - UsedBytes - ReservedBytes < bytes)
        {
            (victims ??= []).Add(EvictOne()!.Value);
        }

        ReservedBytes += bytes;
        return victims ?? (IReadOnlyList<ContentHash>)[];
    }

    public void CancelReservation(long bytes) => ReservedBytes -= bytes;

    /// <summary>Forgets the least recently used content nobody needs; null when there is none.</summary>
    public ContentHash? EvictOne()
    {
        if (_idle.First is not { } node)
        {
            return null;
        }

        Remove(node.Value.Hash);
        return node.Value.Hash;
    }

    /// <summary>Forgets the oldest until the budget holds again; gives what was forgotten.</summary>
    public IReadOnlyList<ContentHash> Shrink()
    {
        List<ContentHash> victims = [];
        while (UsedBytes + ReservedBytes > budgetBytes && EvictOne() is { } victim)
        {
            victims.Add(victim);
        }

        return victims;
    }

    /// <summary>Adds content that is complete on disk, as the most recently used.</summary>
    public Entry Add(ContentHash hash, long length)
    {
        var entry = new Entry(hash, length);
        _entries.Add(hash, entry);
        UsedBytes += length;
        Rest(entry);
        return entry;
    }

    public bool Remove(ContentHash hash)
    {
        if (!_entries.Remove(hash, out var entry))
        {
            return false;
        }

        Wake(entry);
        entry.Gone = true;
        UsedBytes -= entry.Length;
        if (entry.Pins > 0)
        {
            foreach (var (scope, hashes) in _scopes.ToArray())
            {
                if (hashes.Remove(hash) && hashes.Count == 0)
                {
                    _scopes.Remove(scope);
                }
            }
        }

        return true;
    }

    /// <summary>Makes it the most recently used.</summary>
    public void Touch(Entry entry)
    {
        Wake(entry);
        Rest(entry);
    }

    public bool Pin(ContentHash hash, string scope)
    {
        if (Find(hash) is not { } entry)
        {
            return false;
        }

        if (!_scopes.TryGetValue(scope, out var hashes))
        {
            _scopes.Add(scope, hashes = []);
        }

        if (hashes.Add(hash))
        {
            Wake(entry);
            entry.Pins++;
        }

        return true;
    }

    /// <returns>What was pinned under the scope and nobody needs any more.</returns>
    public IReadOnlyList<ContentHash> Unpin(string scope)
    {
        if (!_scopes.Remove(scope, out var hashes))
        {
            return [];
        }

        // In an order that depends on nothing but the content: what is evicted first must be reproducible.
        List<ContentHash> ordered = [.. hashes.Order()];
        ordered.ForEach(hash => Unpin(_entries[hash]));
        return ordered.FindAll(hash => _entries[hash].Idle is not null);
    }

    public void Unpin(ContentHash hash, string scope)
    {
        if (_scopes.TryGetValue(scope, out var hashes) && hashes.Remove(hash))
        {
            Unpin(_entries[hash]);
            if (hashes.Count == 0)
            {
                _scopes.Remove(scope);
            }
        }
    }

    public bool IsPinned(ContentHash hash) => Find(hash) is { Pins: > 0 };

    public void BeginRead(Entry entry)
    {
        Wake(entry);
        entry.Readers++;
    }

    public void EndRead(Entry entry)
    {
        entry.Readers--;
        Rest(entry);
    }

    private void Unpin(Entry entry)
    {
        entry.Pins--;
        Rest(entry);
    }

    private void Wake(Entry entry)
    {
        if (entry.Idle is { } node)
        {
            _idle.Remove(node);
            _idleBytes -= entry.Length;
            entry.Idle = null;
        }
    }

    private void Rest(Entry entry)
    {
        if (entry is { Pins: 0, Readers: 0, Gone: false, Idle: null })
        {
            entry.Idle = _idle.AddLast(entry);
            _idleBytes += entry.Length;
        }
    }

    internal sealed class Entry(ContentHash hash, long length)
    {
        public ContentHash Hash { get; } = hash;

        public long Length { get; } = length;

        public int Pins { get; set; }

        public int Readers { get; set; }

        public bool Gone { get; set; }

        public LinkedListNode<Entry>? Idle { get; set; }
    }
}
