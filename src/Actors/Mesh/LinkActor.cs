using System.Security.Cryptography;
using Google.Protobuf;
using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Mesh;

/// <summary>One WebSocket to one peer: handshake, then sealed frames both ways. Reads one frame at a time, so a peer is never faster than what handles it.</summary>
internal sealed class LinkActor : ReceiveActor
{
    private readonly LinkContext _link;
    private readonly IActorRef _mesh;
    private readonly IActorRef _self;
    private readonly Dial? _dial;
    private readonly InboundLink? _inbound;
    private readonly LinkKeys _keys = new();
    private readonly CancellationTokenSource _connecting = new();
    private readonly LinkSender _sender;
    private readonly LinkReceiver _receiver;
    private readonly LinkClock _clock;
    private CancellationTokenRegistration _revoked;
    private HandshakeState _handshake;
    private LinkSocket? _socket;
    private Address? _peer;
    private bool _isUp;
    private bool _isOver;

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
        _sender = new LinkSender(link.Options, link.Time);
        _receiver = new LinkReceiver(link.Options, link.Time);
        _clock = new LinkClock(link.Options, link.Time, () => _self.Tell(Tick.Instance, ActorRefs.NoSender));
        var hello = new LinkHello(
            link.Options.Chain, link.Key.Address, new Hash256(RandomNumberGenerator.GetBytes(Hash256.Size)), [.. _keys.Point()], link.Instance);
        _handshake = new HandshakeState.AwaitingHello(dial is null ? LinkRole.Listener : LinkRole.Dialer, hello, dial?.Expected);

        Receive<LinkIo.Connected>(connected => Begin(connected.Socket));
        Receive<LinkRead.Frame>(frame => OnFrame(frame.Bytes));
        Receive<LinkRead.Ended>(ended => End(ended.Reason, ended.ByPeer));
        Receive<LinkIo.Written>(OnWritten);
        Receive<Tick>(_ => OnTick());
        Receive<LinkProtocol.Open>(_ => GoUp(sayReady: true));
        Receive<LinkProtocol.AwaitReady>(_ => Read());
        Receive<LinkProtocol.Post>(post => Post(post.Frame));
        Receive<LinkProtocol.Refuse>(refuse => End(refuse.Reason));
    }

    protected override void PreStart()
    {
        _clock.Start();
        if (_dial is not null)
        {
            _ = LinkIo.ConnectAsync(_dial.Url, _link, _self, _connecting.Token);
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
        _sender.Dispose();
        _receiver.Dispose();
    }

    private void Begin(LinkSocket? socket)
    {
        if (socket is null)
        {
            End(LinkRefusal.Unreachable);
            return;
        }

        _socket = socket;
        Perform(Handshake.Start((HandshakeState.AwaitingHello)_handshake));
        Read();
    }

    private void Read()
    {
        if (!_isOver && _socket is { } socket)
        {
            _ = LinkIo.ReadAsync(socket, _receiver.MaxBytes, _self);
        }
    }

    private void OnFrame(byte[] wire)
    {
        if (_isOver)
        {
            return;
        }

        var verdict = _receiver.Take(wire);
        if (verdict is FrameVerdict.Refused refused)
        {
            End(refused.Refusal);
            return;
        }

        _clock.Heard();
        switch (verdict)
        {
            case FrameVerdict.Accepted { Entry.Phase: WirePhase.Handshake } accepted when !_receiver.IsSealed:
                OnHandshake(accepted);
                break;
            case FrameVerdict.Accepted { Message: LinkReady } when _receiver.IsSealed && !_isUp:
                GoUp(sayReady: false);
                break;
            case FrameVerdict.Accepted { Message: not LinkReady, Entry.Phase: not WirePhase.Handshake } accepted when _isUp:
                OnMessage(accepted);
                break;
            default:
                End(LinkRefusal.OutOfPhase);
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
                End(refused.Refusal);
                break;
            case HandshakeState.Established done:
                var (send, receive) = _keys.Derive(done.Role, done.Theirs.Ephemeral.AsSpan(), done.Transcript);
                _sender.SealWith(send);
                _receiver.OpenWith(receive);
                _peer = done.Theirs.Address;
                _inbound?.Ticket.Authenticated();
                _mesh.Tell(new LinkProtocol.Proved(done.Theirs.Address, done.Theirs.Instance, _dial), _self);
                break;
            default:
                Read();
                break;
        }
    }

    private void Perform(IEnumerable<HandshakeEffect> effects)
    {
        foreach (var effect in effects)
        {
            _sender.Say(FrameCodec.TryEncode(effect switch
            {
                HandshakeEffect.SendHello hello => hello.Mine.ToWire(),
                HandshakeEffect.SendProof proof => new Proof { Signature = ByteString.CopyFrom(_link.Key.Sign(proof.Digest).ToArray()) },
                _ => throw new InvalidOperationException($"Unknown handshake effect {effect.GetType().Name}."),
            })!);
        }

        Write();
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

        Read();
    }

    private void OnMessage(FrameVerdict.Accepted accepted)
    {
        switch (accepted.Message)
        {
            case Ping:
                Post(FrameCodec.TryEncode(new Pong())!);
                break;
            case Pong:
                break;
            case Announcements announcements when _receiver.Count(announcements) is { } refusal:
                End(refusal);
                return;
            default:
                _mesh.Tell(new LinkProtocol.Arrived(accepted.Entry.Phase, accepted.Message), _self);
                break;
        }

        Read();
    }

    private void Post(byte[] frame)
    {
        if (_isOver)
        {
            return;
        }

        if (!_sender.TryPost(frame))
        {
            End(LinkRefusal.SlowReader);
            return;
        }

        Write();
    }

    private void Write()
    {
        if (_isOver || _socket is null || _sender.IsWriting)
        {
            return;
        }

        switch (_sender.Begin())
        {
            case (_, { } refusal):
                End(refusal);
                break;
            case ({ } wire, _):
                _clock.WriteBegan();
                _ = LinkIo.WriteAsync(_socket, wire, _self);
                break;
            default:
                _clock.WakeAfter(_sender.Wait);
                break;
        }
    }

    private void OnWritten(LinkIo.Written written)
    {
        _sender.End();
        _clock.WriteEnded();

        // Of a connection that failed, the reader knows the reason better: the peer may have named it.
        if (written.Succeeded)
        {
            Write();
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
            End(LinkRefusal.CrowdedOut);
            return;
        }

        switch (_clock.Ticked())
        {
            case LinkClock.Verdict.HandshakeTimeout:
                End(_socket is null ? LinkRefusal.Unreachable : LinkRefusal.HandshakeTimeout);
                break;
            case LinkClock.Verdict.SlowReader:
                End(LinkRefusal.SlowReader);
                break;
            case LinkClock.Verdict.Silent:
                End(LinkRefusal.Silent);
                break;
            case LinkClock.Verdict.Ping:
                Post(FrameCodec.TryEncode(new Ping())!);
                break;
            default:
                Write();
                break;
        }
    }

    private void End(LinkRefusal reason, bool byPeer = false)
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
            _ = LinkIo.CloseAsync(socket, reason, _link.Time, _inbound);
        }
        else
        {
            // Also lets go of a connection that is on its way here.
            _connecting.Cancel();
        }
    }

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }
}
