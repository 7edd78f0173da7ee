using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Content;

/// <summary>Open content. As long as it is not disposed, the content is not evicted.</summary>
public sealed class ContentReader : IDisposable
{
    private readonly ContentStore _store;
    private int _disposed;

    internal ContentReader(ContentStore store, ContentIndex.Entry entry, FileStream stream)
    {
        _store = store;
        Entry = entry;
        Stream = stream;
    }

    public ContentHash Hash => Entry.Hash;

    /// <summary>Size in bytes.</summary>
    public long Length => Entry.Length;

    /// <summary>The bytes, unbuffered and seekable; its handle serves positioned reads too.</summary>
    public FileStream Stream { get; }

    internal ContentIndex.Entry Entry { get; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Stream.Dispose();
            _store.EndRead(Entry);
        }
    }
}
