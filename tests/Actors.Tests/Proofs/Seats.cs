using System.Collections.Immutable;
using VideoMesh.Actors.Proofs;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Proofs;

namespace VideoMesh.Actors.Tests.Proofs;

/// <summary>Challenges about the leaves of one claim, as a verifier sees them.</summary>
internal static class Seats
{
    public static readonly Address Verifier = Named("verifier");
    public static readonly Address Other = Named("another verifier");
    public static readonly Address Miner = Named("miner");
    public static readonly Address Client = Named("client");
    public static readonly Hash256 Class = Keccak.Hash("class"u8);
    public static readonly Amount Bond = new(20_000_000);

    public static readonly RenditionSpec Spec = new()
    {
        Name = "small", Codec = VideoCodec.H264, Width = 160, Height = 90, Crf = 30, Preset = "medium", PixelFormat = "yuv420p", FrameRate = new Rational(25, 1),
    };

    private static readonly ImmutableArray<(ContentHash, uint)> Sources = [.. Enumerable.Range(0, 8).Select(segment => (Source(segment), 48U))];
    private static readonly SourceTree Tree = new(Sources);

    public static readonly JobTerms Terms = new()
    {
        SourceRoot = Tree.Root,
        Frames = [new FrameRun(8, 48)],
        Renditions = [CanonicalRendition.Of(Spec)],
        Class = Class,
        Miners = [new JobMiner(Miner, new Amount(1), 8)],
        CheckFee = new Amount(2_000_000),
        Deadline = 1000,
    };

    public static Address Named(string text) => new(Keccak.Hash(System.Text.Encoding.UTF8.GetBytes(text)).ToArray().AsSpan(12));

    public static ContentHash Source(int segment) => ContentHash.Of([7, (byte)segment]);

    /// <summary>What every sound encoder makes of a segment.</summary>
    public static ContentHash Truth(int segment) => ContentHash.Of([1, (byte)segment]);

    public static Hash256 Id(int segment) => Challenge.IdOf(Keccak.Hash("claim"u8), (uint)segment);

    public static SourceOffer Offer(int segment) => new(Id(segment), Source(segment), 1000, Tree.Prove(segment), Spec, "ticket");

    /// <summary>A challenge that waits for this verifier's commitment.</summary>
    public static Challenge Drawn(int segment, ulong deadline = 100, Address? seated = null) => new()
    {
        Id = Id(segment),
        ClaimId = Keccak.Hash("claim"u8),
        Sample = (uint)segment,
        Segment = segment,
        Rendition = 0,
        Leaf = (uint)segment,
        Watts = 1,
        Weak = false,
        Stage = ChallengeStage.One,
        Phase = ChallengePhase.Commit,
        Deadline = deadline,
        Seats = [new Seat(seated ?? Verifier, new Amount(1), null, null)],
        Bond = Bond,
        Pot = Bond,
    };

    public static Challenge Committed(this Challenge challenge, Hash256 commitment) =>
        challenge with { Seats = challenge.Seats.SetItem(0, challenge.Seats[0] with { Commitment = commitment }), Phase = ChallengePhase.Open };

    public static Challenge Opened(this Challenge challenge, ContentHash packets) => challenge with { Opened = packets, Phase = ChallengePhase.Reveal };

    public static Challenge Revealed(this Challenge challenge, ContentHash packets) =>
        challenge with { Seats = challenge.Seats.SetItem(0, challenge.Seats[0] with { Revealed = packets }), Phase = ChallengePhase.Decided, Verdict = ClaimVerdict.Accepted };

    public static ProofView View(ulong height, params IEnumerable<Challenge> challenges) => new(
        height,
        IsVerifier: true,
        [Class],
        [.. challenges.OrderBy(challenge => challenge.Deadline).ThenBy(challenge => challenge.Id)
            .Select(challenge => new ProofSeat(challenge, challenge.SeatOf(Verifier) is var place and >= 0 ? challenge.Seats[place] : null, Miner, Client, Terms))]);

    public static ProofState New(ProofOptions? options = null, params IEnumerable<FoundPackets> kept) => ProofState.Create(options ?? new ProofOptions(), Verifier, [Class], kept);
}
