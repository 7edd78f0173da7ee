namespace VideoMesh.Miners.Media;

/// <summary>What can be said of an input before any program looks into it.</summary>
public static class InputFile
{
    /// <summary>Checks that a path names a readable file with something in it. The name may hold anything: quotes, spaces, dashes, newlines.</summary>
    /// <returns>The absolute path.</returns>
    /// <exception cref="InputRefusedException">It does not.</exception>
    public static string Check(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new InputRefusedException(InputRefusal.NotFound, "No input file is named: give the path of a video file.");
        }

        var full = Path.GetFullPath(path);
        var shown = Shown(path);
        if (Directory.Exists(full))
        {
            throw new InputRefusedException(InputRefusal.IsDirectory, $"'{shown}' is a directory: give one video file.");
        }

        var file = new FileInfo(full);
        if (!file.Exists)
        {
            throw new InputRefusedException(InputRefusal.NotFound, $"There is no file '{shown}': check the path.");
        }

        try
        {
            if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
            {
                file = target.Exists ? target : throw new InputRefusedException(InputRefusal.NotFound, $"'{shown}' is a link to a file that does not exist.");
            }

            // pipes and devices have no length either, and so are never opened: that could wait for ever
            if (file.Length == 0)
            {
                throw new InputRefusedException(InputRefusal.Empty, $"'{shown}' is empty: there is no video in it.");
            }

            using var stream = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            _ = stream.ReadByte();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputRefusedException(InputRefusal.Unreadable, $"'{shown}' cannot be read: {e.Message}", e);
        }

        return full;
    }

    /// <summary>A file name as it may stand in a sentence: on one line, and not endless.</summary>
    internal static string Shown(string path)
    {
        var text = string.Concat(path.Select(c => char.IsControl(c) ? '�' : c));
        return text.Length <= 200 ? text : "…" + text[^200..];
    }
}
