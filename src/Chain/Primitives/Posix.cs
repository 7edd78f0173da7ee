using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VideoMesh.Chain.Primitives;

/// <summary>The few system calls .NET has no face for.</summary>
internal static partial class Posix
{
    // Linux's numbers, the same on every 64-bit architecture .NET runs on but for O_DIRECTORY, which we therefore do without.
    private const int ReadOnlyCloseOnExec = 0x80000;
    private const int GetOpenFileLock = 36;
    private const int SetOpenFileLock = 37;
    private const int WouldBlock = 11;
    private const int AccessDenied = 13;
    private const short WriteLock = 1;
    private const short NoLock = 2;

    /// <summary>Makes a rename or a new name within <paramref name="directory"/> survive a power cut.</summary>
    /// <exception cref="IOException">The directory cannot be opened or flushed.</exception>
    internal static void FlushDirectory(string directory)
    {
        var descriptor = Open(directory, ReadOnlyCloseOnExec);
        if (descriptor < 0)
        {
            throw Failure($"The directory {directory} cannot be opened");
        }

        try
        {
            if (FSync(descriptor) != 0)
            {
                throw Failure($"The directory {directory} cannot be flushed");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Locks one byte of a file for this open file description alone, without waiting. Closing the handle, or the end of the process, unlocks it.</summary>
    /// <returns>False when another open file description has it.</returns>
    /// <exception cref="IOException">The file system has no such locks.</exception>
    internal static bool TryLockByte(SafeFileHandle file, long offset)
    {
        var region = new LockRegion { Type = WriteLock, Start = offset, Length = 1 };
        if (Control(file, SetOpenFileLock, ref region) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() is WouldBlock or AccessDenied ? false : throw Failure("The file cannot be locked");
    }

    /// <summary>Whether some other open file description has locked this byte.</summary>
    /// <exception cref="IOException">The file system has no such locks.</exception>
    internal static bool IsByteLocked(SafeFileHandle file, long offset)
    {
        var region = new LockRegion { Type = WriteLock, Start = offset, Length = 1 };
        return Control(file, GetOpenFileLock, ref region) == 0 ? region.Type != NoLock : throw Failure("The locks of the file cannot be read");
    }

    private static IOException Failure(string what)
    {
        var error = new Win32Exception(Marshal.GetLastPInvokeError());
        return new IOException($"{what}: {error.Message}.", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, ref LockRegion region);

    /// <summary><c>struct flock</c> of a 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LockRegion
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int ProcessId;
    }
}
