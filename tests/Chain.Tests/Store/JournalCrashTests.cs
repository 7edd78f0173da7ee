using Microsoft.Data.Sqlite;
using VideoMesh.Chain.Store;

namespace VideoMesh.Chain.Tests.Store;

public sealed class JournalCrashTests : JournalFolder
{
    [Fact]
    public void A_killed_process_loses_nothing_it_was_told_is_written()
    {
        using var writer = Child.Start("append", JournalPath, "job");
        var acknowledged = 0L;
        while (acknowledged < 50)
        {
            acknowledged = writer.ReadNumber();
        }

        acknowledged = writer.Kill()[..^1].Select(long.Parse).Append(acknowledged).Max();

        using var journal = Open();
        var events = journal.Read("job");
        Assert.InRange(events.Count, acknowledged, acknowledged + 1);
        Assert.Equal(Enumerable.Range(1, events.Count).Select(i => (long)i), events.Select(e => BitConverter.ToInt64(e.Payload.Span)));
        Assert.Equal(events.Count + 1, journal.Append("job", events.Count, Event("Resumed")));
    }

    [Fact]
    public void A_torn_log_gives_the_events_before_the_tear_and_goes_on_from_there()
    {
        var (database, log) = CopyOfOpenJournal(events: 12);
        var whole = 0;
        foreach (var cut in Enumerable.Range(0, 30).Select(i => log.Length * i / 29).Concat([1, 31, 32, 33, log.Length - 1]))
        {
            var path = Place($"cut-{cut}", database, log[..cut]);
            using var journal = EventJournal.Open(path, Time);
            var events = journal.Read("job");

            Assert.Equal(Enumerable.Range(1, events.Count).Select(i => $"{i} Counted {Payload(i)}"), events.Select(Text));
            Assert.Equal(events.Count + 1, journal.Append("job", events.Count, Event("Resumed")));
            whole += events.Count == 12 ? 1 : 0;
            Assert.True(cut < log.Length || events.Count == 12);
        }

        Assert.InRange(whole, 1, 3);
    }

    [Fact]
    public void Rubbish_at_the_end_of_the_log_is_passed_over()
    {
        var (database, log) = CopyOfOpenJournal(events: 5);

        using var journal = EventJournal.Open(Place("rubbish", database, [.. log, .. Enumerable.Range(0, 9000).Select(i => (byte)(i * 31))]), Time);

        Assert.Equal(5, journal.Read("job").Count);
    }

    [Fact]
    public void A_full_disk_is_named_loses_nothing_and_does_not_last()
    {
        using var child = Child.StartIn(["--size", "2097152", "--tmpfs", "/mnt"], "fill", "/mnt/journal.db");

        Assert.StartsWith("Full kept=True some=True after=True all=True\nThe disk of /mnt/journal.db is full", child.Outcome(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_flipped_bit_gives_the_truth_or_the_named_failure()
    {
        Write(streams: 3, events: 20);
        var intact = File.ReadAllBytes(JournalPath);
        var outcomes = new SortedDictionary<StoreFailure, int>();
        var random = new Random(2026);
        for (var round = 0; round < 120; round++)
        {
            var damaged = (byte[])intact.Clone();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
            {
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            }

            try
            {
                using var journal = EventJournal.Open(Place($"flip-{round}", damaged, []), Time);
                Assert.All(journal.List(), stream => Assert.Contains(stream.Stream, (string[])["job-0", "job-1", "job-2"]));
                foreach (var stream in journal.List())
                {
                    Assert.Equal(Enumerable.Range(1, 20).Select(i => $"{i} Counted {Payload(i)}"), journal.Read(stream.Stream).Select(Text));
                }

                journal.Append("new", 0, Event("Planned"));
            }
            catch (StoreException e)
            {
                outcomes[e.Reason] = outcomes.GetValueOrDefault(e.Reason) + 1;
            }
        }

        Assert.True(outcomes.GetValueOrDefault(StoreFailure.Corrupt) > 40, string.Join(", ", outcomes));
    }

    [Fact]
    public void A_file_cut_short_is_damaged()
    {
        Write(streams: 3, events: 20);
        var intact = File.ReadAllBytes(JournalPath);
        foreach (var length in new[] { 2, 50, 100, 4096, 8192, intact.Length / 2, intact.Length - 4096 })
        {
            var path = Place($"short-{length}", intact[..length], []);

            var failure = Assert.Throws<StoreException>(() =>
            {
                using var journal = EventJournal.Open(path, Time);
                foreach (var stream in journal.List())
                {
                    journal.Read(stream.Stream);
                }
            });

            Assert.Equal(StoreFailure.Corrupt, failure.Reason);
            Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_lost_event_is_noticed_wherever_it_was()
    {
        foreach (var lost in new[] { 1, 10, 20 })
        {
            Write(streams: 1, events: 20);
            WithSqlite($"DELETE FROM events WHERE sequence = {lost}");
            using (var journal = Open())
            {
                Assert.Equal(StoreFailure.Corrupt, Assert.Throws<StoreException>(() => journal.Read("job-0")).Reason);
            }

            File.Delete(JournalPath);
        }
    }

    [Fact]
    public void Text_is_no_journal_and_stays_as_it_is()
    {
        var text = string.Concat(Enumerable.Repeat("This is a diary, not a database.\n", 200));
        File.WriteAllText(JournalPath, text);

        Assert.Equal(StoreFailure.Corrupt, Assert.Throws<StoreException>(Open).Reason);
        Assert.Equal(text, File.ReadAllText(JournalPath));
    }

    [Fact]
    public void Another_programs_database_stays_as_it_is()
    {
        WithSqlite("CREATE TABLE recipes (name TEXT)");
        var before = File.ReadAllBytes(JournalPath);

        Assert.Equal(StoreFailure.Foreign, Assert.Throws<StoreException>(Open).Reason);
        Assert.Equal(before, File.ReadAllBytes(JournalPath));
    }

    [Fact]
    public void A_journal_of_a_newer_version_is_left_to_that_version()
    {
        Write(streams: 1, events: 1);
        WithSqlite("PRAGMA user_version = 2");

        var failure = Assert.Throws<StoreException>(Open);

        Assert.Equal(StoreFailure.Foreign, failure.Reason);
        Assert.Contains("version 2", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_cannot_be_is_named()
    {
        File.WriteAllText(InFolder("file"), "in the way");
        Directory.CreateDirectory(JournalPath);

        Assert.All([InFolder("file", "journal.db"), JournalPath, "/proc/self/journal.db"], path =>
        {
            var failure = Assert.Throws<StoreException>(() => EventJournal.Open(path, Time));
            Assert.Equal(StoreFailure.Inaccessible, failure.Reason);
            Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_lease_that_cannot_be_locked_is_refused()
    {
        using var journal = Open();
        Directory.CreateDirectory(JournalPath + "-lease");

        Assert.Equal(StoreFailure.Inaccessible, Assert.Throws<StoreException>(() => journal.Lease("job")).Reason);
    }

    private static string Payload(int i) => new((char)('a' + (i % 26)), 100 * i);

    private void Write(int streams, int events)
    {
        using var journal = Open();
        for (var stream = 0; stream < streams; stream++)
        {
            journal.Append($"job-{stream}", 0, [.. Enumerable.Range(1, events).Select(i => Event("Counted", Payload(i)))]);
        }
    }

    /// <summary>What a power cut would find on the disk while the journal is in use.</summary>
    private (byte[] Database, byte[] Log) CopyOfOpenJournal(int events)
    {
        using var journal = Open();
        for (var i = 1; i <= events; i++)
        {
            journal.Append("job", i - 1, Event("Counted", Payload(i)));
        }

        return (Bytes(JournalPath), Bytes(JournalPath + "-wal"));
    }

    private static byte[] Bytes(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private string Place(string name, byte[] database, byte[] log)
    {
        var path = InFolder(name, "journal.db");
        Directory.CreateDirectory(InFolder(name));
        File.WriteAllBytes(path, database);
        if (log.Length > 0)
        {
            File.WriteAllBytes(path + "-wal", log);
        }

        return path;
    }

    private void WithSqlite(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={JournalPath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
