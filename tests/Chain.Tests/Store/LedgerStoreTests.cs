using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;

namespace VideoMesh.Chain.Tests.Store;

public sealed class LedgerStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("videomesh-ledger-").FullName;

    private string LedgerPath => Path.Combine(_folder, "ledger.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_new_ledger_has_neither_head_nor_state()
    {
        using var store = LedgerBlocks.Open(LedgerPath);

        Assert.Null(store.Head());
        Assert.Empty(store.Leaves());
        Assert.Null(store.FindBlock(1));
    }

    [Fact]
    public void What_was_added_is_there_after_it_is_opened_again()
    {
        using (var store = LedgerBlocks.Open(LedgerPath))
        {
            for (ulong height = 1; height <= 12; height++)
            {
                LedgerBlocks.Add(store, height);
            }
        }

        using var again = LedgerBlocks.Open(LedgerPath);
        Assert.Equal(12ul, LedgerBlocks.Check(again));
        Assert.Equal(LedgerBlocks.Block(7).Header, again.FindBlock(LedgerBlocks.Block(7).Header.Hash)!.Header);
    }

    [Fact]
    public void A_block_that_does_not_follow_the_last_is_refused()
    {
        using var store = LedgerBlocks.Open(LedgerPath);
        LedgerBlocks.Add(store, 1);

        Assert.Equal(StoreFailure.Conflict, Assert.Throws<StoreException>(() => LedgerBlocks.Add(store, 3)).Reason);
        Assert.Equal(StoreFailure.Conflict, Assert.Throws<StoreException>(() => LedgerBlocks.Add(store, 1)).Reason);
        Assert.Equal(1ul, LedgerBlocks.Check(store));
    }

    [Fact]
    public void Bodies_of_blocks_that_were_not_chosen_go_and_that_of_the_final_one_stays()
    {
        using var store = LedgerBlocks.Open(LedgerPath);
        var rival = LedgerBlocks.Body(1, bytes: 500);
        store.KeepBody(1, ContentHash.Of(rival), rival);
        Assert.Equal(rival, store.FindBody(ContentHash.Of(rival)));

        LedgerBlocks.Add(store, 1);

        Assert.Null(store.FindBody(ContentHash.Of(rival)));
        Assert.Equal(LedgerBlocks.Body(1), store.FindBody(LedgerBlocks.Block(1).Header.BodyHash));
    }

    [Fact]
    public void The_ledger_of_another_chain_is_left_alone()
    {
        using (var store = LedgerBlocks.Open(LedgerPath))
        {
            LedgerBlocks.Add(store, 1);
        }

        var failure = Assert.Throws<StoreException>(() => LedgerStore.Open(LedgerPath, "other-chain", LedgerBlocks.Genesis));

        Assert.Equal(StoreFailure.Foreign, failure.Reason);
        Assert.Contains("'test-chain' and not of 'other-chain'", failure.Message, StringComparison.Ordinal);
        Assert.Equal(StoreFailure.Foreign, Assert.Throws<StoreException>(() => LedgerStore.Open(LedgerPath, LedgerBlocks.ChainId, default)).Reason);
    }

    [Fact]
    public void A_killed_process_keeps_every_block_it_was_told_is_final_whole()
    {
        using var writer = Child.Start("ledger", LedgerPath);
        var told = 0L;
        while (told < 60)
        {
            told = writer.ReadNumber();
        }

        told = writer.Kill()[..^1].Select(long.Parse).Append(told).Max();

        using var store = LedgerBlocks.Open(LedgerPath);
        var height = LedgerBlocks.Check(store);
        Assert.InRange((long)height, told, told + 1);
        LedgerBlocks.Add(store, height + 1);
    }

    [Fact]
    public void A_torn_log_gives_some_whole_block_as_the_last()
    {
        byte[] database;
        byte[] log;
        using (var store = LedgerBlocks.Open(LedgerPath))
        {
            for (ulong height = 1; height <= 8; height++)
            {
                LedgerBlocks.Add(store, height);
            }

            (database, log) = (Bytes(LedgerPath), Bytes(LedgerPath + "-wal"));
        }

        var heights = new SortedSet<ulong>();
        foreach (var cut in Enumerable.Range(0, 24).Select(i => log.Length * i / 23))
        {
            var path = Path.Combine(_folder, $"cut-{cut}", "ledger.db");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, database);
            File.WriteAllBytes(path + "-wal", log[..cut]);
            using var torn = LedgerBlocks.Open(path);
            var height = LedgerBlocks.Check(torn);
            heights.Add(height);
            LedgerBlocks.Add(torn, height + 1);
        }

        Assert.Equal(8ul, heights.Max);
        Assert.True(heights.Count > 4, string.Join(' ', heights));
    }

    private static byte[] Bytes(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
