using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;

namespace VideoMesh.Simulation;

/// <summary>A node's disk: what was synced survives a crash; of what was not, some is whole, one write is torn and the rest is lost.</summary>
internal sealed class SimDisk(Random random, FaultCounts faults)
{
    private readonly List<byte[]> _journal = [];
    private readonly List<StoredBlock> _chain = [];
    private readonly Dictionary<Hash256, byte[]> _leaves = [];
    private int _unsynced;

    /// <summary>Final blocks with their bodies; the first is of height 1.</summary>
    public IReadOnlyList<StoredBlock> Chain => _chain;

    /// <summary>The leaves of the state after the last of them.</summary>
    public IEnumerable<StateChange> Leaves => _leaves.Select(leaf => new StateChange(leaf.Key, leaf.Value));

    /// <summary>Bodies of blocks this node built or accepted, synced before the machine hears of it.</summary>
    public Dictionary<Hash256, byte[]> Bodies { get; } = [];

    /// <summary>Writes changes to the state, and the block they are of, in one synced transaction.</summary>
    /// <param name="block">Null: the genesis.</param>
    /// <param name="changes">Each key once.</param>
    public void Keep(StoredBlock? block, IReadOnlyList<StateChange> changes)
    {
        if (block is not null)
        {
            _chain.Add(block);
        }

        foreach (var (key, value) in changes)
        {
            if (value is null)
            {
                _leaves.Remove(key);
            }
            else
            {
                _leaves[key] = value;
            }
        }
    }

    public void Append(byte[] record, bool sync)
    {
        _journal.Add([.. Keccak.Hash(record).ToArray(), .. record]);
        _unsynced = sync ? 0 : _unsynced + 1;
        if (sync)
        {
            _journal.RemoveRange(0, _journal.Count - 1);
        }
    }

    public void Crash()
    {
        if (_unsynced == 0)
        {
            return;
        }

        var first = _journal.Count - _unsynced;
        var whole = random.Next(_unsynced);
        var torn = _journal[first + whole];
        _journal.RemoveRange(first + whole, _unsynced - whole);
        _journal.Add(torn[..random.Next(torn.Length)]);
        _unsynced = 0;
        faults.Add("torn write");
    }

    /// <summary>The last record that is whole, or null.</summary>
    public byte[]? Read() => _journal.AsEnumerable().Reverse().FirstOrDefault(IsWhole)?[Hash256.Size..];

    private static bool IsWhole(byte[] entry) =>
        entry.Length > Hash256.Size && Keccak.Hash(entry.AsSpan(Hash256.Size)).ToArray().AsSpan().SequenceEqual(entry.AsSpan(0, Hash256.Size));
}

/// <summary>How often each kind of fault was injected.</summary>
internal sealed class FaultCounts
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, long> Counts => _counts;

    public void Add(string fault, long count = 1) => _counts[fault] = _counts.GetValueOrDefault(fault) + count;

    public void AddAll(FaultCounts other)
    {
        foreach (var (fault, count) in other._counts)
        {
            Add(fault, count);
        }
    }
}
