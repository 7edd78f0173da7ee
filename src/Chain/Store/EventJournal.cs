using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace VideoMesh.Chain.Store;

/// <summary>Streams of events in one file, such as what happened to each job. What <see cref="Append"/> acknowledged survives <c>kill -9</c> and a power cut.
/// Safe for use by several threads and processes. Every failure is a <see cref="StoreException"/>.</summary>
public sealed class EventJournal : IDisposable
{
    private const int ChecksumSize = 8;

    // "VMej", so that `file` and SQLite's own tools can tell whose file it is.
    private static readonly Database.Schema JournalSchema = new(
        "a VideoMesh journal",
        ApplicationId: 0x564D656A,
        Version: 1,
        """
        CREATE TABLE streams (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            last INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE TABLE events (
            stream INTEGER NOT NULL REFERENCES streams (id),
            sequence INTEGER NOT NULL,
            type TEXT NOT NULL,
            payload BLOB NOT NULL,
            at INTEGER NOT NULL,
            checksum BLOB NOT NULL,
            UNIQUE (stream, sequence)
        ) STRICT;
        """);

    private readonly Database _database;
    private readonly TimeProvider _time;

    private EventJournal(Database database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>The absolute path of the file. SQLite keeps two more beside it, <c>-wal</c> and <c>-shm</c>, and the leases one, <c>-lease</c>.</summary>
    public string Path => _database.Path;

    /// <summary>Opens the journal at <paramref name="path"/>, creating it and its folder when missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="time">Gives events their time.</param>
    /// <exception cref="StoreException">Any reason but <see cref="StoreFailure.Conflict"/> and <see cref="StoreFailure.InUse"/>.</exception>
    public static EventJournal Open(string path, TimeProvider time) => new(Database.Open(path, JournalSchema), time);

    /// <summary>Adds events to the end of a stream, all or none; when this returns they are on the disk. A stream begins with its first event.</summary>
    /// <param name="stream">The stream, by any name.</param>
    /// <param name="after">The sequence of the last event the caller knows; 0 for a new stream.</param>
    /// <param name="events">At least one.</param>
    /// <returns>The sequence of the last event added. They have no gaps.</returns>
    /// <exception cref="StoreException"><see cref="StoreFailure.Conflict"/>: the stream has events the caller does not know, or lacks some it knows; and the
    /// failures of the file.</exception>
    public long Append(string stream, long after, params IReadOnlyList<NewEvent> events)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream);
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        if (events.Count == 0)
        {
            throw new ArgumentException("There is nothing to append.", nameof(events));
        }

        var at = _time.GetUtcNow();
        return _database.Write(connection =>
        {
            var id = FindOrAdd(connection, stream);
            var last = (long)connection.Scalar("SELECT last FROM streams WHERE id = $1", id)!;
            if (last != after)
            {
                throw new StoreException(
                    StoreFailure.Conflict,
                    $"'{stream}' in {Path} ends with event {last}, not {after}: something else works on it, so read it again before writing.");
            }

            foreach (var added in events)
            {
                Insert(connection, id, stream, new JournalEvent(++last, added.Type, added.Payload, at));
            }

            connection.Execute("UPDATE streams SET last = $2 WHERE id = $1", id, last);
            return last;
        });
    }

    /// <summary>Reads a stream from its first event on; empty when there is no such stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="after">Leaves out the events up to this sequence.</param>
    /// <exception cref="StoreException">The failures of the file; <see cref="StoreFailure.Corrupt"/> also for an event that is missing or was altered on the disk.</exception>
    public IReadOnlyList<JournalEvent> Read(string stream, long after = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        var (last, events) = _database.Read(connection => (
            connection.Scalar("SELECT last FROM streams WHERE name = $1", stream) as long? ?? 0,
            connection.Rows(
                reader => ReadEvent(reader, stream),
                "SELECT e.sequence, e.type, e.payload, e.at, e.checksum FROM streams s JOIN events e ON e.stream = s.id WHERE s.name = $1 AND e.sequence > $2 ORDER BY e.sequence",
                stream,
                after)));
        for (var sequence = after + 1; sequence <= last; sequence++)
        {
            var index = (int)(sequence - after - 1);
            if (index >= events.Count || events[index].Sequence != sequence)
            {
                throw StoreFailures.IsCorrupt(Path, $"event {sequence} of '{stream}' is missing");
            }
        }

        return events.Count == Math.Max(0, last - after) ? events : throw StoreFailures.IsCorrupt(Path, $"'{stream}' goes on after its end");
    }

    /// <summary>Every stream that has events, the one written last first.</summary>
    /// <exception cref="StoreException">The failures of the file.</exception>
    public IReadOnlyList<StreamSummary> List() => _database.Read(connection => connection.Rows(
        reader =>
        {
            var stream = reader.GetString(5);
            return reader.IsDBNull(0)
                ? throw StoreFailures.IsCorrupt(Path, $"the last event of '{stream}' is missing")
                : new StreamSummary(stream, ReadEvent(reader, stream));
        },
        """
        SELECT e.sequence, e.type, e.payload, e.at, e.checksum, s.name FROM streams s
        LEFT JOIN events e ON e.stream = s.id AND e.sequence = s.last
        WHERE s.last > 0 ORDER BY e.at DESC, e.rowid DESC
        """));

    /// <summary>Removes a stream and its events.</summary>
    /// <returns>False when there was none.</returns>
    /// <exception cref="StoreException"><see cref="StoreFailure.InUse"/>: somebody holds the lease on it; and the failures of the file.</exception>
    public bool Delete(string stream)
    {
        using var lease = Lease(stream);
        return _database.Write(connection =>
        {
            var events = connection.Execute("DELETE FROM events WHERE stream = $1", lease.StreamId);
            connection.Execute("DELETE FROM streams WHERE id = $1", lease.StreamId);
            return events > 0;
        });
    }

    /// <summary>Takes the exclusive right to work on a stream, which may be still to begin, until disposed. The end of this process, by whatever means, ends it
    /// too, even while programs it started live on. It binds those who ask: <see cref="Append"/> does not.</summary>
    /// <exception cref="StoreException"><see cref="StoreFailure.InUse"/>: somebody else, in this process or another, has it; and the failures of the file.</exception>
    public StreamLease Lease(string stream)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream);
        while (true)
        {
            var id = _database.Write(connection => FindOrAdd(connection, stream));
            var lease = StreamLease.TryTake(Path, id, stream)
                ?? throw new StoreException(StoreFailure.InUse, $"'{stream}' in {Path} is being worked on by another process: wait for it to end, or stop it.");

            // Its last holder may have deleted the stream between the two lines above, and the number with it.
            if (Find(stream) == id)
            {
                return lease;
            }

            lease.Dispose();
        }
    }

    /// <summary>Whether somebody, in this process or another, holds the lease on a stream at this moment.</summary>
    /// <exception cref="StoreException">The failures of the file.</exception>
    public bool IsLeased(string stream) => Find(stream) is { } id && StreamLease.IsTaken(Path, id);

    /// <summary>Ends the use of the file; leases end on their own.</summary>
    public void Dispose() => _database.Dispose();

    private long? Find(string stream) =>
        _database.Read(connection => connection.Scalar("SELECT id FROM streams WHERE name = $1", stream) as long?);

    private static long FindOrAdd(SqliteConnection connection, string stream)
    {
        connection.Execute("INSERT INTO streams (name) VALUES ($1) ON CONFLICT DO NOTHING", stream);
        return (long)connection.Scalar("SELECT id FROM streams WHERE name = $1", stream)!;
    }

    private static void Insert(SqliteConnection connection, long id, string stream, JournalEvent added)
    {
        var at = added.At.ToUnixTimeMilliseconds();
        connection.Execute(
            "INSERT INTO events (stream, sequence, type, payload, at, checksum) VALUES ($1, $2, $3, $4, $5, $6)",
            id,
            added.Sequence,
            added.Type,
            added.Payload.ToArray(),
            at,
            Checksum(stream, added.Sequence, added.Type, at, added.Payload.Span));
    }

    private JournalEvent ReadEvent(SqliteDataReader reader, string stream)
    {
        var sequence = reader.GetInt64(0);
        if (!reader.IsDBNull(1) && !reader.IsDBNull(2) && !reader.IsDBNull(4))
        {
            var type = reader.GetString(1);
            var payload = reader.GetFieldValue<byte[]>(2);
            var at = reader.GetInt64(3);
            if (Checksum(stream, sequence, type, at, payload).AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(4)))
            {
                return new JournalEvent(sequence, type, payload, DateTimeOffset.FromUnixTimeMilliseconds(at));
            }
        }

        throw StoreFailures.IsCorrupt(Path, $"event {sequence} of '{stream}' was altered");
    }

    // SQLite checks the structure of its pages, not their content: a flipped bit in a payload would pass as an event that never happened.
    private static byte[] Checksum(string stream, long sequence, string type, long at, ReadOnlySpan<byte> payload)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> numbers = stackalloc byte[4 * sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(numbers, sequence);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[8..], at);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[16..], stream.Length);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[24..], type.Length);
        hash.AppendData(numbers);
        hash.AppendData(Encoding.UTF8.GetBytes(stream + type));
        hash.AppendData(payload);
        return hash.GetHashAndReset()[..ChecksumSize];
    }
}

/// <summary>An event to be added.</summary>
/// <param name="Type">What the writer calls it; the journal does not interpret it.</param>
/// <param name="Payload">Its content; the journal does not interpret it.</param>
public sealed record NewEvent(string Type, ReadOnlyMemory<byte> Payload);

/// <summary>An event as it was added.</summary>
/// <param name="Sequence">Its place in the stream: 1, 2, 3, …</param>
/// <param name="Type">What the writer called it.</param>
/// <param name="Payload">Its content.</param>
/// <param name="At">When it was added, to the millisecond.</param>
public sealed record JournalEvent(long Sequence, string Type, ReadOnlyMemory<byte> Payload, DateTimeOffset At);

/// <summary>A stream in a list.</summary>
/// <param name="Stream">Its name.</param>
/// <param name="Last">Its last event, whose sequence is their number.</param>
public sealed record StreamSummary(string Stream, JournalEvent Last);
