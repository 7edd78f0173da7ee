using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.State;

/// <summary>A subtree with at least one leaf. Immutable; its hash is computed when it is made.</summary>
internal abstract class StateNode(Hash256 hash)
{
    // what is hashed as a leaf can never be taken for what is hashed as a branch
    private const byte LeafTag = 0;
    private const byte BranchTag = 1;

    public Hash256 Hash { get; } = hash;

    /// <summary>The hash of a leaf.</summary>
    public static Hash256 HashLeaf(Hash256 key, ReadOnlySpan<byte> value)
    {
        const int Header = 1 + Hash256.Size;
        const int Small = 512;
        var bytes = Header + value.Length <= Small ? stackalloc byte[Header + value.Length] : new byte[Header + value.Length];
        bytes[0] = LeafTag;
        key.CopyTo(bytes[1..]);
        value.CopyTo(bytes[Header..]);
        return Keccak.Hash(bytes);
    }

    /// <summary>The hash of a branch; an empty side is all zeros.</summary>
    public static Hash256 HashBranch(Hash256 left, Hash256 right)
    {
        Span<byte> bytes = stackalloc byte[1 + (2 * Hash256.Size)];
        bytes[0] = BranchTag;
        left.CopyTo(bytes[1..]);
        right.CopyTo(bytes[(1 + Hash256.Size)..]);
        return Keccak.Hash(bytes);
    }
}

/// <summary>The one leaf of a subtree, standing where the subtree begins.</summary>
internal sealed class StateLeaf(Hash256 key, byte[] value) : StateNode(HashLeaf(key, value))
{
    public Hash256 Key { get; } = key;

    public byte[] Value { get; } = value;
}

/// <summary>A subtree of at least two leaves.</summary>
internal sealed class StateBranch(StateNode? left, StateNode? right) : StateNode(HashBranch(left?.Hash ?? default, right?.Hash ?? default))
{
    public StateNode? Left { get; } = left;

    public StateNode? Right { get; } = right;

    public StateNode? Side(bool right) => right ? Right : Left;
}
