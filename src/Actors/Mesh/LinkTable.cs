using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Mesh;

/// <summary>What becomes of a link whose ends have proved who they are.</summary>
internal abstract record LinkJudgement
{
    private LinkJudgement()
    {
    }

    public sealed record Refuse(LinkRefusal Reason) : LinkJudgement;

    /// <summary>This end chooses, and chooses it.</summary>
    public sealed record Open : LinkJudgement;

    /// <summary>The other end chooses.</summary>
    public sealed record AwaitReady : LinkJudgement;
}

/// <summary>The links of a node: at most one in use per pair. Of a pair the lower address chooses, and keeps the link it has for as long as it believes in it, so
/// both ends use the same one and no link in use is given up for a second one. Only a restart of the peer (another instance) makes it choose
/// anew. Pure.</summary>
internal sealed class LinkTable<TLink>(Address self, int maxLinks, int outboundReserve)
    where TLink : class
{
    private readonly Dictionary<Address, Row> _up = [];
    private readonly Dictionary<TLink, Row> _waiting = [];
    private readonly Dictionary<TLink, Address> _peers = [];

    /// <summary>Links in use, and those that wait for the other end to choose.</summary>
    public int Count => _up.Count + _waiting.Count;

    public int UpCount => _up.Count;

    public IEnumerable<Address> Peers => _up.Keys;

    /// <summary>Whether there is a link to this address, or one that waits.</summary>
    public bool Has(Address peer) => _up.ContainsKey(peer) || _waiting.Values.Any(row => row.Peer == peer);

    /// <summary>The link in use, or null.</summary>
    public TLink? Find(Address peer) => _up.GetValueOrDefault(peer)?.Link;

    /// <summary>Whose link in use this is, or null.</summary>
    public Address? PeerOf(TLink link) => _peers.TryGetValue(link, out var peer) ? peer : null;

    /// <summary>Judges a link. One that is opened is in use from here on: see <see cref="Use"/>.</summary>
    public LinkJudgement Judge(TLink link, Address peer, ulong instance, bool inbound)
    {
        var chooses = self < peer;
        var existing = _up.GetValueOrDefault(peer);
        if (chooses && existing is not null && existing.Instance == instance)
        {
            return new LinkJudgement.Refuse(LinkRefusal.DuplicateLink);
        }

        if (existing is null && Count >= (inbound ? maxLinks - outboundReserve : maxLinks))
        {
            return new LinkJudgement.Refuse(LinkRefusal.TooManyLinks);
        }

        _waiting[link] = new Row(link, peer, instance);
        return chooses ? new LinkJudgement.Open() : new LinkJudgement.AwaitReady();
    }

    /// <summary>Puts a judged link to use.</summary>
    /// <returns>Whose it is, the link it replaces, and whether the peer has restarted in between; null for a link that was never judged.</returns>
    public (Address Peer, TLink? Replaced, bool Restarted)? Use(TLink link)
    {
        if (!_waiting.Remove(link, out var row))
        {
            return null;
        }

        var before = _up.GetValueOrDefault(row.Peer);
        _up[row.Peer] = row;
        _peers[link] = row.Peer;
        if (before is not null)
        {
            _peers.Remove(before.Link);
        }

        return (row.Peer, before?.Link, before is not null && before.Instance != row.Instance);
    }

    /// <summary>A link has ended.</summary>
    /// <returns>The peer that is now without a link in use, or null.</returns>
    public Address? Remove(TLink link)
    {
        _waiting.Remove(link);
        if (!_peers.Remove(link, out var peer))
        {
            return null;
        }

        _up.Remove(peer);
        return peer;
    }

    private sealed record Row(TLink Link, Address Peer, ulong Instance);
}
