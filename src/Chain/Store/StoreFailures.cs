using Microsoft.Data.Sqlite;

namespace VideoMesh.Chain.Store;

/// <summary>The one place where failures of SQLite and of the file system get their name and their sentence.</summary>
internal static class StoreFailures
{
    // sqlite.org/rescode.html
    private const int Permission = 3;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;
    private const int CannotGrowSharedMemory = InputOutput | (19 << 8);
    private const int ShortRead = InputOutput | (2 << 8);

    // Our statements fit our tables: that a name is unknown, or a number taken, means that the tables are not what we wrote.
    private const int UnknownName = 1;
    private const int Constraint = 19;
    private const int Mismatch = 20;

    /// <summary>ENOSPC as .NET hands it on.</summary>
    private const int NoSpaceOnDevice = 28;

    /// <summary>Does some work on the file at <paramref name="path"/>, giving its failures their name.</summary>
    /// <exception cref="StoreException">The file failed. What is not its fault passes through.</exception>
    internal static T Name<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (Explain(e, path) is not null)
        {
            throw Explain(e, path)!;
        }
    }

    internal static StoreException IsCorrupt(string path, string what, Exception? inner = null) => new(
        StoreFailure.Corrupt,
        $"{path} is damaged ({what}): restore it from a backup, or move it and the files that begin with its name away to start anew.",
        inner);

    private static StoreException? Explain(Exception exception, string path) => exception switch
    {
        SqliteException sqlite => Explain(sqlite, path),
        IOException { HResult: NoSpaceOnDevice } full => IsFull(path, full),
        IOException or UnauthorizedAccessException => IsInaccessible(path, exception),
        _ => null,
    };

    private static StoreException? Explain(SqliteException e, string path) => (e.SqliteErrorCode, e.SqliteExtendedErrorCode) switch
    {
        (Full, _) or (_, CannotGrowSharedMemory) => IsFull(path, e),
        (Corrupt or UnknownName or Constraint or Mismatch, _) or (_, ShortRead) => IsCorrupt(path, "its structure makes no sense", e),
        (NotADatabase, _) => IsCorrupt(path, "it is not a database", e),
        (Busy or Locked, _) => new StoreException(
            StoreFailure.Busy, $"{path} is kept locked by another process: wait for it to finish, or stop it, then try again.", e),
        (Permission or ReadOnly or InputOutput or CannotOpen, _) => IsInaccessible(path, e),
        _ => null,
    };

    private static StoreException IsFull(string path, Exception inner) => new(
        StoreFailure.Full, $"The disk of {path} is full: free some space and try again, nothing that was acknowledged is lost.", inner);

    private static StoreException IsInaccessible(string path, Exception inner) => new(
        StoreFailure.Inaccessible, $"{path} cannot be opened or written ({inner.Message.TrimEnd('.')}): check the disk and the permissions of the file and its folder.", inner);
}
