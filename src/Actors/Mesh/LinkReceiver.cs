using VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Mesh;

/// <summary>The receiving half of a link: counts, opens and decodes frames, in that order from cheap to dear. One owner.</summary>
internal sealed class LinkReceiver(MeshOptions options, TimeProvider time) : IDisposable
{
    // A hello is about 200 bytes: strangers get no more room than that needs.
    private const int MaxHandshakeFrameBytes = 1024;

    private readonly LinkInbox _inbox = new(options, time);
    private FrameSeal? _seal;

    /// <summary>Both ends are known, and every frame is sealed.</summary>
    public bool IsSealed => _seal is not null;

    /// <summary>Longest frame that may come now, in bytes.</summary>
    public int MaxBytes => IsSealed ? FrameCodec.MaxFrameBytes : MaxHandshakeFrameBytes;

    /// <summary>Everything from here on comes under this seal.</summary>
    public void OpenWith(FrameSeal seal) => _seal = seal;

    /// <summary>Takes one frame as it came off the wire.</summary>
    public FrameVerdict Take(byte[] wire)
    {
        if (_seal is null)
        {
            return FrameCodec.Decode(wire);
        }

        return _inbox.Count(wire.Length) is { } flood ? new FrameVerdict.Refused(flood)
            : _seal.TryOpen(wire) is { } plain ? FrameCodec.Decode(plain)
            : new FrameVerdict.Refused(_seal.IsExhausted ? LinkRefusal.KeyExhausted : LinkRefusal.ForgedFrame);
    }

    /// <inheritdoc cref="LinkInbox.Count(Announcements)"/>
    public LinkRefusal? Count(Announcements announcements) => _inbox.Count(announcements);

    public void Dispose() => _seal?.Dispose();
}
