using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Contracts;

/// <summary>What a challenge waits for.</summary>
public enum ChallengePhase
{
    /// <summary>Commitments of the verifiers in its seats.</summary>
    Commit = 0,

    /// <summary>The miner opens the leaf.</summary>
    Open = 1,

    /// <summary>Reveals of the verifiers that committed.</summary>
    Reveal = 2,

    /// <summary>Nothing: it has its verdict.</summary>
    Decided = 3,
}

/// <summary>Who is asked.</summary>
public enum ChallengeStage
{
    /// <summary>One verifier after another, until one reveals.</summary>
    One = 0,

    /// <summary>A few more, since the one found other bytes, or kept silent once the leaf was open.</summary>
    Panel = 1,

    /// <summary>Everybody who serves the class and was not asked yet.</summary>
    Everybody = 2,
}

/// <summary>A verifier that is asked.</summary>
/// <param name="Verifier">Its account.</param>
/// <param name="Clout">κ when it was drawn.</param>
/// <param name="Commitment">Null until it committed.</param>
/// <param name="Revealed">Null until it revealed: SHA-256 over the packets it found.</param>
public readonly record struct Seat(Address Verifier, Amount Clout, Hash256? Commitment, ContentHash? Revealed)
{
    /// <summary>Whether it committed and may still reveal.</summary>
    public bool OwesReveal => Commitment is not null && Revealed is null;
}

/// <summary>The check of one drawn leaf of a claim.</summary>
public sealed record Challenge : ContractObject
{
    internal const string ObjectTag = "VideoMesh challenge v1";
    private const string IdDomain = "VideoMesh challenge id v1";

    /// <summary><see cref="IdOf"/>.</summary>
    public required Hash256 Id { get; init; }

    public required Hash256 ClaimId { get; init; }

    /// <summary>Its number among the claim's samples.</summary>
    public required uint Sample { get; init; }

    public required int Segment { get; init; }

    public required int Rendition { get; init; }

    /// <summary>Where the leaf stands among the claim's.</summary>
    public required uint Leaf { get; init; }

    /// <summary>ω of the leaf: what the time to commit follows from.</summary>
    public required ulong Watts { get; init; }

    public required bool Weak { get; init; }

    public required ChallengeStage Stage { get; init; }

    public required ChallengePhase Phase { get; init; }

    /// <summary>The last height at which what the phase waits for may come.</summary>
    public required ulong Deadline { get; init; }

    /// <summary>What the miner opened: SHA-256 over the packets.</summary>
    public ContentHash? Opened { get; init; }

    public required ImmutableArray<Seat> Seats { get; init; }

    /// <summary>The place of the first seat that is asked now; the time of those before it is over.</summary>
    public uint First { get; init; }

    /// <summary>What each committed seat has at stake.</summary>
    public required Amount Bond { get; init; }

    /// <summary>Coins it holds: bonds, and what it was given for fees.</summary>
    public required Amount Pot { get; init; }

    public ClaimVerdict Verdict { get; init; }

    public ClaimReason Reason { get; init; }

    public override Hash256 Key => KeyOf(Id);

    public override ulong? Due => Phase == ChallengePhase.Decided ? null : Deadline + 1;

    public override Amount Held => Pot;

    protected override string Tag => ObjectTag;

    /// <summary>The seats that are asked now.</summary>
    public IEnumerable<Seat> Asked => Seats.Skip((int)First);

    /// <summary>The place of the seat of a verifier that is asked now; −1 when it has none.</summary>
    public int SeatOf(Address verifier)
    {
        for (var place = (int)First; place < Seats.Length; place++)
        {
            if (Seats[place].Verifier == verifier)
            {
                return place;
            }
        }

        return -1;
    }

    public static Hash256 IdOf(Hash256 claimId, uint sample) => new RlpWriter().StartList().Text(IdDomain).Hash(claimId).Number(sample).EndList().Keccak();

    public static Hash256 KeyOf(Hash256 id) => KeyOf("challenge", id);

    /// <summary>What a verifier commits to before anybody else's answer is known. Its own address is in it, so a copy of somebody else's is worth nothing.</summary>
    /// <param name="challengeId">Names the claim and its leaf.</param>
    /// <param name="packets">SHA-256 over the packets it found.</param>
    /// <param name="salt">Chosen at random, shown with the reveal.</param>
    /// <param name="verifier">Whose commitment it is.</param>
    public static Hash256 Commitment(Hash256 challengeId, ContentHash packets, Hash256 salt, Address verifier) =>
        new RlpWriter().StartList().Text("VideoMesh commitment v1").Hash(challengeId).Hash(packets).Hash(salt).Address(verifier).EndList().Keccak();

    /// <summary>Equal by content: by encoding.</summary>
    public bool Equals(Challenge? other) => IsWrittenLike(other);

    public override int GetHashCode() => Id.GetHashCode();

    protected override void WriteFields(RlpWriter writer)
    {
        writer.Hash(Id).Hash(ClaimId).Number(Sample).Number((ulong)Segment).Number((ulong)Rendition).Number(Leaf).Number(Watts).Flag(Weak).Number((ulong)Stage)
            .Number((ulong)Phase).Number(Deadline);
        Optional(writer, Opened).StartList();
        foreach (var seat in Seats)
        {
            writer.StartList().Address(seat.Verifier).Number(seat.Clout.Nano);
            _ = seat.Commitment is { } commitment ? writer.Hash(commitment) : writer.Bytes([]);
            Optional(writer, seat.Revealed).EndList();
        }

        writer.EndList().Number(First).Number(Bond.Nano).Number(Pot.Nano).Number((ulong)Verdict).Number((ulong)Reason);
    }

    internal static Challenge ReadFields(ref RlpReader reader) => new()
    {
        Id = reader.ReadHash(),
        ClaimId = reader.ReadHash(),
        Sample = reader.ReadUInt32(),
        Segment = (int)Math.Min(reader.ReadUInt32(), int.MaxValue),
        Rendition = (int)Math.Min(reader.ReadUInt32(), int.MaxValue),
        Leaf = reader.ReadUInt32(),
        Watts = reader.ReadUInt64(),
        Weak = reader.ReadFlag(),
        Stage = Known<ChallengeStage>(reader.ReadUInt32()),
        Phase = Known<ChallengePhase>(reader.ReadUInt32()),
        Deadline = reader.ReadUInt64(),
        Opened = ReadOptional(ref reader),
        Seats = ReadSeats(ref reader),
        First = reader.ReadUInt32(),
        Bond = new Amount(reader.ReadUInt64()),
        Pot = new Amount(reader.ReadUInt64()),
        Verdict = Known<ClaimVerdict>(reader.ReadUInt32()),
        Reason = Known<ClaimReason>(reader.ReadUInt32()),
    };

    private static ImmutableArray<Seat> ReadSeats(ref RlpReader reader)
    {
        var seats = ImmutableArray.CreateBuilder<Seat>();
        for (var list = reader.ReadList(); !list.AtEnd;)
        {
            var item = list.ReadList();
            var (verifier, clout) = (item.ReadAddress(), new Amount(item.ReadUInt64()));
            var commitment = item.ReadBytes(Hash256.Size);
            seats.Add(new Seat(verifier, clout, commitment.IsEmpty ? null : new Hash256(commitment), ReadOptional(ref item)));
            item.End();
        }

        return seats.ToImmutable();
    }

    private static RlpWriter Optional(RlpWriter writer, ContentHash? hash) => hash is { } known ? writer.Hash(known) : writer.Bytes([]);

    private static ContentHash? ReadOptional(ref RlpReader reader) => reader.ReadBytes(ContentHash.Size) is var bytes && bytes.IsEmpty ? null : new ContentHash(bytes);
}
