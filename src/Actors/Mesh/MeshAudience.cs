using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Mesh;

/// <summary>Who listens to the mesh, and which peers they were told are up. Outlives a restart of the mesh actor. One owner.</summary>
internal sealed class MeshAudience
{
    private readonly List<MeshProtocol.Subscribe> _subscriptions = [];
    private readonly HashSet<Address> _up = [];

    public IEnumerable<IActorRef> Subscribers => _subscriptions.Select(subscription => subscription.Subscriber);

    /// <summary>Takes in a subscriber, in place of what it subscribed to before, and tells it of the peers that are up.</summary>
    public void Add(MeshProtocol.Subscribe subscription, PeerDirectory peers)
    {
        Remove(subscription.Subscriber);
        _subscriptions.Add(subscription);
        foreach (var entry in _up.Select(peers.Find).OfType<PeerEntry>())
        {
            subscription.Subscriber.Tell(new MeshProtocol.PeerUp(entry.Announcement));
        }
    }

    public void Remove(IActorRef subscriber) => _subscriptions.RemoveAll(subscription => subscription.Subscriber.Equals(subscriber));

    /// <summary>A peer is up.</summary>
    public void Up(Announcement peer)
    {
        if (_up.Add(peer.Address))
        {
            TellAll(new MeshProtocol.PeerUp(peer));
        }
    }

    /// <summary>A peer announces something else about itself.</summary>
    public void Changed(Announcement peer)
    {
        if (_up.Contains(peer.Address))
        {
            TellAll(new MeshProtocol.PeerUp(peer));
        }
    }

    /// <summary>A peer has no link any more.</summary>
    public void Down(Address peer)
    {
        if (_up.Remove(peer))
        {
            TellAll(new MeshProtocol.PeerDown(peer));
        }
    }

    public void AllDown()
    {
        foreach (var peer in _up.ToArray())
        {
            Down(peer);
        }
    }

    /// <summary>Hands a message to those who asked for its type.</summary>
    public void Deliver(MeshProtocol.Received received)
    {
        var type = received.Message.GetType();
        foreach (var subscription in _subscriptions.Where(subscription => subscription.WireTypes.Contains(type)))
        {
            subscription.Subscriber.Tell(received);
        }
    }

    private void TellAll(object message)
    {
        foreach (var subscriber in Subscribers)
        {
            subscriber.Tell(message);
        }
    }
}
