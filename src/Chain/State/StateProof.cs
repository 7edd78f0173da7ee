using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.State;

/// <summary>Shows which value a key has under a root, or that it has none.</summary>
/// <param name="Siblings">Hashes beside the path, from the root down; zero for an empty side.</param>
/// <param name="LeafKey">Key of the leaf the path ends at: the asked one, or another that shows the asked one's absence; null when it ends at an empty place.</param>
/// <param name="LeafValue">That leaf's value.</param>
public sealed record StateProof(ImmutableArray<Hash256> Siblings, Hash256? LeafKey, ImmutableArray<byte> LeafValue)
{
    /// <summary>The longest encoding accepted, in bytes.</summary>
    public const int MaxBytes = 64 << 10;

    private const int MaxDepth = 256;

    /// <summary>Checks the proof.</summary>
    /// <param name="root">Of the state, from a header known to be final.</param>
    /// <param name="key">What was asked for.</param>
    /// <param name="value">The value it has, null when the proof shows that it has none.</param>
    /// <returns>False when the proof shows nothing.</returns>
    public bool TryVerify(Hash256 root, Hash256 key, out ImmutableArray<byte>? value)
    {
        var leadsToRoot = TryClimb(key, out var hash) && hash == root;
        value = leadsToRoot && LeafKey == key ? LeafValue : null;
        return leadsToRoot;
    }

    private bool TryClimb(Hash256 key, out Hash256 hash)
    {
        hash = Hash256.Zero;
        if (LeafKey is { } leaf)
        {
            for (var depth = 0; depth < Siblings.Length; depth++)
            {
                if (leaf.Bit(depth) != key.Bit(depth))
                {
                    return false;
                }
            }

            hash = StateNode.HashLeaf(leaf, LeafValue.AsSpan());
        }

        for (var depth = Siblings.Length - 1; depth >= 0; depth--)
        {
            hash = key.Bit(depth) ? StateNode.HashBranch(Siblings[depth], hash) : StateNode.HashBranch(hash, Siblings[depth]);
        }

        return true;
    }

    /// <summary>The canonical RLP encoding.</summary>
    public byte[] Encode()
    {
        var writer = new RlpWriter().StartList().StartList();
        foreach (var sibling in Siblings)
        {
            // most sides near the leaf are empty
            _ = sibling == Hash256.Zero ? writer.Bytes([]) : writer.Hash(sibling);
        }

        writer.EndList();
        _ = LeafKey is { } key ? writer.Hash(key) : writer.Bytes([]);
        return writer.Bytes(LeafValue.AsSpan()).EndList().ToArray();
    }

    /// <exception cref="RlpException">The bytes are not the canonical encoding of a proof.</exception>
    public static StateProof Decode(ReadOnlySpan<byte> encoded)
    {
        var outer = new RlpReader(encoded, MaxBytes);
        var reader = outer.ReadList();
        outer.End();
        var list = reader.ReadList();
        var siblings = ImmutableArray.CreateBuilder<Hash256>();
        while (!list.AtEnd)
        {
            if (siblings.Count == MaxDepth)
            {
                throw new RlpException(RlpRefusal.TooLong);
            }

            siblings.Add(OptionalHash(list.ReadBytes(Hash256.Size)) switch
            {
                null => Hash256.Zero,
                var hash when hash == Hash256.Zero => throw new RlpException(RlpRefusal.UnknownValue),
                { } hash => hash,
            });
        }

        var proof = new StateProof(siblings.ToImmutable(), OptionalHash(reader.ReadBytes(Hash256.Size)), [.. reader.ReadBytes(MaxBytes)]);
        reader.End();
        return proof.LeafKey is null && !proof.LeafValue.IsEmpty ? throw new RlpException(RlpRefusal.UnknownValue) : proof;
    }

    private static Hash256? OptionalHash(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        0 => null,
        Hash256.Size => new Hash256(bytes),
        _ => throw new RlpException(RlpRefusal.WrongLength),
    };
}
