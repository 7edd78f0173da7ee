using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Blocks;

/// <summary>Merkle trees over a list: leaves and inner nodes are hashed apart, and of an odd number the last is lifted as it is (RFC 6962, section 2.1). The root of an
/// empty list is zero.</summary>
public static class Merkle
{
    private const byte LeafTag = 0;
    private const byte NodeTag = 1;

    public static Hash256 Root(IReadOnlyList<ReadOnlyMemory<byte>> items)
    {
        if (items.Count == 0)
        {
            return Hash256.Zero;
        }

        var level = Leaves(items);
        while (level.Length > 1)
        {
            level = Above(level);
        }

        return level[0];
    }

    /// <summary>Shows that the item of this index lies under the root.</summary>
    public static MerklePath Prove(IReadOnlyList<ReadOnlyMemory<byte>> items, int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, items.Count);
        var steps = ImmutableArray.CreateBuilder<MerklePath.Step>();
        var level = Leaves(items);
        for (var at = index; level.Length > 1; at /= 2, level = Above(level))
        {
            if ((at ^ 1) < level.Length)
            {
                steps.Add(new MerklePath.Step(level[at ^ 1], (at & 1) == 1));
            }
        }

        return new MerklePath(steps.ToImmutable());
    }

    internal static Hash256 Leaf(ReadOnlySpan<byte> item)
    {
        const int Small = 512;
        var bytes = item.Length < Small ? stackalloc byte[1 + item.Length] : new byte[1 + item.Length];
        bytes[0] = LeafTag;
        item.CopyTo(bytes[1..]);
        return Keccak.Hash(bytes);
    }

    internal static Hash256 Node(Hash256 left, Hash256 right)
    {
        Span<byte> bytes = stackalloc byte[1 + (2 * Hash256.Size)];
        bytes[0] = NodeTag;
        left.CopyTo(bytes[1..]);
        right.CopyTo(bytes[(1 + Hash256.Size)..]);
        return Keccak.Hash(bytes);
    }

    private static Hash256[] Leaves(IReadOnlyList<ReadOnlyMemory<byte>> items) => [.. items.Select(item => Leaf(item.Span))];

    private static Hash256[] Above(Hash256[] level)
    {
        var above = new Hash256[(level.Length + 1) / 2];
        for (var i = 0; i < above.Length; i++)
        {
            above[i] = (2 * i) + 1 < level.Length ? Node(level[2 * i], level[(2 * i) + 1]) : level[2 * i];
        }

        return above;
    }
}

/// <summary>The hashes beside the way from an item to the root of its list.</summary>
public sealed record MerklePath(ImmutableArray<MerklePath.Step> Steps)
{
    private const int MaxSteps = 64;

    /// <param name="Beside">The hash beside.</param>
    /// <param name="IsLeft">Whether it stands to the left.</param>
    public readonly record struct Step(Hash256 Beside, bool IsLeft);

    /// <summary>Whether this is the way from the item of an index, in a list of so many.</summary>
    public bool StandsAt(int index, int count)
    {
        var step = 0;
        for (var (at, width) = (index, count); width > 1; at /= 2, width = (width + 1) / 2)
        {
            if ((at ^ 1) < width && (step == Steps.Length || Steps[step++].IsLeft != ((at & 1) == 1)))
            {
                return false;
            }
        }

        return step == Steps.Length;
    }

    public bool Leads(ReadOnlySpan<byte> item, Hash256 root)
    {
        var hash = Merkle.Leaf(item);
        foreach (var (beside, isLeft) in Steps)
        {
            hash = isLeft ? Merkle.Node(beside, hash) : Merkle.Node(hash, beside);
        }

        return hash == root;
    }

    public void WriteTo(RlpWriter writer)
    {
        writer.StartList();
        foreach (var (beside, isLeft) in Steps)
        {
            writer.Number(isLeft ? 1UL : 0).Hash(beside);
        }

        writer.EndList();
    }

    /// <exception cref="RlpException">The next item is not a path.</exception>
    public static MerklePath ReadFrom(ref RlpReader outer)
    {
        var reader = outer.ReadList();
        var steps = ImmutableArray.CreateBuilder<Step>();
        while (!reader.AtEnd)
        {
            var isLeft = reader.ReadUInt64();
            if (isLeft > 1 || steps.Count == MaxSteps)
            {
                throw new RlpException(RlpRefusal.UnknownValue);
            }

            steps.Add(new Step(reader.ReadHash(), isLeft == 1));
        }

        return new MerklePath(steps.ToImmutable());
    }
}
