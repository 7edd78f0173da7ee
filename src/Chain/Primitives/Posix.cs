using System.ComponentModel;
using System.Runtime.InteropServices;

namespace VideoMesh.Chain.Primitives;

/// <summary>The few system calls .NET has no face for.</summary>
internal static partial class Posix
{
    private const int ReadOnlyDirectoryCloseOnExec = 0x80000 | 0x10000;

    /// <summary>Makes a rename or a new name within <paramref name="directory"/> survive a power cut.</summary>
    /// <exception cref="IOException">The directory cannot be opened or flushed.</exception>
    internal static void FlushDirectory(string directory)
    {
        var descriptor = Open(directory, ReadOnlyDirectoryCloseOnExec);
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
}
