using System.Diagnostics;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;
using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Content;

public sealed class ContentStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _bytes = A.Bytes(300_000);

    private ContentHash Hash => ContentHash.Of(_bytes);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Gives_back_what_was_put_and_again_after_a_restart()
    {
        using (var store = A.Store(_folder.Path))
        {
            Assert.Equal(new StoredContent(Hash, _bytes.Length, AlreadyHad: false), await store.PutAsync(_bytes));
            Assert.Equal(new StoredContent(Hash, _bytes.Length, AlreadyHad: true), await store.PutAsync(_bytes));
        }

        using var reopened = A.Store(_folder.Path);
        Assert.Equal(_bytes, await reopened.ReadAllAsync(Hash));
        Assert.Equal(_bytes.Length, reopened.UsedBytes);
        Assert.Equal(ContentCheck.Intact, await reopened.VerifyAsync(Hash));
    }

    [Fact]
    public async Task Discards_what_only_one_scope_needed()
    {
        using var store = A.Store(_folder.Path);
        var (shared, read) = (A.Bytes(10), A.Bytes(20));
        foreach (var bytes in (byte[][])[_bytes, shared, read])
        {
            await store.PutAsync(new MemoryStream(bytes), null, long.MaxValue, "one");
        }

        store.Pin(ContentHash.Of(shared), "two");
        using (store.OpenRead(ContentHash.Of(read)))
        {
            store.Discard("one");
        }

        Assert.False(store.TryGetLength(Hash, out _));
        Assert.Equal(shared, await store.ReadAllAsync(ContentHash.Of(shared)));
        Assert.Equal(read, await store.ReadAllAsync(ContentHash.Of(read)));
        Assert.Equal(30, store.UsedBytes);
    }

    [Fact]
    public async Task Keeps_empty_content()
    {
        using var store = A.Store(_folder.Path);
        await store.PutAsync([]);
        Assert.Empty((await store.ReadAllAsync(ContentHash.Of([])))!);
    }

    [Fact]
    public async Task Refuses_bytes_that_are_not_what_was_expected_and_keeps_nothing()
    {
        using var store = A.Store(_folder.Path);
        var refused = await Assert.ThrowsAsync<ContentStoreException>(() => store.PutAsync(new MemoryStream(_bytes), ContentHash.Of([1]), long.MaxValue));
        Assert.Equal(ContentRefusal.HashMismatch, refused.Reason);
        AssertEmpty(store);
    }

    [Fact]
    public async Task Refuses_one_byte_more_than_agreed_on()
    {
        using var store = A.Store(_folder.Path);
        var refused = await Assert.ThrowsAsync<ContentStoreException>(() => store.PutAsync(new MemoryStream(_bytes), Hash, _bytes.Length - 1));
        Assert.Equal(ContentRefusal.TooLarge, refused.Reason);
        AssertEmpty(store);
    }

    [Fact]
    public async Task A_cancelled_put_leaves_nothing()
    {
        using var store = A.Store(_folder.Path);
        using var cancel = new CancellationTokenSource();
        var stream = new PatternStream(1 << 20, position =>
        {
            if (position > 500_000)
            {
                cancel.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.PutAsync(stream, null, long.MaxValue, "job", cancel.Token));
        AssertEmpty(store);
    }

    [Fact]
    public async Task A_crash_at_any_moment_of_a_put_shows_nothing_of_it_after_the_restart()
    {
        using var store = A.Store(_folder["live"]);
        await store.PutAsync(_bytes);
        var images = new List<string>();
        await store.PutAsync(
            new PatternStream(1 << 20, position =>
            {
                // What a kill at this moment would leave on disk.
                var image = _folder[$"image-{images.Count}"];
                Process.Start("cp", ["-r", _folder["live"], image]).WaitForExit();
                images.Add(image);
            }),
            null,
            long.MaxValue);
        Assert.True(images.Count > 5);
        Assert.NotEmpty(A.TemporaryFiles(images[^1]));
        foreach (var image in images)
        {
            using var restarted = A.Store(image);
            Assert.Equal(1, restarted.Count);
            Assert.Equal(_bytes, await restarted.ReadAllAsync(Hash));
            Assert.Empty(A.TemporaryFiles(image));
        }
    }

    [Fact]
    public async Task Concurrent_puts_of_one_content_all_succeed_and_leave_one_copy()
    {
        using var store = A.Store(_folder.Path);
        using var together = new Barrier(8);
        var puts = Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () => store.PutAsync(new PatternStream(1 << 20, position =>
            {
                if (position == 0)
                {
                    together.SignalAndWait();
                }
            }), null, 1 << 20),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap());
        var stored = await Task.WhenAll(puts);
        Assert.Single(stored, s => !s.AlreadyHad);
        Assert.Equal(1, store.Count);
        Assert.Equal(1 << 20, store.UsedBytes);
        Assert.Equal(ContentCheck.Intact, await store.VerifyAsync(stored[0].Hash));
        Assert.Empty(A.TemporaryFiles(_folder.Path));
    }

    [Fact]
    public async Task Evicts_the_least_recently_used_but_nothing_pinned_and_nothing_being_read()
    {
        using var store = A.Store(_folder.Path, budgetBytes: 400);
        byte[][] pieces = [.. Enumerable.Range(0, 6).Select(i => A.Bytes(100, seed: i))];
        await store.PutAsync(pieces[0], "job-1");
        await store.PutAsync(pieces[1]);
        await store.PutAsync(pieces[2]);
        await store.PutAsync(pieces[3]);
        using (store.OpenRead(ContentHash.Of(pieces[1])))
        {
            await store.PutAsync(pieces[4]);
            Assert.Equal([true, true, false, true, true, false], Held());
        }

        await store.PutAsync(pieces[5]);
        Assert.Equal([true, true, false, false, true, true], Held());
        Assert.Equal(400, store.UsedBytes);

        bool[] Held() => [.. pieces.Select(p => store.TryGetLength(ContentHash.Of(p), out _))];
    }

    [Fact]
    public async Task Refuses_by_name_when_all_that_fills_the_budget_is_needed_and_takes_it_once_the_scope_ends()
    {
        using var store = A.Store(_folder.Path, budgetBytes: _bytes.Length);
        await store.PutAsync(_bytes, "job-1");
        var other = A.Bytes(_bytes.Length, seed: 2);
        Assert.False(store.CouldHold(1));
        var refused = await Assert.ThrowsAsync<ContentStoreException>(() => store.PutAsync(other));
        Assert.Equal(ContentRefusal.StoreFull, refused.Reason);
        Assert.Equal(_bytes, await store.ReadAllAsync(Hash));

        store.Unpin("job-1");
        await store.PutAsync(other);
        Assert.Null(await store.ReadAllAsync(Hash));
        Assert.Equal(other, await store.ReadAllAsync(ContentHash.Of(other)));
    }

    [Fact]
    public async Task Shrinks_to_a_smaller_budget_at_the_next_start()
    {
        using (var store = A.Store(_folder.Path))
        {
            await store.PutAsync(_bytes);
            await store.PutAsync(A.Bytes(10));
        }

        using var smaller = A.Store(_folder.Path, budgetBytes: 1000);
        Assert.True(smaller.UsedBytes <= 1000);
        Assert.False(smaller.TryGetLength(Hash, out _));
    }

    [Fact]
    public async Task Finds_and_drops_corrupt_content_even_when_it_is_pinned()
    {
        using var store = A.Store(_folder.Path);
        await store.PutAsync(_bytes, "job-1");
        Assert.True(store.TryGetPath(Hash, out var path));
        await using (var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write }))
        {
            file.Seek(1000, SeekOrigin.Begin);
            file.WriteByte((byte)~_bytes[1000]);
        }

        Assert.Equal(ContentCheck.Corrupt, await store.VerifyAsync(Hash));
        Assert.Equal(ContentCheck.Missing, await store.VerifyAsync(Hash));
        AssertEmpty(store);
        store.Unpin("job-1");
        await store.PutAsync(_bytes);
        Assert.Equal(_bytes, await store.ReadAllAsync(Hash));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_somebody_deleted_or_cut_short_on_disk_is_no_longer_held(bool delete)
    {
        using var store = A.Store(_folder.Path);
        await store.PutAsync(_bytes);
        Assert.True(store.TryGetPath(Hash, out var path));
        if (delete)
        {
            File.Delete(path);
        }
        else
        {
            await using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write });
            file.SetLength(17);
        }

        Assert.Null(store.OpenRead(Hash));
        AssertEmpty(store);
    }

    [Fact]
    public void A_folder_has_one_owner_at_a_time()
    {
        using (A.Store(_folder.Path))
        {
            var refused = Assert.Throws<ContentStoreException>(() => A.Store(_folder.Path));
            Assert.Equal(ContentRefusal.StoreInUse, refused.Reason);
        }

        A.Store(_folder.Path).Dispose();
    }

    [Fact]
    public async Task Leaves_files_that_are_not_content_alone()
    {
        using (var store = A.Store(_folder.Path))
        {
            await store.PutAsync(_bytes);
        }

        Directory.CreateDirectory(_folder["ab/cd"]);
        await File.WriteAllTextAsync(_folder["ab/cd/notes.txt"], "mine");
        await File.WriteAllTextAsync(_folder[$"ab/cd/{Hash}"], "in the wrong place");
        using var reopened = A.Store(_folder.Path);
        Assert.Equal(1, reopened.Count);
        Assert.True(File.Exists(_folder["ab/cd/notes.txt"]));
    }

    private void AssertEmpty(ContentStore store)
    {
        Assert.Equal(0, store.Count);
        Assert.Equal(0, store.UsedBytes);
        Assert.True(store.CouldHold(1L << 30));
        Assert.Empty(A.TemporaryFiles(_folder.Path));
        Assert.DoesNotContain(Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories), file => Path.GetFileName(file).Length == 64);
    }
}
