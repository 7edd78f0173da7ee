using System.Diagnostics;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;
using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Content;

public sealed class ContentFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _elsewhere = new(inMemory: true);
    private readonly byte[] _bytes = A.Bytes(200_000);

    private ContentHash Hash => ContentHash.Of(_bytes);

    public void Dispose()
    {
        _folder.Dispose();
        _elsewhere.Dispose();
    }

    [Theory]
    [InlineData(AddMode.Copy, false)]
    [InlineData(AddMode.Link, false)]
    [InlineData(AddMode.Move, false)]
    [InlineData(AddMode.Copy, true)]
    [InlineData(AddMode.Link, true)]
    [InlineData(AddMode.Move, true)]
    public async Task Adds_a_file_by_any_mode_within_and_across_file_systems(AddMode mode, bool across)
    {
        using var store = A.Store(_folder["store"]);
        var path = across ? _elsewhere["a 'file'\n"] : _folder["-a file"];
        await File.WriteAllBytesAsync(path, _bytes);
        Assert.Equal(new StoredContent(Hash, _bytes.Length, AlreadyHad: false), await store.AddFileAsync(path, mode, "job"));
        Assert.Equal(mode != AddMode.Move, File.Exists(path));

        File.Delete(path);
        await File.WriteAllBytesAsync(path, _bytes);
        Assert.Equal(new StoredContent(Hash, _bytes.Length, AlreadyHad: true), await store.AddFileAsync(path, mode));
        Assert.Equal(_bytes, await store.ReadAllAsync(Hash));
        Assert.True(store.IsPinned(Hash));
        Assert.Equal(mode != AddMode.Move, File.Exists(path));
        Assert.Empty(A.TemporaryFiles(_folder["store"]));
    }

    [Theory]
    [InlineData(AddMode.Copy)]
    [InlineData(AddMode.Move)]
    public async Task Refuses_what_a_hostile_process_may_leave_instead_of_a_file(AddMode mode)
    {
        using var store = A.Store(_folder["store"]);
        await File.WriteAllBytesAsync(_folder["secret"], _bytes);
        File.CreateSymbolicLink(_folder["link"], _folder["secret"]);
        Directory.CreateDirectory(_folder["directory"]);
        using (var fifo = Process.Start("mkfifo", [_folder["fifo"]]))
        {
            await fifo.WaitForExitAsync();
        }

        foreach (var name in (string[])["link", "directory", "fifo"])
        {
            var refused = await Assert.ThrowsAsync<ContentStoreException>(() => store.AddFileAsync(_folder[name], mode));
            Assert.Equal(ContentRefusal.NotAFile, refused.Reason);
        }

        await Assert.ThrowsAsync<FileNotFoundException>(() => store.AddFileAsync(_folder["nothing"], mode));
        Assert.Equal(0, store.Count);
        Assert.True(File.Exists(_folder["secret"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Shows_content_at_another_path_within_and_across_file_systems(bool across)
    {
        using var store = A.Store(_folder["store"]);
        await store.PutAsync(_bytes);
        var path = across ? _elsewhere["segment.mkv"] : _folder["segment.mkv"];
        store.LinkTo(Hash, path);
        Assert.Equal(_bytes, await File.ReadAllBytesAsync(path));
        Assert.ThrowsAny<IOException>(() => store.LinkTo(Hash, path));
        File.Delete(path);
        Assert.Equal(_bytes, await store.ReadAllAsync(Hash));
        var refused = Assert.Throws<ContentStoreException>(() => store.LinkTo(ContentHash.Of([1]), path));
        Assert.Equal(ContentRefusal.NotFound, refused.Reason);
    }

    [Fact]
    public async Task A_full_disk_is_refused_by_name_and_leaves_room_as_before()
    {
        using var disk = new TinyDisk(_folder["disk"], megabytes: 2);
        using var store = A.Store(disk.Path);
        await store.PutAsync(_bytes, "job");
        var refused = await Assert.ThrowsAsync<ContentStoreException>(() => store.PutAsync(new PatternStream(4 << 20), null, long.MaxValue));
        Assert.Equal(ContentRefusal.StoreFull, refused.Reason);
        Assert.Empty(A.TemporaryFiles(disk.Path));
        Assert.Equal(_bytes, await store.ReadAllAsync(Hash));
        Assert.Equal(_bytes.Length, store.UsedBytes);
        await store.PutAsync(A.Bytes(1 << 20, seed: 2));
    }

    [Fact]
    public async Task On_a_disk_smaller_than_the_budget_eviction_makes_room()
    {
        using var disk = new TinyDisk(_folder["disk"], megabytes: 2);
        using var store = A.Store(disk.Path);
        await store.PutAsync(_bytes, "job");
        for (var seed = 10; seed < 20; seed++)
        {
            var bytes = A.Bytes(700_000, seed);
            await store.PutAsync(bytes);
            Assert.Equal(bytes, await store.ReadAllAsync(ContentHash.Of(bytes)));
        }

        Assert.Equal(_bytes, await store.ReadAllAsync(Hash));
    }

    private sealed class TinyDisk : IDisposable
    {
        public TinyDisk(string path, int megabytes)
        {
            Path = Directory.CreateDirectory(path).FullName;
            Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", Path);
        }

        public string Path { get; }

        public void Dispose() => Run("umount", Path);

        private static void Run(string program, params string[] arguments)
        {
            using var process = Process.Start(program, arguments);
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
        }
    }
}
