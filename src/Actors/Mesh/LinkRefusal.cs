using System.Collections.Immutable;

namespace VideoMesh.Actors.Mesh;

/// <summary>Why a link was refused or ended: one name and one sentence, shared by logs, close frames, counters and tests.</summary>
public sealed record LinkRefusal
{
    private LinkRefusal(int closeCode, string name, bool isMisbehaviour, string sentence)
    {
        CloseCode = closeCode;
        Name = name;
        IsMisbehaviour = isMisbehaviour;
        Sentence = sentence;
    }

    /// <summary>The WebSocket close status that tells the other end, from the private range 4000 to 4999.</summary>
    public int CloseCode { get; }

    public string Name { get; }

    public string Sentence { get; }

    /// <summary>True when no correct node would have caused it: the only refusals that lead to a temporary ban.</summary>
    public bool IsMisbehaviour { get; }

    public static LinkRefusal Oversize { get; } = new(4001, nameof(Oversize), true, "A frame was longer than 64 KiB.");

    public static LinkRefusal NotBinary { get; } = new(4002, nameof(NotBinary), true, "A text frame arrived where only binary frames are spoken.");

    public static LinkRefusal Fragmented { get; } = new(4003, nameof(Fragmented), true, "A frame arrived in more pieces than its size can explain.");

    public static LinkRefusal Malformed { get; } = new(4004, nameof(Malformed), true, "A frame did not decode as the message its number names.");

    public static LinkRefusal UnknownMessage { get; } = new(4005, nameof(UnknownMessage), true, "A frame carried a number that is not in the registry of messages.");

    public static LinkRefusal OutOfPhase { get; } = new(4006, nameof(OutOfPhase), true, "A message arrived that has no place at this point of the link's life.");

    public static LinkRefusal ForgedFrame { get; } =
        new(4007, nameof(ForgedFrame), true, "A sealed frame did not open: it was forged, altered, replayed, reordered or left out on the way.");

    public static LinkRefusal BadHello { get; } = new(4010, nameof(BadHello), true, "A hello had a field of the wrong size.");

    public static LinkRefusal WrongVersion { get; } = new(4011, nameof(WrongVersion), false, "The peer speaks another version of the protocol.");

    public static LinkRefusal WrongChain { get; } = new(4012, nameof(WrongChain), false, "The peer belongs to another chain.");

    public static LinkRefusal SelfDial { get; } = new(4013, nameof(SelfDial), false, "The other end has this node's own address.");

    public static LinkRefusal Reflected { get; } = new(4014, nameof(Reflected), true, "The other end played this node's own handshake back to it.");

    public static LinkRefusal UnexpectedAddress { get; } = new(4015, nameof(UnexpectedAddress), false, "Another account than the announced one answers at this URL.");

    public static LinkRefusal BadEphemeralKey { get; } = new(4016, nameof(BadEphemeralKey), true, "The ephemeral key of a hello is not a point of P-256.");

    public static LinkRefusal ProofInvalid { get; } =
        new(4017, nameof(ProofInvalid), true, "The proof was not signed by the claimed account over this very handshake: it was forged, or replayed from another one.");

    public static LinkRefusal HandshakeTimeout { get; } = new(4018, nameof(HandshakeTimeout), false, "The handshake was not finished in time.");

    public static LinkRefusal CrowdedOut { get; } = new(4019, nameof(CrowdedOut), false, "An unfinished handshake made room for newer ones.");

    public static LinkRefusal Banned { get; } = new(4020, nameof(Banned), false, "The peer misbehaved a short while ago and must wait before it links again.");

    public static LinkRefusal TooManyLinks { get; } = new(4021, nameof(TooManyLinks), false, "All links this node may hold are taken.");

    public static LinkRefusal DuplicateLink { get; } = new(4022, nameof(DuplicateLink), false, "The pair is linked already and the older link stays.");

    public static LinkRefusal Replaced { get; } = new(4023, nameof(Replaced), false, "The peer restarted, or its side chose another link, and this one made room.");

    public static LinkRefusal AnnouncementMalformed { get; } = new(4030, nameof(AnnouncementMalformed), true, "An announcement was not in canonical form or exceeded a bound.");

    public static LinkRefusal AnnouncementForged { get; } = new(4031, nameof(AnnouncementForged), true, "An announcement was not signed by the address it speaks for.");

    public static LinkRefusal AnnouncementExpired { get; } = new(4032, nameof(AnnouncementExpired), true, "An announcement was passed on after its lifetime.");

    public static LinkRefusal AnnouncementForeign { get; } = new(4033, nameof(AnnouncementForeign), true, "An announcement belongs to another chain or protocol version.");

    public static LinkRefusal ClockAbsurd { get; } = new(4034, nameof(ClockAbsurd), false, "The peer's clock and ours are more than 90 minutes apart.");

    public static LinkRefusal Unannounced { get; } = new(4035, nameof(Unannounced), true, "The peer sent a message before its own announcement.");

    public static LinkRefusal NotRenewed { get; } = new(4036, nameof(NotRenewed), false, "The peer did not renew its announcement before its lifetime ended.");

    public static LinkRefusal Flood { get; } = new(4040, nameof(Flood), true, "The peer sent more messages or bytes than a link may carry.");

    public static LinkRefusal SlowReader { get; } = new(4041, nameof(SlowReader), true, "The peer did not read what was sent to it.");

    public static LinkRefusal Silent { get; } = new(4042, nameof(Silent), false, "Nothing was heard from the peer for the keep-alive timeout.");

    public static LinkRefusal KeyExhausted { get; } = new(4043, nameof(KeyExhausted), false, "The link's keys sealed as many frames as they may.");

    public static LinkRefusal Unreachable { get; } = new(4050, nameof(Unreachable), false, "The URL could not be dialled.");

    public static LinkRefusal ConnectionLost { get; } = new(4051, nameof(ConnectionLost), false, "The connection ended without a reason.");

    public static LinkRefusal Leaving { get; } = new(4052, nameof(Leaving), false, "The node is shutting down.");

    /// <summary>The whole catalogue.</summary>
    public static ImmutableArray<LinkRefusal> All { get; } =
    [
        Oversize, NotBinary, Fragmented, Malformed, UnknownMessage, OutOfPhase, ForgedFrame,
        BadHello, WrongVersion, WrongChain, SelfDial, Reflected, UnexpectedAddress, BadEphemeralKey, ProofInvalid,
        HandshakeTimeout, CrowdedOut, Banned, TooManyLinks, DuplicateLink, Replaced,
        AnnouncementMalformed, AnnouncementForged, AnnouncementExpired, AnnouncementForeign, ClockAbsurd, Unannounced, NotRenewed,
        Flood, SlowReader, Silent, KeyExhausted, Unreachable, ConnectionLost, Leaving,
    ];

    /// <summary>The refusal the other end named in its close frame, or null.</summary>
    public static LinkRefusal? FromCloseCode(int code) => All.FirstOrDefault(refusal => refusal.CloseCode == code);

    public override string ToString() => $"{Name}: {Sentence}";
}
