using System.Security.Cryptography;

namespace VideoMesh.Chain.Primitives;

/// <summary>Files for their owner alone (mode 0600).</summary>
public static class PrivateFile
{
    /// <summary>Whether there is such a file, or a link of that name, even one that leads nowhere.</summary>
    public static bool IsTaken(string path) => new FileInfo(path) is { Exists: true } or { LinkTarget: not null };

    /// <summary>Writes a new file durably, whole or not at all; makes its folder if need be. Whoever else creates it meanwhile wins.</summary>
    /// <param name="path">Absolute.</param>
    /// <returns>False, and nothing changed, where there is such a file already.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    public static bool TryCreate(string path, ReadOnlySpan<byte> content)
    {
        var directory = Path.GetDirectoryName(path)!;
        var temporary = Path.Combine(directory, $".{Path.GetFileName(path)}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}.tmp");
        Directory.CreateDirectory(directory);
        var isNew = true;
        try
        {
            using (var file = new FileStream(temporary, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: false);
        }
        catch (IOException) when (IsTaken(path))
        {
            isNew = false;
        }
        finally
        {
            File.Delete(temporary);
        }

        Posix.FlushDirectory(directory);
        return isNew;
    }
}
