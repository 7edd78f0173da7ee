using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Primitives;

/// <summary>Any RLP item: bytes, or a list of items. Written as hexadecimal in brackets.</summary>
internal sealed record RlpTree
{
    public const int MaxBytes = 1 << 20;

    private byte[]? Bytes { get; init; }

    private ImmutableArray<RlpTree> Items { get; init; } = [];

    public static RlpTree Leaf(byte[] bytes) => new() { Bytes = bytes };

    public static RlpTree List(params ImmutableArray<RlpTree> items) => new() { Items = items };

    public byte[] Write()
    {
        var writer = new RlpWriter();
        Write(writer);
        return writer.ToArray();
    }

    /// <summary>Reads exactly one item.</summary>
    public static RlpTree Read(ReadOnlySpan<byte> encoded)
    {
        var reader = new RlpReader(encoded, MaxBytes);
        var tree = Read(ref reader);
        reader.End();
        return tree;
    }

    public override string ToString() => Bytes is null ? $"[{string.Join(' ', Items)}]" : $"'{Convert.ToHexStringLower(Bytes)}'";

    private static RlpTree Read(ref RlpReader reader)
    {
        if (!reader.NextIsList)
        {
            return Leaf(reader.ReadBytes(MaxBytes).ToArray());
        }

        var list = reader.ReadList();
        var items = ImmutableArray.CreateBuilder<RlpTree>();
        while (!list.AtEnd)
        {
            items.Add(Read(ref list));
        }

        list.End();
        return List(items.DrainToImmutable());
    }

    private void Write(RlpWriter writer)
    {
        if (Bytes is not null)
        {
            writer.Bytes(Bytes);
            return;
        }

        writer.StartList();
        foreach (var item in Items)
        {
            item.Write(writer);
        }

        writer.EndList();
    }
}
