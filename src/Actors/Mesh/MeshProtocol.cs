using System.Collections.Immutable;
using Google.Protobuf;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Mesh;

/// <summary>What the rest of a node says to its mesh actor, and hears from it.</summary>
public static class MeshProtocol
{
    /// <summary>Send a wire message to a peer. No link: the sender gets <see cref="Undeliverable"/>. Delivery is at most once, in order per peer.</summary>
    public sealed record Send(Address To, IMessage Message);

    public sealed record Undeliverable(Address To, IMessage Message);

    /// <summary>From now on <paramref name="Subscriber"/> gets <see cref="Received"/> for these wire types, and every <see cref="PeerUp"/> and <see cref="PeerDown"/>
    /// (at once for peers already up). Ends when the subscriber stops.</summary>
    public sealed record Subscribe(IActorRef Subscriber, ImmutableArray<Type> WireTypes);

    /// <summary>A message from an authenticated peer, already size-checked, decoded and rate-limited.</summary>
    public sealed record Received(Address From, IMessage Message);

    /// <summary>A link to this peer is up and its announcement is known, or its announcement has changed.</summary>
    public sealed record PeerUp(Announcement Peer);

    /// <summary>The last link to this peer is gone. A link may come back by itself.</summary>
    public sealed record PeerDown(Address Address);

    /// <summary>Replace what this node announces about itself (slots, speed, draining).</summary>
    public sealed record Announce(NodeProfile Profile);

    /// <summary>Answered with <see cref="Directory"/>: everything known, linked or not.</summary>
    public sealed record GetDirectory
    {
        public static GetDirectory Instance { get; } = new();
    }

    public sealed record Directory(ImmutableArray<DirectoryEntry> Entries);

    public sealed record DirectoryEntry(Announcement Announcement, bool Linked);
}

/// <summary>What a node says about itself. The announcement is this plus address, sequence and expiry, signed.</summary>
public sealed record NodeProfile
{
    /// <summary><c>client</c>, <c>seed</c>, <c>compute</c>, ….</summary>
    public required ImmutableArray<string> Roles { get; init; }

    /// <summary>Where others can dial this node, e.g. <c>http://127.0.0.1:4100</c>; null: outbound only.</summary>
    public Uri? Url { get; init; }

    /// <summary>Segments this node encodes at a time; 0 while it drains.</summary>
    public int Slots { get; init; }

    /// <summary>Encoders, by codec name (<c>h264</c>, <c>h265</c>, <c>vp9</c>, <c>av1</c>), with measured speed in pixels per second of one slot.</summary>
    public ImmutableSortedDictionary<string, long> PixelsPerSecond { get; init; } = ImmutableSortedDictionary<string, long>.Empty;

    /// <summary>The determinism classes this node serves.</summary>
    public ImmutableArray<string> DeterminismClasses { get; init; } = [];

    /// <summary>A label for people, at most 64 characters.</summary>
    public string Name { get; init; } = "";
}

/// <summary>A verified announcement.</summary>
public sealed record Announcement(Address Address, NodeProfile Profile, ulong Sequence, DateTimeOffset Expires);
