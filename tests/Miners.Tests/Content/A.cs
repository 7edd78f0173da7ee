using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;

namespace VideoMesh.Miners.Tests.Content;

/// <summary>Builders of the content tests.</summary>
internal static class A
{
    public static readonly byte[] Secret = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static ContentStore Store(string folder, long budgetBytes = 1L << 30) =>
        ContentStore.Open(new ContentStoreOptions { Folder = folder, BudgetBytes = budgetBytes });

    public static TicketGrant Grant(TicketVerbs verbs = TicketVerbs.Get | TicketVerbs.Put, ContentHash? content = null, long maxBytes = 1L << 30, string scope = "job-1/0/1") => new()
    {
        Verbs = verbs,
        Content = content,
        MaxBytes = maxBytes,
        Expires = DateTimeOffset.UnixEpoch.AddDays(100_000),
        Scope = scope,
    };

    public static async Task<StoredContent> PutAsync(this ContentStore store, byte[] bytes, string? pinScope = null) =>
        await store.PutAsync(new MemoryStream(bytes), ContentHash.Of(bytes), bytes.Length, pinScope);

    public static async Task<byte[]?> ReadAllAsync(this ContentStore store, ContentHash hash)
    {
        using var reader = store.OpenRead(hash);
        if (reader is null)
        {
            return null;
        }

        var bytes = new byte[reader.Length];
        await reader.Stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    public static string[] TemporaryFiles(string storeFolder) => Directory.GetFiles(Path.Combine(storeFolder, "tmp"));
}

/// <summary>As many cheap bytes as wanted, from nowhere.</summary>
internal sealed class PatternStream(long length, Action<long>? onRead = null) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        onRead?.Invoke(_position);
        var count = (int)Math.Min(buffer.Length, length - _position);
        buffer[..count].Fill((byte)(_position >> 17));
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
