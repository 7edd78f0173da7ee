using System.Collections.Frozen;
using System.Collections.Immutable;
using Google.Protobuf;
using VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Mesh;

/// <summary>When in a link's life a message may arrive.</summary>
public enum WirePhase
{
    /// <summary>In the clear, before either side is authenticated.</summary>
    Handshake = 1,

    /// <summary>Sealed, about the link or the directory: never leaves the mesh.</summary>
    Link = 2,

    /// <summary>Sealed, for the actors that subscribed.</summary>
    Open = 3,
}

/// <summary>The closed list of messages that may travel on their own, each with its number. Anything else is refused by name: no type name ever
/// comes off the wire. Messages that only travel inside these (such as <see cref="SegmentRef"/>) have no number.</summary>
public static class WireRegistry
{
    // Numbers are for ever: a message that goes out of use keeps its number reserved here.
    private static readonly ImmutableArray<WireEntry> s_entries =
    [
        WireEntry.Of<Hello>(1, WirePhase.Handshake),
        WireEntry.Of<Proof>(2, WirePhase.Handshake),

        WireEntry.Of<LinkReady>(10, WirePhase.Link),
        WireEntry.Of<Ping>(11, WirePhase.Link),
        WireEntry.Of<Pong>(12, WirePhase.Link),
        WireEntry.Of<Announcements>(13, WirePhase.Link),

        WireEntry.Of<AssignSegment>(100, WirePhase.Open),
        WireEntry.Of<SegmentAccepted>(101, WirePhase.Open),
        WireEntry.Of<SegmentDeclined>(102, WirePhase.Open),
        WireEntry.Of<SegmentProgress>(103, WirePhase.Open),
        WireEntry.Of<SegmentDone>(104, WirePhase.Open),
        WireEntry.Of<SegmentFailed>(105, WirePhase.Open),
        WireEntry.Of<ReleaseSegment>(106, WirePhase.Open),
        WireEntry.Of<SourceUploaded>(107, WirePhase.Open),
        WireEntry.Of<WorkAcknowledged>(108, WirePhase.Open),

        WireEntry.Of<SignedOffer>(120, WirePhase.Open),
        WireEntry.Of<SignedBid>(121, WirePhase.Open),
        WireEntry.Of<OfferDeclined>(122, WirePhase.Open),

        WireEntry.Of<SourceWanted>(130, WirePhase.Open),
        WireEntry.Of<SourceOffered>(131, WirePhase.Open),
        WireEntry.Of<SourceRoom>(132, WirePhase.Open),

        WireEntry.Of<Transactions>(200, WirePhase.Open),
        WireEntry.Of<TransactionsHeld>(201, WirePhase.Open),
        WireEntry.Of<TransactionsWanted>(202, WirePhase.Open),
        WireEntry.Of<BlockProposal>(210, WirePhase.Open),
        WireEntry.Of<BlockVotes>(211, WirePhase.Open),
        WireEntry.Of<BlockFinal>(212, WirePhase.Open),
        WireEntry.Of<VerifierStatus>(213, WirePhase.Open),

        WireEntry.Of<AskRoom>(300, WirePhase.Open),
        WireEntry.Of<RoomGiven>(301, WirePhase.Open),
        WireEntry.Of<KeepObject>(302, WirePhase.Open),
        WireEntry.Of<AskObject>(303, WirePhase.Open),
        WireEntry.Of<ObjectKept>(304, WirePhase.Open),
        WireEntry.Of<RemoveObject>(305, WirePhase.Open),
        WireEntry.Of<ObjectRemoved>(306, WirePhase.Open),
        WireEntry.Of<StorageRefused>(307, WirePhase.Open),
    ];

    private static readonly FrozenDictionary<ushort, WireEntry> s_byNumber = s_entries.ToFrozenDictionary(entry => entry.Number);

    private static readonly FrozenDictionary<Type, WireEntry> s_byType = s_entries.ToFrozenDictionary(entry => entry.Type);

    /// <summary>All registered messages.</summary>
    public static ImmutableArray<WireEntry> Entries => s_entries;

    /// <summary>The message of this number, or null.</summary>
    public static WireEntry? Find(ushort number) => s_byNumber.GetValueOrDefault(number);

    /// <summary>The entry of this message type, or null.</summary>
    public static WireEntry? Find(Type type) => s_byType.GetValueOrDefault(type);
}

/// <summary>One numbered message.</summary>
public sealed record WireEntry(ushort Number, WirePhase Phase, Type Type, MessageParser Parser)
{
    // Unknown fields are dropped, not kept: a peer must not make us hold what we cannot read.
    internal static WireEntry Of<T>(ushort number, WirePhase phase)
        where T : IMessage<T>, new() =>
        new(number, phase, typeof(T), new MessageParser<T>(() => new T()).WithDiscardUnknownFields(discardUnknownFields: true));
}
