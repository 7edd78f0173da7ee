namespace VideoMesh.Client.Commands;

/// <summary>The folder that results appear in.</summary>
internal static class OutFolders
{
    /// <exception cref="CommandFailure">It is a file, or a folder with something in it.</exception>
    public static string Require(string path)
    {
        var folder = Path.TrimEndingDirectorySeparator(path);
        if (File.Exists(folder))
        {
            throw CommandFailure.Usage("out-is-a-file", $"--out names {folder}, which is a file; name a new folder.");
        }

        return !Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any()
            ? folder
            : throw CommandFailure.Usage("out-not-empty", $"--out names {folder}, which is not empty; name a new folder, or empty it first.");
    }
}
