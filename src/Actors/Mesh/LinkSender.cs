namespace VideoMesh.Actors.Mesh;

/// <summary>The sending half of a link: what is said in the clear during the handshake, then sealed frames at their pace, one write at a time. One owner.</summary>
internal sealed class LinkSender(MeshOptions options, TimeProvider time) : IDisposable
{
    private readonly Queue<byte[]> _clear = [];
    private readonly LinkOutbox _outbox = new(options, time);
    private FrameSeal? _seal;

    /// <summary>A write is under way.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>How long the pace holds the next frame back; null: nothing waits.</summary>
    public TimeSpan? Wait => _seal is not null && _outbox.Count > 0 ? _outbox.Wait() : null;

    /// <summary>Says a handshake frame, before anything sealed.</summary>
    public void Say(byte[] frame) => _clear.Enqueue(frame);

    /// <summary>Everything that is posted goes out under this seal.</summary>
    public void SealWith(FrameSeal seal) => _seal = seal;

    /// <summary>Puts a frame at the end; false when the peer has let too much pile up.</summary>
    public bool TryPost(byte[] frame) => _outbox.TryAdd(frame);

    /// <summary>Begins the next write, if there is one to begin now.</summary>
    /// <returns>The bytes to hand to the network, or the refusal that ends the link, or neither.</returns>
    public (byte[]? Wire, LinkRefusal? Refusal) Begin()
    {
        if (IsWriting)
        {
            return default;
        }

        if (!_clear.TryDequeue(out var wire))
        {
            if (_seal is null || _outbox.TryTake() is not { } plain)
            {
                return default;
            }

            if (_seal.IsExhausted)
            {
                return (null, LinkRefusal.KeyExhausted);
            }

            wire = _seal.Seal(plain);
        }

        IsWriting = true;
        return (wire, null);
    }

    /// <summary>The write is over.</summary>
    public void End() => IsWriting = false;

    public void Dispose() => _seal?.Dispose();
}
