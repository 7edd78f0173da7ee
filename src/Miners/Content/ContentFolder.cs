using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Content;

/// <summary>The store's folder: <c>ab/cd/abcd…</c> for content, <c>tmp/</c> for what is on its way, <c>.lock</c> against a second owner.</summary>
internal sealed class ContentFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _root;
    private readonly string _temporary;
    private readonly FileStream _lock;
    private long _temporaryFiles;

    private ContentFolder(string root, FileStream @lock)
    {
        _root = root;
        _temporary = Path.Combine(root, "tmp");
        _lock = @lock;
    }

    public static ContentFolder Take(string root)
    {
        Directory.CreateDirectory(root, OwnerOnly);
        Directory.CreateDirectory(Path.Combine(root, "tmp"), OwnerOnly);
        try
        {
            return new ContentFolder(root, new FileStream(Path.Combine(root, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException taken) when (!Posix.IsDiskFull(taken))
        {
            throw new ContentStoreException(ContentRefusal.StoreInUse, taken);
        }
    }

    /// <summary>Opens a file that may come from a hostile process.</summary>
    public static FileStream OpenRegularFile(string path)
    {
        if (Directory.Exists(path))
        {
            throw new ContentStoreException(ContentRefusal.NotAFile);
        }

        var handle = Posix.OpenUntrusted(path);
        try
        {
            var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            return stream.CanSeek ? stream : throw new ContentStoreException(ContentRefusal.NotAFile);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    // The lock makes this process the only owner, so a counter is unique.
    public string NewTemporaryPath() => Path.Combine(_temporary, $"{Interlocked.Increment(ref _temporaryFiles)}");

    public string PathOf(ContentHash hash)
    {
        var name = hash.ToString();
        return Path.Combine(_root, name[..2], name[2..4], name);
    }

    public void Delete(ContentHash hash) => File.Delete(PathOf(hash));

    public void RemoveTemporaryFiles()
    {
        foreach (var file in Directory.EnumerateFiles(_temporary))
        {
            File.Delete(file);
        }
    }

    /// <summary>Everything complete, oldest first.</summary>
    public IReadOnlyList<(ContentHash Hash, long Length)> List()
    {
        List<(ContentHash Hash, long Length, DateTime Written)> found = [];
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (var file in new DirectoryInfo(_root).EnumerateFiles("*", options))
        {
            // Anything else in the folder is not ours: it is neither served nor deleted.
            if (ContentHash.TryParse(file.Name, out var hash) && string.Equals(file.FullName, PathOf(hash), StringComparison.Ordinal))
            {
                found.Add((hash, file.Length, file.LastWriteTimeUtc));
            }
        }

        return [.. found.OrderBy(f => f.Written).ThenBy(f => f.Hash).Select(f => (f.Hash, f.Length))];
    }

    /// <summary>Gives a complete, flushed temporary file its final name, durably.</summary>
    public void Publish(string temporaryPath, ContentHash hash)
    {
        var path = PathOf(hash);
        var leaf = Path.GetDirectoryName(path)!;
        var fan = Path.GetDirectoryName(leaf)!;
        try
        {
            var newFan = !Directory.Exists(fan);
            var newLeaf = newFan || !Directory.Exists(leaf);
            Directory.CreateDirectory(leaf, OwnerOnly);
            File.Move(temporaryPath, path, overwrite: true);
            Posix.FlushFolder(leaf);
            if (newLeaf)
            {
                Posix.FlushFolder(fan);
            }

            if (newFan)
            {
                Posix.FlushFolder(_root);
            }
        }
        catch (IOException failure)
        {
            File.Delete(path);
            if (Posix.IsDiskFull(failure))
            {
                throw new ContentStoreException(ContentRefusal.StoreFull, failure);
            }

            throw;
        }
    }

    public void Dispose() => _lock.Dispose();
}
