using System.Text.Json;
using System.Text.Json.Serialization;
using VideoMesh.Actors.Client;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;
using VideoMesh.Miners.Media;

namespace VideoMesh.Client.Node;

/// <summary>All jobs of this user: their events in one journal, their bytes in a folder each.</summary>
public sealed class JobStore : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters =
        {
            new JsonStringEnumConverter(JsonNamingPolicy.CamelCase),
            new TextConverter<ContentHash>(ContentHash.Parse),
            new TextConverter<Address>(Address.Parse),
            new TextConverter<Hash256>(Hash256.Parse),
            new BytesConverter<SignedResult>(result => result.Encode(), bytes => SignedResult.Decode(bytes)),
            new BytesConverter<JobTerms>(
                terms => new ContractOperation.OpenJob(terms).Encode(),
                bytes => ContractOperation.TryDecode(bytes, out var operation) && operation is ContractOperation.OpenJob open ? open.Terms : throw new JsonException("The terms of an escrow cannot be read.")),
            new TextConverter<Rational>(text => Rational.Parse(text) ?? throw new JsonException($"'{text}' is not a fraction.")),
        },
    };

    private readonly EventJournal _journal;
    private readonly UserFolders _folders;
    private readonly TimeProvider _time;

    private JobStore(EventJournal journal, UserFolders folders, TimeProvider time)
    {
        _journal = journal;
        _folders = folders;
        _time = time;
    }

    /// <exception cref="StoreException">The journal cannot be opened.</exception>
    public static JobStore Open(UserFolders folders, TimeProvider time) => new(EventJournal.Open(folders.JobJournal, time), folders, time);

    /// <summary>Folder of a job's bytes; made by who uses it.</summary>
    public string FolderOf(string job) => Path.Combine(_folders.Jobs, job);

    /// <summary>What this user's jobs saw of miners.</summary>
    /// <exception cref="StoreException">It cannot be opened or read.</exception>
    public MinerHistory OpenHistory() => MinerHistory.Open(_folders, _time);

    /// <summary>Takes a job for this process alone. Its events can be added through the result.</summary>
    /// <exception cref="StoreException">Another process works on it.</exception>
    public OpenJob Open(string job)
    {
        var lease = _journal.Lease(job);
        var events = _journal.Read(job);
        return new OpenJob(_journal, lease, [.. events.Select(Read)], events.Count > 0 ? events[^1].Sequence : 0);
    }

    /// <summary>The events of one job and whether a process works on it; empty: there is no such job.</summary>
    public (IReadOnlyList<JobEvent> Events, bool IsRunning) Find(string job) =>
        ([.. _journal.Read(job).Select(Read)], _journal.IsLeased(job));

    /// <summary>All jobs, the latest first, with when they last moved.</summary>
    public IReadOnlyList<(string Job, DateTimeOffset At)> List() => [.. _journal.List().Select(s => (s.Stream, s.Last.At))];

    /// <summary>Forgets a job and its bytes. False: there is no such job.</summary>
    /// <exception cref="StoreException">A process works on it.</exception>
    public bool Remove(string job)
    {
        var removed = _journal.Delete(job);
        RemoveBytes(job);
        return removed;
    }

    /// <summary>Removes a job's bytes and keeps its events.</summary>
    public void RemoveBytes(string job)
    {
        if (Directory.Exists(FolderOf(job)))
        {
            Directory.Delete(FolderOf(job), recursive: true);
        }
    }

    public void Dispose() => _journal.Dispose();

    private static JobEvent Read(JournalEvent e) =>
        JsonSerializer.Deserialize<JobEvent>(e.Payload.Span, Json) ?? throw new JsonException("A job's event is empty.");

    /// <summary>A job that this process works on.</summary>
    public sealed class OpenJob : IJobJournal, IDisposable
    {
        private readonly EventJournal _journal;
        private readonly StreamLease _lease;
        private long _last;

        internal OpenJob(EventJournal journal, StreamLease lease, IReadOnlyList<JobEvent> events, long last)
        {
            _journal = journal;
            _lease = lease;
            _last = last;
            Events = events;
        }

        /// <summary>What was there when it was opened.</summary>
        public IReadOnlyList<JobEvent> Events { get; }

        public void Append(IReadOnlyList<JobEvent> events) => _last = _journal.Append(
            _lease.Stream, _last, [.. events.Select(e => new NewEvent(e.GetType().Name, JsonSerializer.SerializeToUtf8Bytes(e, Json)))]);

        public void Dispose() => _lease.Dispose();
    }

    private sealed class BytesConverter<T>(Func<T, byte[]> encode, Func<byte[], T> decode) : JsonConverter<T>
        where T : class
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => decode(reader.GetBytesFromBase64());

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteBase64StringValue(encode(value));
    }

    private sealed class TextConverter<T>(Func<string, T> parse) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            parse(reader.GetString() ?? throw new JsonException("A text is missing."));

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value!.ToString());
    }
}
