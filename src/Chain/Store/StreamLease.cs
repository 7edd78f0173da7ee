using Microsoft.Win32.SafeHandles;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Store;

/// <summary>The exclusive right to work on a stream, until disposed or until the process ends.</summary>
public sealed class StreamLease : IDisposable
{
    // One byte of the lease file per stream, locked through an open file description: the kernel gives it back however the process ends, two holders
    // within one process exclude each other too, and no file per stream is left behind.
    private readonly SafeFileHandle _file;

    private StreamLease(SafeFileHandle file, string stream, long streamId) => (_file, Stream, StreamId) = (file, stream, streamId);

    /// <summary>The name of the stream.</summary>
    public string Stream { get; }

    internal long StreamId { get; }

    public void Dispose() => _file.Dispose();

    /// <returns>Null when somebody else has it.</returns>
    internal static StreamLease? TryTake(string journal, long streamId, string stream) => StoreFailures.Name(FileOf(journal), () =>
    {
        var file = Open(journal);
        var taken = false;
        try
        {
            taken = Posix.TryLockByte(file, streamId);
            return taken ? new StreamLease(file, stream, streamId) : null;
        }
        finally
        {
            if (!taken)
            {
                file.Dispose();
            }
        }
    });

    internal static bool IsTaken(string journal, long streamId) => StoreFailures.Name(FileOf(journal), () =>
    {
        using var file = Open(journal);
        return Posix.IsByteLocked(file, streamId);
    });

    private static string FileOf(string journal) => journal + "-lease";

    private static SafeFileHandle Open(string journal) =>
        File.OpenHandle(FileOf(journal), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
}
