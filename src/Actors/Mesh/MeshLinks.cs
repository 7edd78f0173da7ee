using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Mesh;

/// <summary>Which links a node has, which of them are in use, and which it wants. Starts and ends none itself. One owner.</summary>
internal sealed class MeshLinks
{
    private readonly MeshMemory _memory;
    private readonly LinkGate _gate;
    private readonly LinkTable<IActorRef> _table;
    private readonly DialPlan _plan;
    private readonly Dictionary<IActorRef, Dial?> _alive = [];
    private readonly HashSet<IActorRef> _introduced = [];

    public MeshLinks(MeshMemory memory, LinkGate gate, Random random)
    {
        _memory = memory;
        _gate = gate;
        _table = new LinkTable<IActorRef>(memory.Key.Address, memory.Options.MaxLinks, memory.Options.OutboundReserve);
        _plan = new DialPlan(memory.Options, random);
    }

    /// <summary>How many are in use.</summary>
    public int UpCount => _table.UpCount;

    /// <summary>To whom links are in use.</summary>
    public IEnumerable<Address> Peers => _table.Peers;

    private int Room => _memory.Options.MaxLinks - _table.Count - _plan.InFlight;

    /// <summary>The link in use to this address, or null.</summary>
    public IActorRef? Find(Address peer) => _table.Find(peer);

    /// <summary>Whose link in use this is, or null.</summary>
    public Address? PeerOf(IActorRef link) => _table.PeerOf(link);

    /// <summary>A link's actor was started, for this dial or for an inbound connection.</summary>
    public void Started(IActorRef link, Dial? dial) => _alive[link] = dial;

    public bool IsAlive(IActorRef link) => _alive.ContainsKey(link);

    /// <summary>Judges a link whose ends have proved who they are; null for one that is over already.</summary>
    public LinkJudgement? Judge(IActorRef link, LinkProtocol.Proved proved) =>
        !IsAlive(link) ? null
        : _gate.IsBanned(proved.Peer) ? new LinkJudgement.Refuse(LinkRefusal.Banned)
        : _table.Judge(link, proved.Peer, proved.Instance, inbound: proved.Dial is null);

    /// <inheritdoc cref="LinkTable{TLink}.Use"/>
    public (Address Peer, IActorRef? Replaced, bool Restarted)? Use(IActorRef link)
    {
        var use = _table.Use(link);
        if (use is { } now && _alive.GetValueOrDefault(link) is { } dial)
        {
            _plan.Up(dial, now.Peer, _memory.Now);
        }

        return use;
    }

    /// <summary>The peer has announced itself on this link. True the first time.</summary>
    public bool Introduce(IActorRef link) => _introduced.Add(link);

    public bool IsIntroduced(IActorRef link) => _introduced.Contains(link);

    /// <summary>A link is over.</summary>
    /// <param name="found">Who was there, as far as that became known.</param>
    /// <returns>The peer that is now without a link in use, or null.</returns>
    public Address? Ended(IActorRef link, Address? found, LinkRefusal reason)
    {
        var wasUp = _table.PeerOf(link) is not null;
        var down = _table.Remove(link);
        _introduced.Remove(link);
        if (_alive.Remove(link, out var dial) && dial is not null)
        {
            if (wasUp)
            {
                _plan.Down(dial, reason, _memory.Now);
            }
            else
            {
                _plan.Failed(dial, reason, found, _memory.Now);
            }
        }

        return down;
    }

    /// <summary>Somebody's announcement is new or says something new.</summary>
    public void Learn(Announcement announcement) => _plan.Announced(announcement.Address, TargetOf(announcement.Profile), _memory.Now);

    /// <summary>Somebody's announcement has ended.</summary>
    public void Forget(Address address) => _plan.Forget(address);

    /// <summary>Looks at everybody known again, because what this node wants may have changed.</summary>
    public void Review()
    {
        foreach (var entry in _memory.Peers.Entries)
        {
            Learn(entry.Announcement);
        }
    }

    /// <summary>Takes the dials that are due.</summary>
    public IEnumerable<Dial> TakeDials() => _plan.Take(_table.Has, Room, _memory.Now);

    /// <summary>When the next dial is due, or null.</summary>
    public TimeSpan? NextDial() => _plan.NextWake(_table.Has, Room, _memory.Now);

    // Nobody can dial a node without a URL, so it dials all there are.
    private Uri? TargetOf(NodeProfile profile) =>
        _memory.Profile.Url is null || _memory.Options.DialRoles.IsEmpty || profile.Roles.Any(role => _memory.Options.DialRoles.Contains(role, StringComparer.Ordinal))
            ? profile.Url
            : null;
}
