using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Storage;

/// <content>The one encoding, in RLP: <c>[domain, sealing, owner, name, isFolder, k, m, [[path, bytes, blocks]…], [[data, [hash, bytes]…]…]]</c>.</content>
public sealed partial record Manifest
{
    private const string Domain = "videomesh/manifest/1";

    // How blocks are encrypted; there is one way so far, which is not at all.
    private const string Plain = "";

    /// <exception cref="InvalidOperationException">It breaks a rule.</exception>
    public byte[] Encode()
    {
        if (!IsSound())
        {
            throw new InvalidOperationException("This manifest breaks a rule of manifests.");
        }

        var writer = new RlpWriter().StartList().Text(Domain).Text(Plain).Address(Owner).Text(Name).Number(IsFolder ? 1u : 0u).Number((ulong)Data).Number((ulong)Parity).StartList();
        foreach (var file in Files)
        {
            writer.StartList().Text(file.Path).Number((ulong)file.Bytes).Number((ulong)file.Blocks).EndList();
        }

        writer.EndList().StartList();
        foreach (var stripe in Stripes)
        {
            writer.StartList().Number((ulong)stripe.Data);
            foreach (var block in stripe.Blocks)
            {
                writer.StartList().Hash(block.Hash).Number((ulong)block.Bytes).EndList();
            }

            writer.EndList();
        }

        return writer.EndList().EndList().ToArray();
    }

    /// <summary>Reads a manifest that may be hostile. Never throws, whatever the bytes.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Manifest? manifest)
    {
        manifest = null;
        try
        {
            var outer = new RlpReader(bytes, MaxBytes, maxDepth: 4);
            var fields = outer.ReadList();
            outer.End();
            fields.Expect(Domain);
            fields.Expect(Plain);
            var read = new Manifest
            {
                Owner = fields.ReadAddress(),
                Name = fields.ReadText(MaxPathBytes),
                IsFolder = Number(ref fields, 1) == 1,
                Data = Number(ref fields, ReedSolomon.MaxBlocks),
                Parity = Number(ref fields, ReedSolomon.MaxBlocks),
                Files = ReadFiles(fields.ReadList()),
                Stripes = ReadStripes(fields.ReadList()),
            };
            fields.End();
            if (!read.IsSound())
            {
                return false;
            }

            manifest = read;
            return true;
        }
        catch (RlpException)
        {
            return false;
        }
    }

    private static ImmutableArray<ManifestFile> ReadFiles(RlpReader list)
    {
        var files = ImmutableArray.CreateBuilder<ManifestFile>();
        while (!list.AtEnd)
        {
            var fields = list.ReadList();
            var (path, size) = (fields.ReadText(MaxPathBytes), fields.ReadUInt64());
            files.Add(new ManifestFile(path, size <= long.MaxValue ? (long)size : throw new RlpException(RlpRefusal.IntegerTooLarge), Number(ref fields, MaxBlocks)));
            fields.End();
        }

        return files.ToImmutable();
    }

    private static ImmutableArray<ManifestStripe> ReadStripes(RlpReader list)
    {
        var stripes = ImmutableArray.CreateBuilder<ManifestStripe>();
        while (!list.AtEnd)
        {
            var fields = list.ReadList();
            var data = Number(ref fields, ReedSolomon.MaxBlocks);
            var blocks = ImmutableArray.CreateBuilder<BlockRef>();
            while (!fields.AtEnd)
            {
                var pair = fields.ReadList();
                blocks.Add(new BlockRef(pair.ReadContentHash(), Number(ref pair, MaxBlockBytes)));
                pair.End();
            }

            stripes.Add(blocks.Count > 0 ? new ManifestStripe(blocks.ToImmutable(), data) : throw new RlpException(RlpRefusal.UnknownValue));
        }

        return stripes.ToImmutable();
    }

    private static int Number(ref RlpReader fields, int most) =>
        fields.ReadUInt64() is var value && value <= (ulong)most ? (int)value : throw new RlpException(RlpRefusal.IntegerTooLarge);
}
