using VideoMesh.Chain.Store;

namespace VideoMesh.Chain.Tests.Store;

public sealed class EventJournalTests : JournalFolder
{
    [Fact]
    public void Gives_back_what_was_appended_in_order_and_after_reopening()
    {
        using (var journal = Open())
        {
            Assert.Equal(1, journal.Append("job-1", 0, Event("Planned", "ten segments")));
            Time.Now += TimeSpan.FromMilliseconds(1500);
            Assert.Equal(3, journal.Append("job-1", 1, Event("Assigned", "0"), Event("Done")));
        }

        using var reopened = Open();
        var events = reopened.Read("job-1");
        Assert.Equal("1 Planned ten segments|2 Assigned 0|3 Done ", string.Join('|', events.Select(Text)));
        Assert.Equal([Noon, Noon.AddMilliseconds(1500), Noon.AddMilliseconds(1500)], events.Select(e => e.At));
        Assert.Equal("3 Done ", string.Join('|', reopened.Read("job-1", after: 2).Select(Text)));
        Assert.Empty(reopened.Read("job-1", after: 3));
        Assert.Empty(reopened.Read("job-1", after: 30));
        Assert.Empty(reopened.Read("job-2"));
    }

    [Fact]
    public void Keeps_payloads_of_any_size_and_content()
    {
        using var journal = Open();
        var payloads = new[] { 0, 1, 4095, 4096, 70_000, 3_000_000 }.Select(size => Enumerable.Range(0, size).Select(i => (byte)(i * 7)).ToArray()).ToArray();

        journal.Append("big", 0, [.. payloads.Select(payload => new NewEvent("", payload))]);

        Assert.Equal(payloads, journal.Read("big").Select(e => e.Payload.ToArray()));
    }

    [Theory]
    [InlineData("'; DROP TABLE events; --")]
    [InlineData("a/b\nc")]
    [InlineData("видео 🎬")]
    public void A_stream_may_have_any_name(string name)
    {
        using var journal = Open();
        journal.Append(name, 0, Event("Planned"));

        Assert.Equal(name, Assert.Single(journal.List()).Stream);
        Assert.Single(journal.Read(name));
        Assert.Empty(journal.Read(name.ToUpperInvariant() + " "));
    }

    [Fact]
    public void Two_writers_of_one_stream_conflict_and_the_second_writes_nothing()
    {
        using var mine = Open();
        using var theirs = Open();
        mine.Append("job", 0, Event("Planned", "mine"));

        var conflict = Assert.Throws<StoreException>(() => theirs.Append("job", 0, Event("Planned", "theirs"), Event("Assigned")));

        Assert.Equal(StoreFailure.Conflict, conflict.Reason);
        Assert.Equal("1 Planned mine", string.Join('|', theirs.Read("job").Select(Text)));
        Assert.Equal(2, theirs.Append("job", 1, Event("Assigned")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Refuses_to_append_after_events_that_are_not_there(long after)
    {
        using var journal = Open();

        Assert.Equal(StoreFailure.Conflict, Assert.Throws<StoreException>(() => journal.Append("job", after, Event("Done"))).Reason);
        Assert.Empty(journal.List());
    }

    [Fact]
    public void One_of_many_racing_writers_wins_each_place()
    {
        using var first = Open();
        using var second = Open();
        var won = 0;
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            try
            {
                (i % 2 == 0 ? first : second).Append("job", i / 8, Event($"{i}"));
                Interlocked.Increment(ref won);
            }
            catch (StoreException e) when (e.Reason == StoreFailure.Conflict)
            {
            }
        });

        Assert.Equal(won, first.Read("job").Count);
        Assert.InRange(won, 1, 5);
    }

    [Fact]
    public void Lists_streams_with_their_last_event_the_latest_first()
    {
        using var journal = Open();
        journal.Append("old", 0, Event("Planned"), Event("Done", "old"));
        Time.Now += TimeSpan.FromHours(1);
        journal.Append("new", 0, Event("Planned", "new"));
        using var lease = journal.Lease("not begun");

        Assert.Equal(
            ["new: 1 Planned new 13:00", "old: 2 Done old 12:00"],
            journal.List().Select(s => $"{s.Stream}: {Text(s.Last)} {s.Last.At:HH:mm}"));
    }

    [Fact]
    public void Holds_many_streams_written_by_many_threads()
    {
        using var journal = Open();
        Parallel.For(0, 100, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            journal.Append($"job-{i}", 0, [.. Enumerable.Range(0, i + 1).Select(n => Event("Counted", $"{i}.{n}"))]));

        Assert.Equal(100, journal.List().Count);
        Assert.All(Enumerable.Range(0, 100), i =>
            Assert.Equal(Enumerable.Range(0, i + 1).Select(n => $"{n + 1} Counted {i}.{n}"), journal.Read($"job-{i}").Select(Text)));
    }

    [Fact]
    public void Deletes_a_stream_and_no_other()
    {
        using var journal = Open();
        journal.Append("keep", 0, Event("Planned"));
        journal.Append("drop", 0, Event("Planned"), Event("Done"));

        Assert.True(journal.Delete("drop"));
        Assert.False(journal.Delete("drop"));
        Assert.False(journal.Delete("never there"));
        Assert.Equal("keep", Assert.Single(journal.List()).Stream);
        Assert.Equal(1, journal.Append("drop", 0, Event("Planned", "again")));
    }

    [Fact]
    public void Refuses_what_makes_no_sense()
    {
        using var journal = Open();

        Assert.Throws<ArgumentException>(() => journal.Append("", 0, Event("Planned")));
        Assert.Throws<ArgumentException>(() => journal.Append("job", 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => journal.Append("job", -1, Event("Planned")));
        Assert.Throws<ArgumentException>(() => journal.Lease(""));
    }

    [Fact]
    public void A_disposed_journal_says_so()
    {
        var journal = Open();
        journal.Dispose();
        journal.Dispose();

        Assert.Throws<ObjectDisposedException>(() => journal.Read("job"));
        Assert.Throws<ObjectDisposedException>(() => journal.Append("job", 0, Event("Planned")));
    }

    [Fact]
    public void Several_may_create_the_file_at_once()
    {
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            using var journal = Open();
            journal.Append($"job-{i}", 0, Event("Planned"));
        });

        using var journal = Open();
        Assert.Equal(8, journal.List().Count);
    }
}
