using System.Diagnostics.CodeAnalysis;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Content;

/// <content>The store and other files: how they get in, and how content gets out.</content>
public sealed partial class ContentStore
{
    /// <summary>Stores a file under the hash of its bytes.</summary>
    /// <param name="path">A regular file. Symbolic links, FIFOs and devices are refused, so the file may come from a hostile process.</param>
    /// <param name="mode">Choose <see cref="AddMode.Copy"/> for what a foreign process made: it may still own the file or hold it open.</param>
    /// <param name="pinScope">Pins the content under this scope in the same step.</param>
    /// <exception cref="ContentStoreException"><see cref="ContentRefusal.NotAFile"/> or <see cref="ContentRefusal.StoreFull"/>.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public async Task<StoredContent> AddFileAsync(string path, AddMode mode = AddMode.Copy, string? pinScope = null, CancellationToken cancellationToken = default)
    {
        StoredContent stored;
        if (mode is AddMode.Link or AddMode.Move && IncomingContent.TryAdopt(this, path, _folder.NewTemporaryPath()) is { } adopted)
        {
            using (adopted)
            {
                await adopted.HashAsync(cancellationToken);
                stored = await CommitAsync(adopted, null, pinScope, cancellationToken);
            }
        }
        else
        {
            await using var file = ContentFolder.OpenRegularFile(path);
            stored = await PutAsync(file, null, long.MaxValue, pinScope, cancellationToken);
        }

        if (mode == AddMode.Move)
        {
            File.Delete(path);
        }

        return stored;
    }

    /// <summary>Where the content lies. Only what is pinned is sure to stay there. Nobody may write to it.</summary>
    public bool TryGetPath(ContentHash hash, [NotNullWhen(true)] out string? path)
    {
        path = TryGetLength(hash, out _) ? _folder.PathOf(hash) : null;
        return path is not null;
    }

    /// <summary>Makes the content appear at <paramref name="path"/>, which must not exist: as a hard link, or as a copy where file systems differ. Only for places
    /// nobody else writes to, since a link shares its bytes with the store; for a sandbox's work folder see <see cref="CopyToAsync"/>.</summary>
    /// <exception cref="ContentStoreException"><see cref="ContentRefusal.NotFound"/>; <see cref="ContentRefusal.StoreFull"/>: no space at that place.</exception>
    /// <exception cref="IOException">The place exists or cannot be written.</exception>
    public void LinkTo(ContentHash hash, string path)
    {
        using var reader = OpenRead(hash) ?? throw new ContentStoreException(ContentRefusal.NotFound);
        try
        {
            if (!Posix.TryLink(_folder.PathOf(hash), path))
            {
                File.Copy(_folder.PathOf(hash), path);
            }
        }
        catch (IOException failure) when (Posix.IsDiskFull(failure))
        {
            throw new ContentStoreException(ContentRefusal.StoreFull, failure);
        }
    }

    /// <summary>Copies the content to <paramref name="path"/>, which must not exist; where the file system can share blocks until one side writes, it does.</summary>
    /// <exception cref="ContentStoreException"><see cref="ContentRefusal.NotFound"/>; <see cref="ContentRefusal.StoreFull"/>: no space at that place.</exception>
    /// <exception cref="IOException">The place exists or cannot be written.</exception>
    public async Task CopyToAsync(ContentHash hash, string path, CancellationToken cancellationToken = default)
    {
        using var reader = OpenRead(hash) ?? throw new ContentStoreException(ContentRefusal.NotFound);
        try
        {
            await Task.Run(() => File.Copy(_folder.PathOf(hash), path), cancellationToken);
        }
        catch (IOException failure) when (Posix.IsDiskFull(failure))
        {
            throw new ContentStoreException(ContentRefusal.StoreFull, failure);
        }
    }
}
