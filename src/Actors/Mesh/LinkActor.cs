using System.Security.Cryptography;
using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Mesh;

/// <summary>One WebSocket to one peer: handshake, then sealed frames both ways. Reads one frame at a time, so a peer is never faster than what handles it.</summary>
internal sealed class LinkActor : ReceiveActor
{
    // A hello is about 200 bytes: strangers get no more room than that needs.
    private const int MaxHandshakeFrameBytes = 1024;

    private readonly LinkContext _link;
    private readonly IActorRef _mesh;
    private readonly IActorRef _self;
    private readonly Dial? _dial;
    private readonly InboundLink? _inbound;
    private readonly LinkKeys _keys = new();
    private readonly CancellationTokenSource _connecting = new();
    private readonly Queue<byte[]> _handshakeFrames = [];
    private readonly LinkOutbox _outbox;
    private readonly LinkInbox _inbox;
    private readonly LinkClock _clock;
    private CancellationTokenRegistration _revoked;
    private HandshakeState _handshake;
    private LinkSocket? _socket;
    private FrameSeal? _send;
    private FrameSeal? _receive;
    private Address? _peer;
    private bool _isUp;
    private bool _isOver;
    private bool _isWriting;

    public LinkActor(LinkContext link, Dial dial)
        : this(link, dial, inbound: null)
    {
    }

    public LinkActor(LinkContext link, InboundLink inbound)
        : this(link, dial: null, inbound)
    {
    }

    private LinkActor(LinkContext link, Dial? dial, InboundLink? inbound)
    {
        _link = link;
        _dial = dial;
        _inbound = inbound;
        _mesh = Context.Parent;
        _self = Self;
        _outbox = new LinkOutbox(link.Options, link.Time);
        _inbox = new LinkInbox(link.Options, link.Time);
        _clock = new LinkClock(link.Options, link.Time, () => _self.Tell(Tick.Instance, ActorRefs.NoSender));
        var hello = new LinkHello(
            link.Options.Chain, link.Key.Address, new Hash256(RandomNumberGenerator.GetBytes(Hash256.Size)), [.. _keys.Point()], link.Instance);
        _handshake = new HandshakeState.AwaitingHello(dial is null ? LinkRole.Listener : LinkRole.Dialer, hello, dial?.Expected);

        Receive<Connected>(connected => Begin(connected.Socket));
        Receive<LinkRead.Frame>(frame => OnFrame(frame.Bytes));
        Receive<LinkRead.Ended>(ended => End(ended.Reason, ended.ByPeer));
        Receive<Written>(OnWritten);
        Receive<Tick>(_ => OnTick());
        Receive<LinkProtocol.Open>(_ => GoUp(sayReady: true));
        Receive<LinkProtocol.AwaitReady>(_ => StartReading());
        Receive<LinkProtocol.Post>(post => Post(post.Frame));
        Receive<LinkProtocol.Refuse>(refuse => End(refuse.Reason, byPeer: false));
    }

    protected override void PreStart()
    {
        _clock.Start();
        if (_dial is not null)
        {
            _ = ConnectAsync(_dial.Url, _link, _self, _connecting.Token);
        }
        else if (_inbound is not null)
        {
            _inbound.Take();
            _revoked = _inbound.Ticket.Revoked.Register(() => _self.Tell(Tick.Instance, ActorRefs.NoSender));
            Begin(_inbound.Socket);
        }
    }

    protected override void PostStop()
    {
        if (!_isOver)
        {
            Finish(LinkRefusal.Leaving);
        }

        _revoked.Dispose();
        _clock.Dispose();
        _keys.Dispose();
        _send?.Dispose();
        _receive?.Dispose();
    }

    private void Begin(LinkSocket? socket)
    {
        if (socket is null)
        {
            End(LinkRefusal.Unreachable, byPeer: false);
            return;
        }

        _socket = socket;
        Perform(Handshake.Start((HandshakeState.AwaitingHello)_handshake));
        StartReading();
    }

    private void StartReading()
    {
        if (!_isOver && _socket is { } socket)
        {
            _ = ReadAsync(socket, _receive is null ? MaxHandshakeFrameBytes : FrameCodec.MaxFrameBytes, _self);
        }
    }

    private void OnFrame(byte[] wire)
    {
        if (_isOver)
        {
            return;
        }

        // Cheapest first: count, open, decode, look at the phase.
        var plain = wire;
        if (_receive is not null)
        {
            if (_inbox.Count(wire.Length) is { } flood)
            {
                End(flood, byPeer: false);
                return;
            }

            if (_receive.TryOpen(wire) is not { } opened)
            {
                End(_receive.IsExhausted ? LinkRefusal.KeyExhausted : LinkRefusal.ForgedFrame, byPeer: false);
                return;
            }

            plain = opened;
        }

        _clock.Heard();
        switch (FrameCodec.Decode(plain))
        {
            case FrameVerdict.Refused refused:
                End(refused.Refusal, byPeer: false);
                break;
            case FrameVerdict.Accepted { Entry.Phase: WirePhase.Handshake } accepted when _receive is null:
                OnHandshake(accepted);
                break;
            case FrameVerdict.Accepted accepted when _receive is not null && accepted.Entry.Phase != WirePhase.Handshake:
                OnMessage(accepted);
                break;
            default:
                End(LinkRefusal.OutOfPhase, byPeer: false);
                break;
        }
    }

    private void OnHandshake(FrameVerdict.Accepted accepted)
    {
        var decision = Handshake.Decide(_handshake, accepted.Message);
        _handshake = Handshake.Apply(_handshake, decision.Event);
        Perform(decision.Effects);
        switch (_handshake)
        {
            case HandshakeState.Refused refused:
                End(refused.Refusal, byPeer: false);
                break;
            case HandshakeState.Established done:
                (_send, _receive) = _keys.Derive(done.Role, done.Theirs.Ephemeral.AsSpan(), done.Transcript);
                _peer = done.Theirs.Address;
                _inbound?.Ticket.Authenticated();
                _mesh.Tell(new LinkProtocol.Proved(done.Theirs.Address, done.Theirs.Instance, _dial), _self);
                break;
            default:
                StartReading();
                break;
        }
    }

    private void OnMessage(FrameVerdict.Accepted accepted)
    {
        switch (accepted.Message)
        {
            case LinkReady when !_isUp:
                GoUp(sayReady: false);
                return;
            case LinkReady:
                End(LinkRefusal.OutOfPhase, byPeer: false);
                return;
            case var _ when !_isUp:
                End(LinkRefusal.OutOfPhase, byPeer: false);
                return;
            case Ping:
                Post(FrameCodec.TryEncode(new Pong())!);
                break;
            case Pong:
                break;
            case Announcements announcements when _inbox.Count(announcements) is { } refusal:
                End(refusal, byPeer: false);
                return;
            default:
                _mesh.Tell(new LinkProtocol.Arrived(accepted.Entry.Phase, accepted.Message), _self);
                break;
        }

        StartReading();
    }

    private void GoUp(bool sayReady)
    {
        if (_isOver)
        {
            return;
        }

        _isUp = true;
        _clock.Up();
        if (sayReady)
        {
            Post(FrameCodec.TryEncode(new LinkReady())!);
        }
        else
        {
            _mesh.Tell(new LinkProtocol.Chosen(), _self);
        }

        StartReading();
    }

    private void Perform(IEnumerable<HandshakeEffect> effects)
    {
        foreach (var effect in effects)
        {
            _handshakeFrames.Enqueue(FrameCodec.TryEncode(effect switch
            {
                HandshakeEffect.SendHello hello => hello.Mine.ToWire(),
                HandshakeEffect.SendProof proof => new Proof { Signature = Google.Protobuf.ByteString.CopyFrom(_link.Key.Sign(proof.Digest).ToArray()) },
                _ => throw new InvalidOperationException($"Unknown handshake effect {effect.GetType().Name}."),
            })!);
        }

        WriteNext();
    }

    private void Post(byte[] frame)
    {
        if (_isOver)
        {
            return;
        }

        if (!_outbox.TryAdd(frame))
        {
            End(LinkRefusal.SlowReader, byPeer: false);
            return;
        }

        WriteNext();
    }

    private void WriteNext()
    {
        if (_isWriting || _isOver || _socket is null)
        {
            return;
        }

        if (!_handshakeFrames.TryDequeue(out var wire))
        {
            if (_send is null || _outbox.TryTake() is not { } plain)
            {
                _clock.WakeAfter(_outbox.Count > 0 ? _outbox.Wait() : null);
                return;
            }

            if (_send.IsExhausted)
            {
                End(LinkRefusal.KeyExhausted, byPeer: false);
                return;
            }

            wire = _send.Seal(plain);
        }

        _isWriting = true;
        _clock.WriteBegan();
        _ = WriteAsync(_socket, wire, _self);
    }

    private void OnWritten(Written written)
    {
        _isWriting = false;
        _clock.WriteEnded();

        // Of a connection that failed, the reader knows the reason better: the peer may have named it.
        if (written.Succeeded)
        {
            WriteNext();
        }
    }

    private void OnTick()
    {
        if (_isOver)
        {
            return;
        }

        if (_inbound is { Ticket.WasCrowdedOut: true } && _peer is null)
        {
            End(LinkRefusal.CrowdedOut, byPeer: false);
            return;
        }

        switch (_clock.Ticked(_isUp))
        {
            case LinkClock.Verdict.HandshakeTimeout:
                End(_socket is null ? LinkRefusal.Unreachable : LinkRefusal.HandshakeTimeout, byPeer: false);
                break;
            case LinkClock.Verdict.SlowReader:
                End(LinkRefusal.SlowReader, byPeer: false);
                break;
            case LinkClock.Verdict.Silent:
                End(LinkRefusal.Silent, byPeer: false);
                break;
            case LinkClock.Verdict.Ping:
                Post(FrameCodec.TryEncode(new Ping())!);
                break;
            default:
                WriteNext();
                break;
        }
    }

    private void End(LinkRefusal reason, bool byPeer)
    {
        if (_isOver)
        {
            return;
        }

        if (!byPeer && (reason.IsMisbehaviour || (reason == LinkRefusal.HandshakeTimeout && _inbound is not null)))
        {
            _link.Gate.Punish(_inbound?.Ticket.Remote, _peer);
        }

        Finish(reason);

        // A dialer learns whom it found even when the link is refused; nothing but its own dialling hangs on that claim.
        var found = _peer ?? (_handshake as HandshakeState.AwaitingProof)?.Theirs.Address;
        _mesh.Tell(new LinkProtocol.Ended(_dial, found, reason, byPeer), _self);
        Context.System.EventStream.Publish(new LinkEnded(_peer, _dial?.Url.ToString() ?? _inbound!.Ticket.Remote.ToString(), reason, byPeer));
        Context.Stop(_self);
    }

    private void Finish(LinkRefusal reason)
    {
        _isOver = true;
        if (_socket is { } socket)
        {
            _ = CloseAsync(socket, reason, _link.Time, _inbound);
        }
        else
        {
            // Also lets go of a connection that is on its way here.
            _connecting.Cancel();
        }
    }

    private static async Task ConnectAsync(Uri url, LinkContext link, IActorRef self, CancellationToken cancellation)
    {
        var socket = await LinkDialer.ConnectAsync(url, link.Options, link.Time, cancellation);
        cancellation.Register(() => socket?.Dispose());
        self.Tell(new Connected(socket), ActorRefs.NoSender);
    }

    private static async Task ReadAsync(LinkSocket socket, int maxBytes, IActorRef self) =>
        self.Tell(await socket.ReadAsync(maxBytes), ActorRefs.NoSender);

    private static async Task WriteAsync(LinkSocket socket, byte[] frame, IActorRef self) =>
        self.Tell(new Written(await socket.WriteAsync(frame)), ActorRefs.NoSender);

    private static async Task CloseAsync(LinkSocket socket, LinkRefusal reason, TimeProvider time, InboundLink? inbound)
    {
        await socket.CloseAsync(reason, time);
        inbound?.End();
    }

    private sealed record Connected(LinkSocket? Socket);

    private sealed record Written(bool Succeeded);

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }
}
