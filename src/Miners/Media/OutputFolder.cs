using VideoMesh.Miners.Content;

namespace VideoMesh.Miners.Media;

/// <param name="From">Path relative to the work folder.</param>
/// <param name="To">Path within the result.</param>
public sealed record PublishedFile(string From, string To);

/// <summary>A folder of results that appears complete or not at all: staged beside it and renamed.</summary>
/// <param name="path">Absolute path of the folder: new, or empty.</param>
/// <param name="owner">Names the staging folder, so that a later run of the same job finds and removes what a crash left.</param>
public sealed class OutputFolder(string path, string owner)
{
    /// <summary>Name of the file that describes the result.</summary>
    public const string DocumentName = "videomesh-job.json";

    private string Staging => Path.Combine(Path.GetDirectoryName(path) ?? "/", $".{Path.GetFileName(path)}.{owner}.partial");

    /// <summary>Takes the files over from a work folder and publishes them.</summary>
    /// <param name="files">Nothing but plain files is taken: a hostile program may have written to the work folder.</param>
    /// <param name="document">Text of <see cref="DocumentName"/>.</param>
    /// <exception cref="IOException">The disk is full, or the folder has been filled by somebody else meanwhile. Nothing is left behind.</exception>
    public async Task PublishAsync(string workFolder, IReadOnlyList<PublishedFile> files, string document, CancellationToken cancellationToken)
    {
        RemoveStaging();
        Directory.CreateDirectory(Staging);
        try
        {
            foreach (var file in files)
            {
                var target = Path.Combine(Staging, file.To);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                await TakeAsync(Path.Combine(workFolder, file.From), target, cancellationToken);
            }

            await File.WriteAllTextAsync(Path.Combine(Staging, DocumentName), document, cancellationToken);
            if (Directory.Exists(path))
            {
                Directory.Delete(path);
            }

            Directory.Move(Staging, path);
            Posix.FlushFolder(Path.GetDirectoryName(path) ?? "/");
        }
        finally
        {
            RemoveStaging();
        }
    }

    private static async Task TakeAsync(string from, string to, CancellationToken cancellationToken)
    {
        // Copied, so that the result belongs to the caller and not to the sandbox's user.
        await using var source = ContentFolder.OpenRegularFile(from);
        await using var target = new FileStream(to, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20, FileOptions.Asynchronous);
        await source.CopyToAsync(target, 1 << 20, cancellationToken);
        target.Flush(flushToDisk: true);
        File.Delete(from);
    }

    /// <summary>Removes what a crash left beside the folder.</summary>
    public void RemoveStaging()
    {
        if (Directory.Exists(Staging))
        {
            Directory.Delete(Staging, recursive: true);
        }
    }
}
