using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Contracts;

/// <summary>A client holds a signed result whose leaf it says the claim does not hold: the miner shows that it does, or loses.</summary>
/// <param name="ClaimId">Which claim; it has one such dispute at a time.</param>
/// <param name="Client">Who disputes.</param>
/// <param name="Leaf">The leaf the miner signed.</param>
/// <param name="Index">Where it must stand among the claim's leaves.</param>
/// <param name="Bond">What the client loses if the leaf is there.</param>
/// <param name="Deadline">The last height at which the miner may answer.</param>
public sealed record ClaimDispute(Hash256 ClaimId, Address Client, Hash256 Leaf, uint Index, Amount Bond, ulong Deadline) : ContractObject
{
    internal const string ObjectTag = "VideoMesh dispute v1";

    public override Hash256 Key => KeyOf(ClaimId);

    public override ulong? Due => Deadline + 1;

    public override Amount Held => Bond;

    protected override string Tag => ObjectTag;

    public static Hash256 KeyOf(Hash256 claimId) => KeyOf("dispute", claimId);

    protected override void WriteFields(RlpWriter writer) => writer.Hash(ClaimId).Address(Client).Hash(Leaf).Number(Index).Number(Bond.Nano).Number(Deadline);

    internal static ClaimDispute ReadFields(ref RlpReader reader) =>
        new(reader.ReadHash(), reader.ReadAddress(), reader.ReadHash(), reader.ReadUInt32(), new Amount(reader.ReadUInt64()), reader.ReadUInt64());
}

/// <summary>A client says that it did not get the bytes of some segments of a claim: the miner hands them to a custodian drawn for it, or they go unpaid.</summary>
/// <param name="ClaimId">Which claim; it has one such dispute at a time.</param>
/// <param name="Client">Who complains.</param>
/// <param name="Segments">Said not to have come.</param>
/// <param name="Bond">What the client loses if they are there.</param>
/// <param name="Asked">Custodians, the present one last; all others kept silent. Empty until the beacon draws the first.</param>
/// <param name="Deadline">The last height at which the custodian may answer; before there is one, the last height before it is drawn.</param>
public sealed record DeliveryDispute(Hash256 ClaimId, Address Client, SegmentSet Segments, Amount Bond, ImmutableArray<Address> Asked, ulong Deadline) : ContractObject
{
    internal const string ObjectTag = "VideoMesh delivery v1";

    /// <summary>Null until it is drawn.</summary>
    public Address? Custodian => Asked.IsEmpty ? null : Asked[^1];

    public override Hash256 Key => KeyOf(ClaimId);

    public override ulong? Due => Deadline + 1;

    public override Amount Held => Bond;

    protected override string Tag => ObjectTag;

    public static Hash256 KeyOf(Hash256 claimId) => KeyOf("delivery", claimId);

    /// <summary>Equal by content: by encoding.</summary>
    public bool Equals(DeliveryDispute? other) => IsWrittenLike(other);

    public override int GetHashCode() => ClaimId.GetHashCode();

    protected override void WriteFields(RlpWriter writer)
    {
        writer.Hash(ClaimId).Address(Client).Bytes(Segments.Bytes).Number(Bond.Nano).StartList();
        foreach (var custodian in Asked)
        {
            writer.Address(custodian);
        }

        writer.EndList().Number(Deadline);
    }

    internal static DeliveryDispute ReadFields(ref RlpReader reader)
    {
        var (claim, client, segments, bond) = (reader.ReadHash(), reader.ReadAddress(), SegmentSet.Read(reader.ReadBytes(SegmentSet.MaxBytes)), new Amount(reader.ReadUInt64()));
        var asked = ImmutableArray.CreateBuilder<Address>();
        for (var list = reader.ReadList(); !list.AtEnd;)
        {
            asked.Add(list.ReadAddress());
        }

        return new DeliveryDispute(claim, client, segments, bond, asked.ToImmutable(), reader.ReadUInt64());
    }
}
