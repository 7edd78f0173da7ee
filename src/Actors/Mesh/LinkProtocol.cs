using Google.Protobuf;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Mesh;

/// <summary>What the mesh actor and its links say to each other.</summary>
internal static class LinkProtocol
{
    /// <summary>Mesh to link: this is the one link of the pair. Tell the peer so, and carry messages.</summary>
    public sealed record Open
    {
        public static Open Instance { get; } = new();
    }

    /// <summary>Mesh to link: the peer has the lower address and decides.</summary>
    public sealed record AwaitReady
    {
        public static AwaitReady Instance { get; } = new();
    }

    /// <summary>Mesh to link: end, for this reason.</summary>
    public sealed record Refuse(LinkRefusal Reason);

    /// <summary>Mesh to link: send this frame.</summary>
    public sealed record Post(byte[] Frame);

    /// <summary>Link to mesh: both ends have proved who they are.</summary>
    public sealed record Proved(Address Peer, ulong Instance, Dial? Dial);

    /// <summary>Link to mesh: the peer has chosen this link.</summary>
    public sealed record Chosen;

    /// <summary>Link to mesh: a decoded, sealed, rate-limited message.</summary>
    public sealed record Arrived(WirePhase Phase, IMessage Message);

    /// <summary>Link to mesh: it is over.</summary>
    /// <param name="Peer">Who was there, if that was proved; or, of a dial, at least claimed.</param>
    /// <param name="ByPeer">The peer named the reason.</param>
    public sealed record Ended(Dial? Dial, Address? Peer, LinkRefusal Reason, bool ByPeer);
}

/// <summary>What all links of a node share.</summary>
/// <param name="Instance">Drawn at process start.</param>
internal sealed record LinkContext(MeshOptions Options, PrivateKey Key, ulong Instance, LinkGate Gate, TimeProvider Time);

/// <summary>Published on the event stream when a link has ended, whether or not its handshake was finished.</summary>
/// <param name="Peer">Null when nobody had proved to be there.</param>
/// <param name="Endpoint">The URL that was dialled, or the remote IP.</param>
/// <param name="ByPeer">The peer named the reason, not this node.</param>
public sealed record LinkEnded(Address? Peer, string Endpoint, LinkRefusal Reason, bool ByPeer);

/// <summary>Asked of the mesh actor: how often links ended, and why. Answered with <see cref="LinkCounters"/>.</summary>
public sealed record GetLinkCounters
{
    public static GetLinkCounters Instance { get; } = new();
}

/// <summary>How many links are up, and how often this node ended one, by the name of the reason.</summary>
public sealed record LinkCounters(int Links, System.Collections.Immutable.ImmutableSortedDictionary<string, long> Ended);

/// <summary>Names the engine's own type where an actor's factory method hides it.</summary>
internal static class PropsOf
{
    public static Props Actor<TActor>(params object[] arguments)
        where TActor : ActorBase => Props.Create<TActor>(arguments);
}
