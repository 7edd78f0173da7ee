using VideoMesh.Chain.Primitives;

namespace VideoMesh.Client.Commands;

/// <summary>Files that hold secrets, as options name them.</summary>
internal static class PrivateFiles
{
    private const int MaxBytes = 64 << 10;

    /// <exception cref="CommandFailure">It is missing or too long for what it should be.</exception>
    public static string Read(CommandRun run, string option, string path)
    {
        var full = run.FullPath(path);
        return !File.Exists(full) ? throw CommandFailure.Usage("no-such-file", $"{option} names {full}, which does not exist.")
            : new FileInfo(full).Length > MaxBytes ? throw CommandFailure.Usage("file-too-long", $"{option} names {full}, which is too long for that.")
            : File.ReadAllText(full);
    }

    /// <exception cref="CommandFailure">There is such a file.</exception>
    public static string RequireNew(CommandRun run, string option, string path)
    {
        var full = run.FullPath(path);
        return Path.Exists(full) ? throw Exists(option, full) : full;
    }

    /// <summary>Writes a new file for its owner alone.</summary>
    /// <exception cref="CommandFailure">There is such a file.</exception>
    public static void Write(string option, string fullPath, ReadOnlySpan<byte> content)
    {
        if (!PrivateFile.TryCreate(fullPath, content))
        {
            throw Exists(option, fullPath);
        }
    }

    private static CommandFailure Exists(string option, string path) => CommandFailure.Usage("file-exists", $"{option} names {path}, which exists; name a new file.");
}
