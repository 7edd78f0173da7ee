using VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Mesh;

/// <summary>What one peer may send: buckets for frames, bytes and announcements. One owner.</summary>
public sealed class LinkInbox
{
    private readonly TokenBucket _frames;
    private readonly TokenBucket _bytes;
    private readonly TokenBucket _announcements;

    public LinkInbox(MeshOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _frames = new TokenBucket(time, options.FramesPerSecond, options.FrameBurst);
        _bytes = new TokenBucket(time, options.BytesPerSecond, options.ByteBurst);
        _announcements = new TokenBucket(time, options.AnnouncementsPerSecond, options.AnnouncementBurst);
    }

    /// <summary>Counts a frame as it came off the wire.</summary>
    /// <returns>Null, or the refusal.</returns>
    public LinkRefusal? Count(int wireBytes) => _frames.TryTake(1) && _bytes.TryTake(wireBytes) ? null : LinkRefusal.Flood;

    /// <summary>Counts the announcements of a frame, and bounds how many one frame may have.</summary>
    /// <returns>Null, or the refusal.</returns>
    public LinkRefusal? Count(Announcements announcements)
    {
        ArgumentNullException.ThrowIfNull(announcements);
        return announcements.Items.Count > AnnouncementCodec.MaxPerFrame ? LinkRefusal.AnnouncementMalformed
            : _announcements.TryTake(announcements.Items.Count) ? null
            : LinkRefusal.Flood;
    }
}
