using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Storage;

namespace VideoMesh.Miners.Tests.Storage;

public sealed class ManifestTests
{
    [Fact]
    public void Is_read_as_it_was_written()
    {
        var manifest = Sample();

        Assert.True(Manifest.TryDecode(manifest.Encode(), out var read));
        Assert.Equal(manifest.Encode(), read.Encode());
        Assert.Equal((manifest.Owner, "film", 5, 350L, 750L), (read.Owner, read.Name, read.Segments, read.Bytes, read.StoredBytes));
    }

    [Fact]
    public void A_hostile_one_is_refused_and_never_throws()
    {
        var good = Sample().Encode();
        Assert.All(Enumerable.Range(0, good.Length), length => Assert.False(Manifest.TryDecode(good.AsSpan(0, length), out _)));
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => !Manifest.TryDecode(bytes, out _)).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/./b")]
    [InlineData("a\nb")]
    [InlineData("a\\b")]
    [InlineData("")]
    public void A_path_that_leaves_its_folder_is_unsound(string path) => Assert.False(Renamed(path).IsSound());

    [Fact]
    public void Two_files_of_one_name_are_unsound() => Assert.False(Renamed("2.m4s").IsSound());

    [Fact]
    public void A_file_that_is_a_folder_of_another_is_unsound()
    {
        var manifest = Sample();
        Assert.False((manifest with { Files = manifest.Files.SetItem(0, manifest.Files[0] with { Path = "a" }).SetItem(1, manifest.Files[1] with { Path = "a/b" }) }).IsSound());
    }

    [Fact]
    public void Parity_shorter_than_its_stripe_is_unsound()
    {
        var manifest = Sample();
        var stripe = manifest.Stripes[0];
        Assert.False((manifest with { Stripes = manifest.Stripes.SetItem(0, stripe with { Blocks = stripe.Blocks.SetItem(2, stripe.Blocks[2] with { Bytes = 99 }) }) }).IsSound());
    }

    [Fact]
    public void Files_that_do_not_fill_their_blocks_are_unsound()
    {
        var manifest = Sample();
        Assert.False((manifest with { Files = manifest.Files.SetItem(0, manifest.Files[0] with { Bytes = 49 }) }).IsSound());
        Assert.False((manifest with { Files = manifest.Files.RemoveAt(3) }).IsSound());
    }

    [Fact]
    public void Lost_blocks_are_named_as_ranges_of_files()
    {
        var manifest = Sample();
        Assert.Equal([("1.m4s", 0L, 50L), ("last.mp4", 0L, 200L)], manifest.RangesOf([0, 3, 4]).Select(range => (range.File.Path, range.Offset, range.Bytes)));
        Assert.Equal([("last.mp4", 100L, 100L)], manifest.RangesOf([4]).Select(range => (range.File.Path, range.Offset, range.Bytes)));
    }

    // Three stripes of at most 2 + 2: two segments, one, and a file of two pieces.
    private static Manifest Sample() => new()
    {
        Owner = new Address(Enumerable.Repeat((byte)9, Address.Size).ToArray()),
        Name = "film",
        IsFolder = true,
        Data = 2,
        Parity = 2,
        Files = [new("1.m4s", 50, 1), new("2.m4s", 50, 1), new("3.m4s", 50, 1), new("last.mp4", 200, 2), new("empty", 0, 0)],
        Stripes = [Stripe(1, 2, 50), Stripe(2, 1, 50), Stripe(3, 2, 100)],
    };

    private static Manifest Renamed(string path)
    {
        var manifest = Sample();
        return manifest with { Files = manifest.Files.SetItem(0, manifest.Files[0] with { Path = path }) };
    }

    private static ManifestStripe Stripe(byte seed, int data, int bytes) =>
        new([.. Enumerable.Range(0, data + 2).Select(block => new BlockRef(ContentHash.Of([seed, (byte)block]), bytes))], data);
}
