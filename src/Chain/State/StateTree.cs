using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.State;

/// <summary>A leaf to be written; a null value removes it.</summary>
public readonly record struct StateChange(Hash256 Key, byte[]? Value);

/// <summary>
/// A sparse Merkle tree over 256-bit keys. Immutable: an update shares all that it does not touch. A subtree with one leaf is that leaf, an empty one has the hash
/// zero, so the shape, and with it the root, follows from the leaves alone and a path is about log₂ n long.
/// </summary>
public sealed class StateTree
{
    private readonly StateNode? _root;

    private StateTree(StateNode? root) => _root = root;

    public static StateTree Empty { get; } = new(null);

    public Hash256 Root => _root?.Hash ?? default;

    /// <summary>The value at a key, or null.</summary>
    public byte[]? Find(Hash256 key)
    {
        var node = _root;
        for (var depth = 0; node is StateBranch branch; depth++)
        {
            node = branch.Side(key.Bit(depth));
        }

        return node is StateLeaf leaf && leaf.Key == key ? leaf.Value : null;
    }

    /// <summary>Applies changes together, so that each node above them is hashed once.</summary>
    /// <param name="changes">Each key at most once, in any order.</param>
    /// <exception cref="ArgumentException">A key is there twice.</exception>
    public StateTree With(IEnumerable<StateChange> changes)
    {
        StateChange[] sorted = [.. changes];
        Array.Sort(sorted, (left, right) => left.Key.CompareTo(right.Key));
        for (var i = 1; i < sorted.Length; i++)
        {
            if (sorted[i].Key == sorted[i - 1].Key)
            {
                throw new ArgumentException("A key is changed twice.", nameof(changes));
            }
        }

        return sorted.Length == 0 ? this : new StateTree(Update(_root, sorted, 0));
    }

    /// <summary>What shows to somebody who knows only the root which value a key has, or that it has none.</summary>
    public StateProof Prove(Hash256 key)
    {
        var siblings = ImmutableArray.CreateBuilder<Hash256>();
        var node = _root;
        for (var depth = 0; node is StateBranch branch; depth++)
        {
            var right = key.Bit(depth);
            siblings.Add(branch.Side(!right)?.Hash ?? default);
            node = branch.Side(right);
        }

        var leaf = (StateLeaf?)node;
        return new StateProof(siblings.ToImmutable(), leaf?.Key, leaf is null ? [] : [.. leaf.Value]);
    }

    /// <summary>All leaves, by rising key.</summary>
    public IEnumerable<StateChange> Leaves()
    {
        var waiting = new Stack<StateNode>();
        if (_root is not null)
        {
            waiting.Push(_root);
        }

        while (waiting.TryPop(out var node))
        {
            if (node is StateLeaf leaf)
            {
                yield return new StateChange(leaf.Key, leaf.Value);
                continue;
            }

            var branch = (StateBranch)node;
            foreach (var side in (StateNode?[])[branch.Right, branch.Left])
            {
                if (side is not null)
                {
                    waiting.Push(side);
                }
            }
        }
    }

    private static StateNode? Update(StateNode? node, ReadOnlySpan<StateChange> changes, int depth)
    {
        if (changes.IsEmpty)
        {
            return node;
        }

        if (node is not StateBranch branch)
        {
            return Grow((StateLeaf?)node, changes, depth);
        }

        var middle = FirstRight(changes, depth);
        return Join(Update(branch.Left, changes[..middle], depth + 1), Update(branch.Right, changes[middle..], depth + 1), branch);
    }

    // Below an empty place or a single leaf: what is left of both.
    private static StateNode? Grow(StateLeaf? leaf, ReadOnlySpan<StateChange> changes, int depth)
    {
        if (leaf is not null && IndexOf(changes, leaf.Key) >= 0)
        {
            leaf = null;
        }

        if (changes.IsEmpty)
        {
            return leaf;
        }

        if (changes.Length == 1 && (leaf is null || changes[0].Value is null))
        {
            return changes[0].Value is { } value ? new StateLeaf(changes[0].Key, value) : leaf;
        }

        var middle = FirstRight(changes, depth);
        var leafIsRight = leaf?.Key.Bit(depth) ?? false;
        return Join(
            Grow(leafIsRight ? null : leaf, changes[..middle], depth + 1),
            Grow(leafIsRight ? leaf : null, changes[middle..], depth + 1),
            before: null);
    }

    private static StateNode? Join(StateNode? left, StateNode? right, StateBranch? before) => (left, right) switch
    {
        _ when before is not null && ReferenceEquals(left, before.Left) && ReferenceEquals(right, before.Right) => before,
        (null, null) => null,
        (StateLeaf only, null) => only,
        (null, StateLeaf only) => only,
        _ => new StateBranch(left, right),
    };

    private static int FirstRight(ReadOnlySpan<StateChange> changes, int depth)
    {
        var (low, high) = (0, changes.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = changes[middle].Key.Bit(depth) ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    private static int IndexOf(ReadOnlySpan<StateChange> changes, Hash256 key)
    {
        var (low, high) = (0, changes.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            switch (changes[middle].Key.CompareTo(key))
            {
                case 0:
                    return middle;
                case < 0:
                    low = middle + 1;
                    break;
                default:
                    high = middle - 1;
                    break;
            }
        }

        return -1;
    }
}
