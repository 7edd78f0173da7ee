namespace VideoMesh.Actors.Mesh;

/// <summary>What waits to be sent to one peer: bounded, in order, and paced well below what the peer allows, so that an honest node never floods. One owner.</summary>
public sealed class LinkOutbox
{
    // Half the rate and a quarter of the burst: a peer that was held up for a while finds no more than it allows when it goes on reading.
    private const double RateShare = 0.5;
    private const double BurstShare = 0.25;

    private readonly Queue<byte[]> _frames = [];
    private readonly int _maxFrames;
    private readonly long _maxBytes;
    private readonly TokenBucket _framePace;
    private readonly TokenBucket _bytePace;
    private long _bytes;

    public LinkOutbox(MeshOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _maxFrames = options.OutboxFrames;
        _maxBytes = options.OutboxBytes;
        _framePace = new TokenBucket(time, options.FramesPerSecond * RateShare, options.FrameBurst * BurstShare);
        _bytePace = new TokenBucket(time, options.BytesPerSecond * RateShare, options.ByteBurst * BurstShare);
    }

    public int Count => _frames.Count;

    /// <summary>Puts a frame at the end; false when it does not fit any more.</summary>
    public bool TryAdd(byte[] frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        if (_frames.Count >= _maxFrames || _bytes + frame.Length > _maxBytes)
        {
            return false;
        }

        _frames.Enqueue(frame);
        _bytes += frame.Length;
        return true;
    }

    /// <summary>Takes the next frame if the pace allows it.</summary>
    public byte[]? TryTake()
    {
        if (_frames.Count == 0 || Wait() > TimeSpan.Zero)
        {
            return null;
        }

        var frame = _frames.Dequeue();
        _bytes -= frame.Length;
        _ = _framePace.TryTake(1);
        _ = _bytePace.TryTake(Cost(frame));
        return frame;
    }

    /// <summary>How long the pace holds the next frame back; zero when it may go, or when there is none.</summary>
    public TimeSpan Wait()
    {
        if (!_frames.TryPeek(out var next))
        {
            return TimeSpan.Zero;
        }

        var (frames, bytes) = (_framePace.WaitFor(1), _bytePace.WaitFor(Cost(next)));
        return frames > bytes ? frames : bytes;
    }

    private static int Cost(byte[] frame) => frame.Length + FrameSeal.TagBytes;
}
