using System.Text;
using VideoMesh.Chain.Store;

namespace VideoMesh.Chain.Tests.Store;

/// <summary>A folder of its own for each test, and a clock that stands still until told.</summary>
public abstract class JournalFolder : IDisposable
{
    protected static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("videomesh-journal-").FullName;

    private protected Clock Time { get; } = new();

    protected string JournalPath => InFolder("journal.db");

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected string InFolder(params ReadOnlySpan<string> names) => Path.Combine([_folder, .. names]);

    protected EventJournal Open() => EventJournal.Open(JournalPath, Time);

    protected static NewEvent Event(string type, string payload = "") => new(type, Encoding.UTF8.GetBytes(payload));

    protected static string Text(JournalEvent read) => $"{read.Sequence} {read.Type} {Encoding.UTF8.GetString(read.Payload.Span)}";

    private protected sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = Noon;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
