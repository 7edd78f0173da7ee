using System.Collections.Immutable;
using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Mesh;

/// <summary>A node's place in the mesh: keeps its links, tells of itself, learns of others, carries messages. See <see cref="MeshProtocol"/>.</summary>
public sealed class MeshActor : ReceiveActor
{
    private readonly MeshMemory _memory;
    private readonly LinkContext _context;
    private readonly MeshLinks _links;
    private readonly MeshVoice _voice;
    private readonly MeshClock _clock;

    /// <summary>For <see cref="Props"/>.</summary>
    public MeshActor(MeshMemory memory, LinkGate gate, Random random)
    {
        ArgumentNullException.ThrowIfNull(memory);
        _memory = memory;
        _voice = new MeshVoice(memory, random);
        _context = new LinkContext(memory.Options, memory.Key, memory.Instance, gate, memory.Time);
        _links = new MeshLinks(memory, gate, random);
        var self = Self;
        _clock = new MeshClock(memory.Time, () => self.Tell(Tick.Instance, ActorRefs.NoSender));

        Receive<MeshProtocol.Send>(OnSend);
        Receive<MeshProtocol.Subscribe>(OnSubscribe);
        Receive<MeshProtocol.Announce>(OnAnnounce);
        Receive<MeshProtocol.GetDirectory>(_ => Sender.Tell(new MeshProtocol.Directory(
            [.. memory.Peers.Entries.Select(entry => new MeshProtocol.DirectoryEntry(entry.Announcement, _links.Find(entry.Announcement.Address) is not null))])));
        Receive<GetLinkCounters>(_ => Sender.Tell(new LinkCounters(_links.UpCount, memory.Ended.ToImmutableSortedDictionary(StringComparer.Ordinal))));
        Receive<InboundLink>(inbound => StartLink(PropsOf.Actor<LinkActor>(_context, inbound), dial: null));
        Receive<LinkProtocol.Proved>(OnProved);
        Receive<LinkProtocol.Chosen>(_ => Use(Sender));
        Receive<LinkProtocol.Arrived>(OnArrived);
        Receive<LinkProtocol.Ended>(ended => OnEnded(Sender, ended.Peer, ended.Reason, ended.ByPeer));
        Receive<Terminated>(OnTerminated);
        Receive<Tick>(_ => OnTick());
    }

    private TimeSpan Now => _memory.Now;

    /// <summary>How to make a node's mesh actor.</summary>
    /// <param name="key">The node's account. Not disposed.</param>
    /// <param name="profile">What it announces until told otherwise by <see cref="MeshProtocol.Announce"/>.</param>
    /// <param name="gate">The same that <see cref="MeshEndpoint.MapMesh"/> gets.</param>
    /// <param name="random">For jitter and the choice of neighbours; used by this actor alone.</param>
    /// <exception cref="ArgumentException">Options or profile break a rule; the message says which.</exception>
    public static Props Props(MeshOptions options, PrivateKey key, NodeProfile profile, LinkGate gate, TimeProvider time, Random random)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(gate);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(random);
        if (options.Validate() is { IsEmpty: false } errors)
        {
            throw new ArgumentException(string.Join(' ', errors), nameof(options));
        }

        if (MeshRules.Check(profile) is { } error)
        {
            throw new ArgumentException(error, nameof(profile));
        }

        return PropsOf.Actor<MeshActor>(new MeshMemory(options, key, profile, time), gate, random);
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PreStart()
    {
        foreach (var subscriber in _memory.Audience.Subscribers)
        {
            Context.Watch(subscriber);
        }

        _links.Review();
        _clock.Set(MeshDuty.Expire, _memory.Peers.NextDeadline, Now);
        SpreadOwn();
        StartDials();
    }

    protected override void PostStop()
    {
        _clock.Dispose();
        _memory.Audience.AllDown();
    }

    private void OnSend(MeshProtocol.Send send)
    {
        if (_links.Find(send.To) is { } link && FrameCodec.TryEncode(send.Message) is { } frame)
        {
            link.Tell(new LinkProtocol.Post(frame));
        }
        else
        {
            Sender.Tell(new MeshProtocol.Undeliverable(send.To, send.Message));
        }
    }

    private void OnSubscribe(MeshProtocol.Subscribe subscribe)
    {
        _memory.Audience.Add(subscribe, _memory.Peers);
        Context.Watch(subscribe.Subscriber);
    }

    private void OnAnnounce(MeshProtocol.Announce announce)
    {
        if (MeshRules.Check(announce.Profile) is { } error)
        {
            Sender.Tell(new Status.Failure(new ArgumentException(error, nameof(announce))));
            return;
        }

        _memory.Profile = announce.Profile;
        _links.Review();
        SpreadOwnSoon();
        StartDials();
    }

    private void OnProved(LinkProtocol.Proved proved)
    {
        switch (_links.Judge(Sender, proved))
        {
            case LinkJudgement.Refuse refuse:
                Sender.Tell(new LinkProtocol.Refuse(refuse.Reason));
                break;
            case LinkJudgement.Open:
                Sender.Tell(LinkProtocol.Open.Instance);
                Use(Sender);
                break;
            case LinkJudgement.AwaitReady:
                Sender.Tell(LinkProtocol.AwaitReady.Instance);
                break;
        }
    }

    private void Use(IActorRef link)
    {
        if (_links.Use(link) is not { } use)
        {
            return;
        }

        use.Replaced?.Tell(new LinkProtocol.Refuse(LinkRefusal.Replaced));
        if (use.Restarted)
        {
            _memory.Audience.Down(use.Peer);
        }

        if (_voice.IsDue)
        {
            SpreadOwn();
        }

        Post(link, _voice.Introduction(use.Peer));
        StartDials();
    }

    private void OnArrived(LinkProtocol.Arrived arrived)
    {
        var link = Sender;
        if (_links.PeerOf(link) is not { } from)
        {
            return;
        }

        if (arrived.Message is Announcements announcements)
        {
            Learn(link, from, announcements);
        }
        else if (arrived.Phase != WirePhase.Open || !_links.IsIntroduced(link))
        {
            link.Tell(new LinkProtocol.Refuse(arrived.Phase == WirePhase.Open ? LinkRefusal.Unannounced : LinkRefusal.OutOfPhase));
        }
        else
        {
            _memory.Audience.Deliver(new MeshProtocol.Received(from, arrived.Message));
        }
    }

    private void Learn(IActorRef link, Address from, Announcements announcements)
    {
        foreach (var item in announcements.Items)
        {
            switch (_memory.Peers.Offer(item, from, _memory.Sequence, Now, _memory.Time.GetUtcNow()))
            {
                case OfferOutcome.Refused refused:
                    link.Tell(new LinkProtocol.Refuse(refused.Refusal));
                    return;
                case OfferOutcome.Older older:
                    Post(link, _voice.Echo(older.Known));
                    break;
                case OfferOutcome.OwnEcho echo:
                    _memory.Sequence = echo.Sequence;
                    SpreadOwnSoon();
                    break;
                case OfferOutcome.Stored stored:
                    OnStored(stored);
                    break;
            }
        }

        if (_memory.Peers.Find(from) is not { } entry)
        {
            link.Tell(new LinkProtocol.Refuse(LinkRefusal.Unannounced));
        }
        else if (_links.Introduce(link))
        {
            _memory.Audience.Up(entry.Announcement);
        }
    }

    private void OnStored(OfferOutcome.Stored stored)
    {
        var announcement = stored.Entry.Announcement;
        _voice.Heard(announcement.Address);
        GossipSoon();
        _clock.SetBy(MeshDuty.Expire, stored.Entry.Deadline, Now);

        if (stored.ProfileChanged)
        {
            _links.Learn(announcement);
            StartDials();
            _memory.Audience.Changed(announcement);
        }
    }

    private void OnEnded(IActorRef link, Address? found, LinkRefusal reason, bool byPeer)
    {
        if (!_links.IsAlive(link))
        {
            return;
        }

        if (!byPeer)
        {
            _memory.Ended[reason.Name] = _memory.Ended.GetValueOrDefault(reason.Name) + 1;
        }

        if (_links.Ended(link, found, reason) is { } peer)
        {
            _memory.Audience.Down(peer);
        }

        StartDials();
    }

    private void OnTerminated(Terminated terminated)
    {
        if (_links.IsAlive(terminated.ActorRef))
        {
            OnEnded(terminated.ActorRef, found: null, LinkRefusal.ConnectionLost, byPeer: false);
        }
        else
        {
            _memory.Audience.Remove(terminated.ActorRef);
        }
    }

    private void OnTick()
    {
        var duties = _clock.TakeDue(Now);
        if (duties.HasFlag(MeshDuty.Expire))
        {
            foreach (var gone in _memory.Peers.Expire(Now))
            {
                _links.Forget(gone);
                _links.Find(gone)?.Tell(new LinkProtocol.Refuse(LinkRefusal.NotRenewed));
                _memory.Audience.Down(gone);
            }

            _clock.Set(MeshDuty.Expire, _memory.Peers.NextDeadline, Now);
        }

        if (duties.HasFlag(MeshDuty.Renew))
        {
            SpreadOwn();
        }

        if (duties.HasFlag(MeshDuty.Gossip))
        {
            Gossip();
        }

        if (duties.HasFlag(MeshDuty.Dial))
        {
            StartDials();
        }
    }

    private void StartDials()
    {
        foreach (var dial in _links.TakeDials())
        {
            StartLink(PropsOf.Actor<LinkActor>(_context, dial), dial);
        }

        _clock.Set(MeshDuty.Dial, _links.NextDial(), Now);
    }

    private void StartLink(Props props, Dial? dial)
    {
        var link = Context.ActorOf(props);
        _links.Started(link, dial);
        Context.Watch(link);
    }

    // A node whose slots come and go says so at most once per gossip interval.
    private void SpreadOwnSoon()
    {
        _voice.IsStale = true;
        if (_voice.SpokeJustNow)
        {
            GossipSoon();
        }
        else
        {
            SpreadOwn();
        }
    }

    private void SpreadOwn()
    {
        _clock.Set(MeshDuty.Renew, _voice.Renew(), Now);
        foreach (var peer in _links.Peers)
        {
            Post(_links.Find(peer)!, _voice.OwnFrames());
        }
    }

    private void GossipSoon() => _clock.SetBy(MeshDuty.Gossip, Now + _memory.Options.GossipInterval, Now);

    private void Gossip()
    {
        if (_voice.IsStale)
        {
            SpreadOwn();
        }

        foreach (var (to, frames) in _voice.Gossip(_links.Peers))
        {
            Post(_links.Find(to)!, frames);
        }
    }

    private static void Post(IActorRef link, IEnumerable<byte[]> frames)
    {
        foreach (var frame in frames)
        {
            link.Tell(new LinkProtocol.Post(frame));
        }
    }

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }
}
