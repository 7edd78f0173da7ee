using VideoMesh.Miners.Storage;

namespace VideoMesh.Miners.Tests.Storage;

public sealed class StripePlanTests
{
    [Theory]
    [InlineData(1, 4, 2)]
    [InlineData(1023, 4, 2)]
    [InlineData(30_000_000, 4, 2)]
    [InlineData(1L << 30, 10, 4)]
    [InlineData(1L << 40, 4, 2)]
    [InlineData(500_000_000, 200, 55)]
    public void A_file_is_cut_without_gaps_and_parity_costs_its_share(long bytes, int k, int m)
    {
        var plan = StripePlan.OfFile(new SourceFile("a", "/a", bytes), k, m);

        var offset = 0L;
        foreach (var block in plan.Stripes.SelectMany(stripe => stripe))
        {
            Assert.Equal(offset, block.Offset);
            Assert.InRange(block.Bytes, 1, Manifest.MaxBlockBytes);
            offset += block.Bytes;
        }

        Assert.Equal(bytes, offset);
        Assert.All(plan.Stripes, stripe => Assert.InRange(stripe.Length, 1, k));
        Assert.True(plan.Stripes.Sum(stripe => stripe.Length + m) <= Manifest.MaxBlocks);
        // A leaf for each block is the most that rounding adds.
        Assert.True(plan.StoredBytes(m) <= bytes + (bytes * m / k) + (plan.Stripes.Length * 1024L * m), $"{plan.StoredBytes(m)}");
    }

    [Fact]
    public void Files_of_a_folder_stay_whole_and_stripes_hold_one_kind()
    {
        SourceFile[] files = [File("b/2.m4s", 200), File("a/1.m4s", 5000), File("b/1.m4s", 100), File("b/list.m3u8", 10), File("empty", 0), File("b/3.m4s", 300)];

        var plan = StripePlan.OfFolder(files, k: 2, m: 1);

        Assert.Equal(["a/1.m4s", "b/1.m4s", "b/2.m4s", "b/3.m4s", "b/list.m3u8", "empty"], plan.Files.Select(file => file.Path));
        Assert.Equal([1, 1, 1, 1, 1, 0], plan.BlocksOfFile.ToArray());
        Assert.Equal([[0], [1, 2], [3], [4]], plan.Stripes.Select(stripe => stripe.Select(block => block.File)));
        Assert.All(plan.Stripes.SelectMany(stripe => stripe), block => Assert.Equal((0L, plan.Files[block.File].Bytes), (block.Offset, (long)block.Bytes)));
    }

    [Fact]
    public void A_file_of_a_folder_that_no_block_could_hold_is_cut()
    {
        var plan = StripePlan.OfFolder([File("film.mp4", 100 << 20)], k: 4, m: 2);

        Assert.Equal(7, plan.BlocksOfFile[0]);
        Assert.Equal(100 << 20, plan.Stripes.SelectMany(stripe => stripe).Sum(block => block.Bytes));
        Assert.InRange(plan.LongestBytes * 6, 1, 96 << 20);
    }

    [Fact]
    public void What_is_too_large_for_one_object_is_refused() =>
        Assert.Equal(StorageRefusal.ObjectTooLarge, Assert.Throws<StorageException>(() => StripePlan.OfFile(new SourceFile("a", "/a", long.MaxValue / 4), 4, 2)).Reason);

    private static SourceFile File(string path, long bytes) => new(path, "/source/" + path, bytes);
}
