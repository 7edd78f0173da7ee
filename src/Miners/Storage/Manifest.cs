using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Storage;

/// <summary>One block: the unit that a miner stores, proves and serves.</summary>
/// <param name="Hash">SHA-256 of its bytes: its name on the data plane.</param>
/// <param name="Bytes">Its size, 1 to <see cref="Manifest.MaxBlockBytes"/>.</param>
public readonly record struct BlockRef(ContentHash Hash, int Bytes);

/// <summary>One file of an object: so many data blocks, one after another, in the order of the files.</summary>
/// <param name="Path">Relative, with slashes; the object's name for an object of one file.</param>
public sealed record ManifestFile(string Path, long Bytes, int Blocks);

/// <summary>A stripe: 1 to k data blocks, then m parity blocks as long as the longest of them. Any as many blocks as there are data blocks give back the rest.</summary>
/// <param name="Blocks">Data, then parity.</param>
/// <param name="Data">How many of them are data.</param>
public sealed record ManifestStripe(ImmutableArray<BlockRef> Blocks, int Data)
{
    public int Parity => Blocks.Length - Data;

    /// <summary>Size in bytes of the longest block, which is that of all parity.</summary>
    public int LongestBytes => Blocks[^1].Bytes;
}

/// <summary>A part of a file.</summary>
public readonly record struct FileRange(ManifestFile File, long Offset, long Bytes);

/// <summary>What an object consists of: everything needed to find, check and rebuild its bytes, and nothing that changes when a block moves to another miner. The object's id is
/// the SHA-256 of the encoded manifest, so that the manifest is content like any other and cannot be forged.</summary>
/// <remarks>What an audit needs of a block, its Merkle root, follows from the block's bytes; it belongs to the deal that pays for the block, and not in here.</remarks>
public sealed partial record Manifest
{
    /// <summary>Longest encoding in bytes.</summary>
    public const int MaxBytes = 8 << 20;

    /// <summary>Longest block in bytes.</summary>
    public const int MaxBlockBytes = 64 << 20;

    /// <summary>Most blocks, parity included: their list fits <see cref="MaxBytes"/>, and a bit for each fits one frame between nodes.</summary>
    public const int MaxBlocks = 200_000;

    /// <summary>Longest path in bytes of UTF-8.</summary>
    public const int MaxPathBytes = 512;

    /// <summary>Most files.</summary>
    public const int MaxFiles = 100_000;

    /// <summary>Who may remove it.</summary>
    public required Address Owner { get; init; }

    /// <summary>What people call it: the name of the file or folder that was stored.</summary>
    public required string Name { get; init; }

    /// <summary>A folder of whole segments, or one file in byte ranges.</summary>
    public required bool IsFolder { get; init; }

    /// <summary>k: most data blocks of a stripe.</summary>
    public required int Data { get; init; }

    /// <summary>m: parity blocks of each stripe.</summary>
    public required int Parity { get; init; }

    public required ImmutableArray<ManifestFile> Files { get; init; }

    /// <summary>In the order of the files' blocks.</summary>
    public required ImmutableArray<ManifestStripe> Stripes { get; init; }

    /// <summary>Bytes of the files.</summary>
    public long Bytes => Files.Sum(file => file.Bytes);

    /// <summary>Bytes of all blocks.</summary>
    public long StoredBytes => Stripes.Sum(stripe => stripe.Blocks.Sum(block => (long)block.Bytes));

    /// <summary>Data blocks: for a folder, its segments.</summary>
    public int Segments => Stripes.Sum(stripe => stripe.Data);

    /// <summary>All blocks, stripe by stripe: their numbers between nodes are their places in here.</summary>
    public IEnumerable<BlockRef> Blocks => Stripes.SelectMany(stripe => stripe.Blocks);

    /// <summary>Where data blocks lie in the files; neighbours are put together.</summary>
    /// <param name="data">Places among all data blocks, rising.</param>
    public IReadOnlyList<FileRange> RangesOf(IEnumerable<int> data)
    {
        var wanted = data.ToHashSet();
        var sizes = Stripes.SelectMany(stripe => stripe.Blocks.Take(stripe.Data)).Select(block => block.Bytes).ToArray();
        var ranges = new List<FileRange>();
        var next = 0;
        foreach (var file in Files)
        {
            var offset = 0L;
            for (var block = 0; block < file.Blocks; block++, next++)
            {
                if (wanted.Contains(next))
                {
                    if (ranges is [.., var last] && last.File == file && last.Offset + last.Bytes == offset)
                    {
                        ranges[^1] = last with { Bytes = last.Bytes + sizes[next] };
                    }
                    else
                    {
                        ranges.Add(new FileRange(file, offset, sizes[next]));
                    }
                }

                offset += sizes[next];
            }
        }

        return ranges;
    }

    /// <summary>Whether it keeps the rules; what does not is refused by <see cref="TryDecode"/>.</summary>
    public bool IsSound() =>
        Data >= 1 && Parity >= 1 && Data + Parity <= ReedSolomon.MaxBlocks
        && IsPath(Name) && !Name.Contains('/', StringComparison.Ordinal)
        && Files.Length is > 0 and <= MaxFiles && Files.All(file => IsPath(file.Path)) && ArePathsApart()
        && (IsFolder || (Files.Length == 1 && string.Equals(Files[0].Path, Name, StringComparison.Ordinal)))
        && Stripes.All(IsSound) && Stripes.Sum(stripe => stripe.Blocks.Length) <= MaxBlocks
        && DoFilesFillBlocks();

    private bool IsSound(ManifestStripe stripe) =>
        stripe.Data >= 1 && stripe.Data <= Data && stripe.Parity == Parity
        && stripe.Blocks.All(block => block.Bytes is > 0 and <= MaxBlockBytes)
        && stripe.Blocks.Take(stripe.Data).Max(block => block.Bytes) is var longest && stripe.Blocks.Skip(stripe.Data).All(block => block.Bytes == longest);

    /// <summary>Whether a file may be called that: what a hostile manifest says must stay below the folder it is written to, and out of the way of terminals.</summary>
    public static bool IsPath(string path) =>
        path.Length > 0 && System.Text.Encoding.UTF8.GetByteCount(path) <= MaxPathBytes && !path.Any(c => char.IsControl(c) || c == '\\')
        && path.Split('/').All(part => part is not ("" or "." or ".."));

    // No path twice, and none that is a folder of another.
    private bool ArePathsApart()
    {
        var paths = Files.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        return paths.Count == Files.Length && paths.All(path => Parents(path).All(parent => !paths.Contains(parent)));
    }

    private static IEnumerable<string> Parents(string path)
    {
        for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            yield return path[..slash];
        }
    }

    private bool DoFilesFillBlocks()
    {
        var sizes = Stripes.SelectMany(stripe => stripe.Blocks.Take(stripe.Data)).Select(block => (long)block.Bytes).ToArray();
        var next = 0;
        foreach (var file in Files)
        {
            if (file.Blocks < 0 || file.Blocks > sizes.Length - next || sizes.AsSpan(next, file.Blocks).ToArray().Sum() != file.Bytes)
            {
                return false;
            }

            next += file.Blocks;
        }

        return next == sizes.Length;
    }
}
