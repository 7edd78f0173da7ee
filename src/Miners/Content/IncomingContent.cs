using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Content;

/// <summary>Content on its way into the store: a temporary file, its running hash and the budget set aside for it. Disposing undoes all that was not committed.</summary>
internal sealed class IncomingContent : IDisposable
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly ContentStore _store;
    private readonly SafeFileHandle _file;
    private readonly IncrementalHash _hasher = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly bool _ours;
    private long _reserved;

    private IncomingContent(ContentStore store, string temporaryPath, SafeFileHandle file, bool ours)
    {
        _store = store;
        TemporaryPath = temporaryPath;
        _file = file;
        _ours = ours;
    }

    public string TemporaryPath { get; }

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    public static IncomingContent Create(ContentStore store, string temporaryPath)
    {
        try
        {
            return new IncomingContent(store, temporaryPath, File.OpenHandle(temporaryPath, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read), ours: true);
        }
        catch (IOException failure) when (Posix.IsDiskFull(failure))
        {
            throw new ContentStoreException(ContentRefusal.StoreFull, failure);
        }
    }

    /// <summary>Takes part in an existing file by a hard link; null when its file system is another one.</summary>
    public static IncomingContent? TryAdopt(ContentStore store, string path, string temporaryPath)
    {
        ContentFolder.OpenRegularFile(path).Dispose();
        if (!Posix.TryLink(path, temporaryPath))
        {
            return null;
        }

        try
        {
            // What counts is the file that was linked, whatever now lies at the path.
            return new IncomingContent(store, temporaryPath, ContentFolder.OpenRegularFile(temporaryPath).SafeFileHandle, ours: false);
        }
        catch
        {
            File.Delete(temporaryPath);
            throw;
        }
    }

    /// <summary>Writes the stream to its end.</summary>
    public async Task FillAsync(Stream content, long maxBytes, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ContentHashing.PieceBytes);
        try
        {
            while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var read)
            {
                if (read > maxBytes - Length)
                {
                    throw new ContentStoreException(ContentRefusal.TooLarge);
                }

                Reserve(read);
                _hasher.AppendData(buffer, 0, read);
                await WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                Length += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Hashes an adopted file.</summary>
    public async Task HashAsync(CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ContentHashing.PieceBytes);
        try
        {
            while (await RandomAccess.ReadAsync(_file, buffer, Length, cancellationToken) is > 0 and var read)
            {
                Reserve(read);
                _hasher.AppendData(buffer, 0, read);
                Length += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Ends the content: flushed to disk, read-only if the file is the store's own. Gives its name.</summary>
    public ContentHash Seal()
    {
        try
        {
            if (_ours)
            {
                File.SetUnixFileMode(_file, ReadOnly);
            }

            RandomAccess.FlushToDisk(_file);
        }
        catch (IOException failure) when (Posix.IsDiskFull(failure))
        {
            throw new ContentStoreException(ContentRefusal.StoreFull, failure);
        }

        return _hasher.Finish();
    }

    /// <summary>Hands the budget set aside over to the caller.</summary>
    public long TakeReservation()
    {
        var bytes = _reserved;
        _reserved = 0;
        return bytes;
    }

    public void Dispose()
    {
        _hasher.Dispose();
        _file.Dispose();
        _store.CancelReservation(TakeReservation());
        File.Delete(TemporaryPath);
    }

    private void Reserve(int bytes)
    {
        _store.Reserve(bytes);
        _reserved += bytes;
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await RandomAccess.WriteAsync(_file, piece, Length, cancellationToken);
                return;
            }
            catch (IOException failure) when (Posix.IsDiskFull(failure))
            {
                // The disk can be smaller than the budget: then eviction makes room all the same.
                if (!_store.EvictOne())
                {
                    throw new ContentStoreException(ContentRefusal.StoreFull, failure);
                }
            }
        }
    }
}
