using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Content;

/// <summary>
/// Content on disk under its SHA-256. What is visible is complete and durable; a crash at any point leaves only temporary files, which the next start
/// removes. Within its byte budget it keeps everything, then evicts the least recently used content that is neither pinned nor being read.
/// </summary>
/// <remarks>
/// All members are safe to call concurrently. Memory does not grow with the size of content. Pins live in memory: after a restart their owners pin again
/// what they still need before they let new content in. Across a restart the order of eviction is the order of arrival.
/// </remarks>
public sealed partial class ContentStore : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _commit = new(1);
    private readonly ContentFolder _folder;
    private readonly ContentIndex _index;

    private ContentStore(ContentFolder folder, ContentIndex index)
    {
        _folder = folder;
        _index = index;
    }

    /// <summary>Bytes of content held.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_gate)
            {
                return _index.UsedBytes;
            }
        }
    }

    /// <summary>Pieces of content held.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _index.Count;
            }
        }
    }

    /// <summary>Opens the store: takes its folder, removes what interrupted puts left, finds what is there, evicts what the budget no longer covers.</summary>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of its range.</exception>
    /// <exception cref="ContentStoreException"><see cref="ContentRefusal.StoreInUse"/>: another store has this folder open.</exception>
    public static ContentStore Open(ContentStoreOptions options)
    {
        options.Validate();
        var folder = ContentFolder.Take(options.Folder);
        try
        {
            folder.RemoveTemporaryFiles();
            var index = new ContentIndex(options.BudgetBytes);
            foreach (var (hash, length) in folder.List())
            {
                index.Add(hash, length);
            }

            foreach (var victim in index.Shrink())
            {
                folder.Delete(victim);
            }

            return new ContentStore(folder, index);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Whether a put of that many bytes would find room now. Evicts nothing.</summary>
    public bool CouldHold(long bytes)
    {
        lock (_gate)
        {
            return _index.CouldHold(bytes);
        }
    }

    /// <summary>Streams content in, hashing while it writes. The content is durable when the task ends. Of two concurrent puts of the same content both succeed and one copy is kept.</summary>
    /// <param name="content">Read to its end; not read at all when <paramref name="expected"/> is already held.</param>
    /// <param name="expected">The name the bytes must turn out to have; null: whatever they have.</param>
    /// <param name="maxBytes">More than this is refused as soon as it is seen.</param>
    /// <param name="pinScope">Pins the content under this scope in the same step, so that eviction cannot come between.</param>
    /// <exception cref="ContentStoreException"><see cref="ContentRefusal.HashMismatch"/>, <see cref="ContentRefusal.TooLarge"/> or <see cref="ContentRefusal.StoreFull"/>; nothing is kept.</exception>
    public async Task<StoredContent> PutAsync(Stream content, ContentHash? expected, long maxBytes, string? pinScope = null, CancellationToken cancellationToken = default)
    {
        if (expected is { } known && Keep(known, pinScope) is { } had)
        {
            return had;
        }

        using var incoming = IncomingContent.Create(this, _folder.NewTemporaryPath());
        await incoming.FillAsync(content, maxBytes, cancellationToken);
        return await CommitAsync(incoming, expected, pinScope, cancellationToken);
    }

    /// <summary>Whether the content is held, and its size in bytes.</summary>
    public bool TryGetLength(ContentHash hash, out long length)
    {
        lock (_gate)
        {
            var entry = _index.Find(hash);
            length = entry?.Length ?? 0;
            return entry is not null;
        }
    }

    /// <summary>Opens the content for reading; null when it is not held. It cannot be evicted before the reader is disposed.</summary>
    public ContentReader? OpenRead(ContentHash hash)
    {
        ContentIndex.Entry entry;
        lock (_gate)
        {
            if (_index.Find(hash) is not { } found)
            {
                return null;
            }

            entry = found;
            _index.BeginRead(entry);
        }

        FileStream? stream = null;
        try
        {
            stream = new FileStream(_folder.PathOf(hash), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            if (stream.Length == entry.Length)
            {
                return new ContentReader(this, entry, stream);
            }
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            // Somebody tampered with the folder; what is gone is not held.
        }
        catch
        {
            EndRead(entry);
            throw;
        }

        stream?.Dispose();
        Drop(entry);
        EndRead(entry);
        return null;
    }

    /// <summary>Keeps the content from eviction until the scope (a job, a segment) is unpinned. False when it is not held.</summary>
    public bool Pin(ContentHash hash, string scope) => Keep(hash, scope) is not null;

    /// <summary>Ends all pins of a scope.</summary>
    public void Unpin(string scope)
    {
        lock (_gate)
        {
            _index.Unpin(scope);
        }
    }

    /// <summary>Ends all pins of a scope and deletes what nobody else pins or reads.</summary>
    public void Discard(string scope)
    {
        lock (_gate)
        {
            foreach (var hash in _index.Unpin(scope))
            {
                _index.Remove(hash);
                _folder.Delete(hash);
            }
        }
    }

    /// <summary>Ends one pin.</summary>
    public void Unpin(ContentHash hash, string scope)
    {
        lock (_gate)
        {
            _index.Unpin(hash, scope);
        }
    }

    /// <summary>Whether any scope pins the content.</summary>
    public bool IsPinned(ContentHash hash)
    {
        lock (_gate)
        {
            return _index.IsPinned(hash);
        }
    }

    /// <summary>Reads the bytes on disk and compares their hash with the name. Corrupt content is dropped, pinned or not, so that it can be put again.</summary>
    public async Task<ContentCheck> VerifyAsync(ContentHash hash, CancellationToken cancellationToken = default)
    {
        using var reader = OpenRead(hash);
        if (reader is null)
        {
            return ContentCheck.Missing;
        }

        if (await ContentHashing.HashAsync(reader.Stream.SafeFileHandle, cancellationToken) == hash)
        {
            return ContentCheck.Intact;
        }

        Drop(reader.Entry);
        return ContentCheck.Corrupt;
    }

    /// <summary>Lets the folder go. Puts and reads must have ended.</summary>
    public void Dispose()
    {
        _commit.Dispose();
        _folder.Dispose();
    }

    internal void EndRead(ContentIndex.Entry entry)
    {
        lock (_gate)
        {
            _index.EndRead(entry);
        }
    }

    internal void Reserve(long bytes)
    {
        lock (_gate)
        {
            foreach (var victim in _index.TryReserve(bytes) ?? throw new ContentStoreException(ContentRefusal.StoreFull))
            {
                _folder.Delete(victim);
            }
        }
    }

    internal void CancelReservation(long bytes)
    {
        lock (_gate)
        {
            _index.CancelReservation(bytes);
        }
    }

    internal bool EvictOne()
    {
        lock (_gate)
        {
            if (_index.EvictOne() is not { } victim)
            {
                return false;
            }

            _folder.Delete(victim);
            return true;
        }
    }

    private StoredContent? Keep(ContentHash hash, string? scope)
    {
        lock (_gate)
        {
            if (_index.Find(hash) is not { } entry)
            {
                return null;
            }

            _index.Touch(entry);
            if (scope is not null)
            {
                _index.Pin(hash, scope);
            }

            return new StoredContent(hash, entry.Length, AlreadyHad: true);
        }
    }

    private void Drop(ContentIndex.Entry entry)
    {
        lock (_gate)
        {
            if (!entry.Gone)
            {
                _index.Remove(entry.Hash);
                _folder.Delete(entry.Hash);
            }
        }
    }

    private async Task<StoredContent> CommitAsync(IncomingContent incoming, ContentHash? expected, string? pinScope, CancellationToken cancellationToken)
    {
        var hash = incoming.Seal();
        if (expected is { } promised && promised != hash)
        {
            throw new ContentStoreException(ContentRefusal.HashMismatch);
        }

        // Commits take turns: between the rename and the entry in the index no other put may decide about the same path.
        await _commit.WaitAsync(cancellationToken);
        try
        {
            if (Keep(hash, pinScope) is { } had)
            {
                return had;
            }

            _folder.Publish(incoming.TemporaryPath, hash);
            lock (_gate)
            {
                _index.CancelReservation(incoming.TakeReservation());
                _index.Add(hash, incoming.Length);
                if (pinScope is not null)
                {
                    _index.Pin(hash, pinScope);
                }
            }

            return new StoredContent(hash, incoming.Length, AlreadyHad: false);
        }
        finally
        {
            _commit.Release();
        }
    }
}
