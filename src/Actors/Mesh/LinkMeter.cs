namespace VideoMesh.Actors.Mesh;

/// <summary>Counts the raw bytes of one connection as they are read, below the WebSocket: control frames and headers never come up to where frames are counted, and
/// a peer that sends nothing else would otherwise be free to. One reader at a time.</summary>
internal sealed class LinkMeter(MeshOptions options, TimeProvider time)
{
    // Header of a masked frame is at most 14 bytes.
    private const int HeaderBytes = 16;

    // A whole frame may be read before its payload is credited, and the WebSocket reads ahead.
    private const double MaxOverhead = 4 * FrameCodec.MaxFrameBytes;

    private const double ForgivenPerSecond = 1024;

    private readonly TokenBucket _bytes = new(time, options.BytesPerSecond, options.ByteBurst + MaxOverhead);
    private double _overhead;
    private long _stamp = time.GetTimestamp();

    /// <summary>True for good once the peer has sent more than it may.</summary>
    public bool IsFlooded { get; private set; }

    /// <summary>Bytes came off the connection.</summary>
    /// <exception cref="IOException">They were too many; the WebSocket above ends.</exception>
    public void Raw(int bytes)
    {
        _overhead += bytes;
        if (_overhead > MaxOverhead)
        {
            Forgive();
        }

        if (IsFlooded || _overhead > MaxOverhead || !_bytes.TryTake(bytes))
        {
            IsFlooded = true;
            throw new IOException(LinkRefusal.Flood.Sentence);
        }
    }

    /// <summary>Bytes came up as payload of one piece of a frame.</summary>
    public void Payload(int bytes) => _overhead = Math.Max(0, _overhead - bytes - HeaderBytes);

    private void Forgive()
    {
        var now = time.GetTimestamp();
        _overhead = Math.Max(0, _overhead - (time.GetElapsedTime(_stamp, now).TotalSeconds * ForgivenPerSecond));
        _stamp = now;
    }
}

/// <summary>A connection whose reads are metered.</summary>
internal sealed class MeteredStream(Stream inner, LinkMeter meter) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        meter.Raw(read);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        meter.Raw(read);
        return read;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
