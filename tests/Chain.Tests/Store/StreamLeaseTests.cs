using System.Diagnostics;
using VideoMesh.Chain.Store;

namespace VideoMesh.Chain.Tests.Store;

public sealed class StreamLeaseTests : JournalFolder
{
    [Fact]
    public void One_holder_at_a_time_even_within_a_process()
    {
        using var journal = Open();
        using var other = Open();
        using (var lease = journal.Lease("job"))
        {
            Assert.Equal("job", lease.Stream);
            Assert.True(other.IsLeased("job"));
            Assert.Equal(StoreFailure.InUse, Assert.Throws<StoreException>(() => journal.Lease("job")).Reason);
            Assert.Equal(StoreFailure.InUse, Assert.Throws<StoreException>(() => other.Lease("job")).Reason);
            Assert.True(journal.IsLeased("job"));
        }

        Assert.False(journal.IsLeased("job"));
        using var next = other.Lease("job");
        Assert.True(journal.IsLeased("job"));
    }

    [Fact]
    public void Leases_on_different_streams_do_not_meet()
    {
        using var journal = Open();
        var leases = Enumerable.Range(0, 50).Select(i => journal.Lease($"job-{i}")).ToList();
        leases[7].Dispose();

        Assert.All(Enumerable.Range(0, 50), i => Assert.Equal(i != 7, journal.IsLeased($"job-{i}")));
        Assert.False(journal.IsLeased("job-50"));
        leases.ForEach(lease => lease.Dispose());
        Assert.All(Enumerable.Range(0, 50), i => Assert.False(journal.IsLeased($"job-{i}")));
    }

    [Fact]
    public void The_holder_appends_and_a_leased_stream_is_not_deleted()
    {
        using var journal = Open();
        journal.Append("job", 0, Event("Planned"));
        using (journal.Lease("job"))
        {
            journal.Append("job", 1, Event("Assigned"));
            Assert.Equal(StoreFailure.InUse, Assert.Throws<StoreException>(() => journal.Delete("job")).Reason);
            Assert.Equal(2, journal.Read("job").Count);
        }

        Assert.True(journal.Delete("job"));
    }

    [Fact]
    public void Many_takers_and_deleters_never_hold_one_stream_together()
    {
        using var journal = Open();
        var holders = 0;
        var held = 0;
        Parallel.For(0, 60, new ParallelOptions { MaxDegreeOfParallelism = 6 }, i =>
        {
            try
            {
                if (i % 3 == 0)
                {
                    journal.Delete("job");
                    return;
                }

                using var lease = journal.Lease("job");
                Assert.Equal(1, Interlocked.Increment(ref holders));
                Assert.True(journal.IsLeased("job"));
                Interlocked.Increment(ref held);
                Interlocked.Decrement(ref holders);
            }
            catch (StoreException e) when (e.Reason == StoreFailure.InUse)
            {
            }
        });

        Assert.True(held > 0);
        Assert.False(journal.IsLeased("job"));
    }

    [Fact]
    public void A_killed_process_loses_its_lease_though_its_children_live_on()
    {
        using var journal = Open();
        using var holder = Child.Start("lease", JournalPath, "job");
        using var sleeper = Process.GetProcessById((int)holder.ReadNumber());
        try
        {
            Assert.True(journal.IsLeased("job"));
            Assert.Equal(StoreFailure.InUse, Assert.Throws<StoreException>(() => journal.Lease("job")).Reason);

            holder.Kill();

            Assert.False(sleeper.HasExited);
            using var lease = journal.Lease("job");
        }
        finally
        {
            sleeper.Kill();
        }
    }
}
