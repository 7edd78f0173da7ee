using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VideoMesh.Miners.Content;

/// <summary>The few calls .NET has no method for.</summary>
internal static partial class Posix
{
    public const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int Exists = 17;
    private const int Loop = 40;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int DiskFullHResult = unchecked((int)0x80070070);

    private static readonly int NoFollow = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm or Architecture.Ppc64le ? 0x8000 : 0x20000;

    /// <summary>Whether the failure means that the disk or the user's quota is full.</summary>
    public static bool IsDiskFull(Exception failure) => failure is IOException { HResult: NoSpace or QuotaExceeded or DiskFullHResult };

    /// <summary>Makes a folder's entries durable: a rename is not before its folder is flushed.</summary>
    public static void FlushFolder(string folder)
    {
        using var handle = Open(folder, CloseOnExec, folder);
        if (FSync(handle) != 0)
        {
            throw Failure(Marshal.GetLastPInvokeError(), folder);
        }
    }

    /// <summary>Opens for reading without following a symbolic link and without waiting for a FIFO's writer: the file may come from a hostile process.</summary>
    public static SafeFileHandle OpenUntrusted(string path) => Open(path, CloseOnExec | NonBlocking | NoFollow, path);

    /// <summary>Hard-links; false when these two places cannot share a file.</summary>
    public static bool TryLink(string existing, string path)
    {
        if (Link(existing, path) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() switch
        {
            Exists => throw Failure(Exists, path),
            NoSpace => throw Failure(NoSpace, path),
            _ => false,
        };
    }

    private static SafeFileHandle Open(string path, int flags, string shown)
    {
        var descriptor = OpenFile(path, flags);
        if (descriptor >= 0)
        {
            return new SafeFileHandle(descriptor, ownsHandle: true);
        }

        var error = Marshal.GetLastPInvokeError();
        throw error == Loop ? new ContentStoreException(ContentRefusal.NotAFile) : Failure(error, shown);
    }

    private static IOException Failure(int error, string path) => error == 2
        ? new FileNotFoundException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}", path)
        : new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}", error);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle descriptor);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string path);
}
