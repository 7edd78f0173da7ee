using System.Collections.Immutable;
using System.Text.Json;
using VideoMesh.Actors.Market;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;

namespace VideoMesh.Client.Node;

/// <summary>What this user's jobs saw of miners: one event a job, in a journal of its own. What is older than <see cref="Remembered"/>, or more than
/// <see cref="MostJobs"/> jobs ago, counts no more, so that a miner can mend its ways.</summary>
public sealed class MinerHistory : IDisposable
{
    /// <summary>Jobs that count.</summary>
    public const int MostJobs = 1000;

    private const string Stream = "miners";
    private const string EventType = "job";
    private const int MostTries = 16;

    private readonly EventJournal _journal;
    private readonly ImmutableDictionary<Address, OwnRecord> _records;
    private long _last;

    private MinerHistory(EventJournal journal, ImmutableDictionary<Address, OwnRecord> records, long last)
    {
        _journal = journal;
        _records = records;
        _last = last;
    }

    /// <summary>For how long: 30 days.</summary>
    public static TimeSpan Remembered { get; } = TimeSpan.FromDays(30);

    /// <summary>Everything as it is now; what other processes add later is not seen.</summary>
    /// <exception cref="StoreException">The journal cannot be opened or read.</exception>
    public static MinerHistory Open(UserFolders folders, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(folders);
        ArgumentNullException.ThrowIfNull(time);
        var journal = EventJournal.Open(folders.MinerJournal, time);
        try
        {
            var last = Last(journal);
            var records = new Dictionary<Address, OwnRecord>();
            foreach (var saved in journal.Read(Stream, Math.Max(0, last - MostJobs)).Where(e => time.GetUtcNow() - e.At <= Remembered).SelectMany(Read))
            {
                var miner = Address.Parse(saved.Miner);
                records[miner] = records.GetValueOrDefault(miner, OwnRecord.None) + saved.Record;
            }

            return new MinerHistory(journal, records.ToImmutableDictionary(), last);
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>What earlier jobs saw of a miner.</summary>
    public OwnRecord Find(Address miner) => _records.GetValueOrDefault(miner, OwnRecord.None);

    /// <summary>Adds what a job saw. Nothing is added for a job that nobody worked on.</summary>
    /// <exception cref="StoreException">The failures of the file, or other processes add all the time.</exception>
    public void Add(IReadOnlyDictionary<Address, OwnRecord> records)
    {
        var seen = records.Where(r => r.Value != OwnRecord.None).Select(r => new Saved(r.Key.ToString(), r.Value)).ToList();
        for (var tries = 1; seen.Count > 0; tries++)
        {
            try
            {
                _last = _journal.Append(Stream, _last, new NewEvent(EventType, JsonSerializer.SerializeToUtf8Bytes(seen)));
                return;
            }
            catch (StoreException e) when (e.Reason == StoreFailure.Conflict && tries < MostTries)
            {
                // Another job of this user ended at the same time.
                _last = Last(_journal);
            }
        }
    }

    public void Dispose() => _journal.Dispose();

    private static long Last(EventJournal journal) => journal.List().FirstOrDefault(s => string.Equals(s.Stream, Stream, StringComparison.Ordinal))?.Last.Sequence ?? 0;

    private static List<Saved> Read(JournalEvent e) => JsonSerializer.Deserialize<List<Saved>>(e.Payload.Span) ?? throw new JsonException("A job's event is empty.");

    private sealed record Saved(string Miner, OwnRecord Record);
}
