using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Mesh;

/// <summary>What a node says of itself and passes on of others: signs, ages and packs announcements. Sends nothing. One owner.</summary>
internal sealed class MeshVoice(MeshMemory memory, Random random)
{
    private readonly HashSet<Address> _fresh = [];
    private SignedAnnouncement _own = new();
    private TimeSpan _signed;

    /// <summary>The profile or the sequence has changed since the last signature.</summary>
    public bool IsStale { get; set; } = true;

    /// <summary>The last announcement has aged so much that a new peer should get a new one: timers may be late on a machine that was held up.</summary>
    public bool IsDue => IsStale || memory.Now - _signed > memory.Options.AnnouncementLifetime / 2;

    /// <summary>Whether a new announcement of this node would come too soon after the last.</summary>
    public bool SpokeJustNow => memory.Now - _signed < memory.Options.GossipInterval;

    /// <summary>Signs anew. When the next renewal is due.</summary>
    public TimeSpan Renew()
    {
        _own = memory.SignOwn();
        _signed = memory.Now;
        IsStale = false;
        return _signed + (memory.Options.AnnouncementLifetime / 3);
    }

    /// <summary>This node's last announcement, in a frame.</summary>
    public IEnumerable<byte[]> OwnFrames() => FramesOf([Own()]);

    /// <summary>What a new peer is told: first of ourselves, since it takes no other message before it knows who we are, then of everybody else.</summary>
    public IEnumerable<byte[]> Introduction(Address to) => FramesOf(Others(memory.Peers.Entries, to).Prepend(Own()));

    /// <summary>Somebody's announcement is worth passing on.</summary>
    public void Heard(Address address) => _fresh.Add(address);

    /// <summary>Takes what is worth passing on, for a random few of the neighbours each, and never back to where it came from.</summary>
    public IEnumerable<(Address To, IEnumerable<byte[]> Frames)> Gossip(IEnumerable<Address> neighbours)
    {
        var entries = _fresh.Select(memory.Peers.Find).OfType<PeerEntry>().ToArray();
        _fresh.Clear();
        var chosen = neighbours.ToArray();
        random.Shuffle(chosen);
        return chosen.Take(memory.Options.GossipFanOut).Select(to => (to, FramesOf(Others(entries.Where(entry => entry.Source != to), to))));
    }

    /// <summary>What is known of somebody, for himself to hear.</summary>
    public IEnumerable<byte[]> Echo(PeerEntry entry) => entry.Deadline > memory.Now ? FramesOf([PeerDirectory.ToWire(entry, memory.Now)]) : [];

    private static IEnumerable<byte[]> FramesOf(IEnumerable<SignedAnnouncement> announcements) =>
        announcements.Chunk(AnnouncementCodec.MaxPerFrame).Select(chunk =>
            FrameCodec.TryEncode(new Announcements { Items = { chunk } }) ?? throw new InvalidOperationException("A full frame of announcements does not fit."));

    private SignedAnnouncement Own() => new() { Body = _own.Body, Signature = _own.Signature, AgeMs = (uint)(memory.Now - _signed).TotalMilliseconds };

    // What has ended may not be passed on, even when nobody has had the time to forget it.
    private IEnumerable<SignedAnnouncement> Others(IEnumerable<PeerEntry> entries, Address to) =>
        entries.Where(entry => entry.Announcement.Address != to && entry.Deadline > memory.Now).Select(entry => PeerDirectory.ToWire(entry, memory.Now));
}
