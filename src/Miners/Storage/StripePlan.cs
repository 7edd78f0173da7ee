using System.Collections.Immutable;

namespace VideoMesh.Miners.Storage;

/// <summary>A file that is to be stored.</summary>
/// <param name="Path">What the object calls it.</param>
/// <param name="Source">Where it lies.</param>
public sealed record SourceFile(string Path, string Source, long Bytes);

/// <summary>A data block before it is read: a range of a source file.</summary>
/// <param name="File">Place in <see cref="StripePlan.Files"/>.</param>
public readonly record struct PlannedBlock(int File, long Offset, int Bytes);

/// <summary>How files become stripes: which bytes are which data block. Pure: the same files give the same plan, so that an upload that was cut off finds its blocks again.</summary>
public sealed record StripePlan
{
    // Blocks of a single file: long enough that a miner's fsync is not felt, short enough that few of a stripe in memory are little.
    private const int UsualPieceBytes = 4 << 20;

    // What one stripe may take in memory.
    private const int StripeBytes = 96 << 20;

    // An audit samples leaves of this size: only the last of a block is shorter.
    private const int LeafBytes = 1024;

    public required ImmutableArray<SourceFile> Files { get; init; }

    /// <summary>Data blocks of each file, in the order of <see cref="Files"/>.</summary>
    public required ImmutableArray<int> BlocksOfFile { get; init; }

    /// <summary>Data blocks of each stripe.</summary>
    public required ImmutableArray<ImmutableArray<PlannedBlock>> Stripes { get; init; }

    /// <summary>Size in bytes of the longest block.</summary>
    public int LongestBytes => Stripes.IsEmpty ? 0 : Stripes.Max(stripe => stripe.Max(block => block.Bytes));

    /// <summary>Bytes of all blocks with that many parity blocks for each stripe.</summary>
    public long StoredBytes(int parity) => Stripes.Sum(stripe => stripe.Sum(block => (long)block.Bytes) + ((long)parity * stripe.Max(block => block.Bytes)));

    /// <summary>One file in byte ranges: every stripe has k blocks of one size, so that parity costs m ÷ k.</summary>
    /// <exception cref="StorageException"><see cref="StorageRefusal.ObjectTooLarge"/>.</exception>
    public static StripePlan OfFile(SourceFile file, int k, int m)
    {
        var usual = Math.Min(UsualPieceBytes, MostBytes(k, m));
        var fewest = (file.Bytes + (MostDataBlocks(k, m) - 1)) / MostDataBlocks(k, m);
        var piece = Math.Max(usual, RoundUp(fewest));
        if (piece > MostBytes(k, m))
        {
            throw new StorageException(StorageRefusal.ObjectTooLarge);
        }

        var stripes = ImmutableArray.CreateBuilder<ImmutableArray<PlannedBlock>>();
        for (var offset = 0L; offset < file.Bytes;)
        {
            var bytes = Math.Min(file.Bytes - offset, piece * k);
            stripes.Add(Split(0, offset, bytes, (int)Math.Min(piece, RoundUp((bytes + k - 1) / k))));
            offset += bytes;
        }

        return new StripePlan { Files = [file], BlocksOfFile = [stripes.Sum(stripe => stripe.Length)], Stripes = stripes.ToImmutable() };
    }

    /// <summary>A folder: every file that fits a block is one, whole, so that it can be used without the others. A stripe holds files of one kind of one folder: the segments of one
    /// rendition are of like size, and parity is as long as the longest.</summary>
    /// <exception cref="StorageException"><see cref="StorageRefusal.ObjectTooLarge"/>.</exception>
    public static StripePlan OfFolder(IEnumerable<SourceFile> files, int k, int m)
    {
        var most = MostBytes(k, m);
        var groups = files.OrderBy(file => file.Path, StringComparer.Ordinal).GroupBy(file => (Path.GetDirectoryName(file.Path), Path.GetExtension(file.Path))).ToList();
        var ordered = groups.SelectMany(group => group).ToImmutableArray();
        var counts = ImmutableArray.CreateBuilder<int>(ordered.Length);
        var stripes = ImmutableArray.CreateBuilder<ImmutableArray<PlannedBlock>>();
        foreach (var group in groups)
        {
            var blocks = new List<PlannedBlock>();
            foreach (var file in group)
            {
                var pieces = (file.Bytes + most - 1) / most;
                var split = pieces == 0 ? [] : Split(counts.Count, 0, file.Bytes, (int)RoundUp((file.Bytes + pieces - 1) / pieces));
                counts.Add(split.Length);
                blocks.AddRange(split);
            }

            stripes.AddRange(blocks.Chunk(k).Select(chunk => chunk.ToImmutableArray()));
        }

        return stripes.Sum(stripe => stripe.Length + m) <= Manifest.MaxBlocks && ordered.Length <= Manifest.MaxFiles
            ? new StripePlan { Files = ordered, BlocksOfFile = counts.MoveToImmutable(), Stripes = stripes.ToImmutable() }
            : throw new StorageException(StorageRefusal.ObjectTooLarge);
    }

    private static int MostBytes(int k, int m) => Math.Min(Manifest.MaxBlockBytes, StripeBytes / (k + m) / LeafBytes * LeafBytes);

    private static long MostDataBlocks(int k, int m) => ((Manifest.MaxBlocks / (k + m)) - 1) * (long)k;

    private static long RoundUp(long bytes) => (bytes + LeafBytes - 1) / LeafBytes * LeafBytes;

    private static ImmutableArray<PlannedBlock> Split(int file, long offset, long bytes, int piece)
    {
        var blocks = ImmutableArray.CreateBuilder<PlannedBlock>();
        for (var at = 0L; at < bytes; at += piece)
        {
            blocks.Add(new PlannedBlock(file, offset + at, (int)Math.Min(piece, bytes - at)));
        }

        return blocks.ToImmutable();
    }
}
