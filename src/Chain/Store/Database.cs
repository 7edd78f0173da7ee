using Microsoft.Data.Sqlite;

namespace VideoMesh.Chain.Store;

/// <summary>One SQLite file that keeps what it acknowledged through a crash or a power cut: write-ahead log, flushed at every commit. Safe for use by
/// several threads, which take turns, and by several processes. All its failures are a <see cref="StoreException"/>.</summary>
internal sealed class Database : IDisposable
{
    /// <summary>How long one process waits for the write of another, in seconds.</summary>
    private const int BusySeconds = 15;

    private readonly Lock _gate = new();
    private readonly SqliteConnection _connection;

    static Database() => SQLitePCL.Batteries_V2.Init();

    private Database(string path)
    {
        Path = path;
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            ForeignKeys = true,
            DefaultTimeout = BusySeconds,
        }.ToString());
    }

    /// <summary>The absolute path of the file.</summary>
    public string Path { get; }

    /// <summary>Opens the file, creating it and its folder when missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="schema">What the file must hold.</param>
    /// <exception cref="StoreException">Any reason but a conflict.</exception>
    public static Database Open(string path, Schema schema)
    {
        path = System.IO.Path.GetFullPath(path);
        var database = new Database(path);
        var opened = false;
        try
        {
            opened = StoreFailures.Name(path, () =>
            {
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
                database._connection.Open();
                database.Prepare(schema);
                return true;
            });
            return database;
        }
        finally
        {
            if (!opened)
            {
                database.Dispose();
            }
        }
    }

    /// <summary>Reads one consistent view.</summary>
    public T Read<T>(Func<SqliteConnection, T> read) => Run(deferred: true, read);

    /// <summary>Writes all or nothing, durably: when this returns, a power cut does not undo it.</summary>
    public T Write<T>(Func<SqliteConnection, T> write) => Run(deferred: false, write);

    public void Dispose()
    {
        lock (_gate)
        {
            _connection.Dispose();
        }
    }

    private T Run<T>(bool deferred, Func<SqliteConnection, T> work)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_connection.State != System.Data.ConnectionState.Open, this);
            return StoreFailures.Name(Path, () =>
            {
                using var transaction = _connection.BeginTransaction(deferred);
                var result = work(_connection);
                transaction.Commit();
                return result;
            });
        }
    }

    private void Prepare(Schema schema)
    {
        // Before anything is changed: a file of somebody else stays as it is.
        Recognize(schema);
        if (!string.Equals(_connection.Scalar("PRAGMA journal_mode = WAL") as string, "wal", StringComparison.Ordinal))
        {
            throw new StoreException(
                StoreFailure.Inaccessible, $"The file system of {Path} does not support a write-ahead log: put {schema.Title} on a local disk.");
        }

        _connection.Execute("PRAGMA synchronous = FULL");
        _connection.Execute("PRAGMA cell_size_check = ON");
        using var transaction = _connection.BeginTransaction(deferred: false);
        if (!Recognize(schema))
        {
            _connection.Execute(schema.Sql);
            _connection.Execute($"PRAGMA application_id = {schema.ApplicationId}");
            _connection.Execute($"PRAGMA user_version = {schema.Version}");
        }

        transaction.Commit();
    }

    /// <returns>True for a file of this schema, false for an empty one.</returns>
    private bool Recognize(Schema schema)
    {
        var application = _connection.Scalar("PRAGMA application_id") as long?;
        var version = _connection.Scalar("PRAGMA user_version") as long?;
        if (application == schema.ApplicationId && version == schema.Version)
        {
            return true;
        }

        if (application == schema.ApplicationId)
        {
            throw new StoreException(
                StoreFailure.Foreign,
                $"{Path} is {schema.Title} of version {version} and this program reads version {schema.Version}: use the VideoMesh version that wrote it, or another file.");
        }

        return application == 0 && version == 0 && _connection.Scalar("SELECT COUNT(*) FROM sqlite_master") is 0L
            ? false
            : throw new StoreException(StoreFailure.Foreign, $"{Path} is not {schema.Title} but another program's database: use another file.");
    }

    /// <summary>What a file holds.</summary>
    /// <param name="Title">With its article, for sentences: <c>a VideoMesh journal</c>.</param>
    /// <param name="ApplicationId">SQLite's mark of whose file it is.</param>
    /// <param name="Version">Grows with every change of <paramref name="Sql"/>.</param>
    /// <param name="Sql">Creates the tables.</param>
    internal sealed record Schema(string Title, int ApplicationId, int Version, string Sql);
}
