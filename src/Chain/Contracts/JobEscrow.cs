using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Contracts;

/// <summary>An open job and the coins locked for it.</summary>
public sealed record JobEscrow : ContractObject
{
    internal const string ObjectTag = "VideoMesh job v1";
    private const string IdDomain = "VideoMesh job id v1";

    /// <summary>Keccak-256 of domain, client and the nonce of the transaction that opened it: <see cref="IdOf"/>.</summary>
    public required Hash256 Id { get; init; }

    public required Address Client { get; init; }

    public required JobTerms Terms { get; init; }

    /// <summary>The last height at which work may be claimed: the terms', or earlier once the client has closed the job.</summary>
    public required ulong Deadline { get; init; }

    /// <summary>What its client locked for it.</summary>
    public required Amount Budget { get; init; }

    /// <summary>Coins no claim has bound yet.</summary>
    public required Amount Free { get; init; }

    /// <summary>Segments that were claimed, but for those of rejected claims and those not delivered.</summary>
    public SegmentSet Claimed { get; init; } = SegmentSet.Empty;

    /// <summary>What each miner of the terms has claimed so far: how often, and how many segments.</summary>
    public required ImmutableArray<(uint Claims, uint Segments)> Taken { get; init; }

    /// <summary>Claims there have been: they are numbered from 0, see <see cref="Claim.IdOf"/>.</summary>
    public uint Claims { get; init; }

    /// <summary>Claims without a verdict.</summary>
    public uint OpenClaims { get; init; }

    /// <summary>Whether the deadline has passed.</summary>
    public bool Over { get; init; }

    /// <summary>Paid to miners, before the share that burns.</summary>
    public Amount Paid { get; init; }

    /// <summary>Paid out of the budget to verifiers and custodians, before the share that burns, and but for what a cheater's stake gave back.</summary>
    public Amount Fees { get; init; }

    public override Hash256 Key => KeyOf(Id);

    public override ulong? Due => Over ? null : Deadline + 1;

    public override Amount Held => Free;

    protected override string Tag => ObjectTag;

    /// <summary>Whether nothing can be claimed any more and every claim has its verdict.</summary>
    public bool IsDone => OpenClaims == 0 && (Over || Claimed.Count == Terms.Segments);

    /// <summary>Where a miner stands among the terms' miners; −1 when it does not.</summary>
    public int PlaceOf(Address miner)
    {
        for (var place = 0; place < Terms.Miners.Length; place++)
        {
            if (Terms.Miners[place].Address == miner)
            {
                return place;
            }
        }

        return -1;
    }

    /// <summary>π of one of its miners.</summary>
    public Amount PriceOf(Address miner) => Terms.Miners[PlaceOf(miner)].Price;

    public static Hash256 IdOf(Address client, ulong nonce) => new RlpWriter().StartList().Text(IdDomain).Address(client).Number(nonce).EndList().Keccak();

    /// <summary>Where a job, or its receipt, lies in the state.</summary>
    public static Hash256 KeyOf(Hash256 id) => KeyOf("job", id);

    /// <summary>Equal by content: by encoding.</summary>
    public bool Equals(JobEscrow? other) => IsWrittenLike(other);

    public override int GetHashCode() => Id.GetHashCode();

    protected override void WriteFields(RlpWriter writer)
    {
        writer.Hash(Id).Address(Client);
        Terms.WriteTo(writer);
        writer.Number(Deadline).Number(Budget.Nano).Number(Free.Nano).Bytes(Claimed.Bytes).StartList();
        foreach (var (claims, segments) in Taken)
        {
            writer.Number(claims).Number(segments);
        }

        writer.EndList().Number(Claims).Number(OpenClaims).Flag(Over).Number(Paid.Nano).Number(Fees.Nano);
    }

    internal static JobEscrow ReadFields(ref RlpReader reader)
    {
        var (id, client, terms) = (reader.ReadHash(), reader.ReadAddress(), JobTerms.ReadFrom(ref reader));
        var (deadline, budget, free, claimed) = (reader.ReadUInt64(), new Amount(reader.ReadUInt64()), new Amount(reader.ReadUInt64()), SegmentSet.Read(reader.ReadBytes(SegmentSet.MaxBytes)));
        var taken = ImmutableArray.CreateBuilder<(uint, uint)>();
        for (var list = reader.ReadList(); !list.AtEnd;)
        {
            taken.Add((list.ReadUInt32(), list.ReadUInt32()));
        }

        return new JobEscrow
        {
            Id = id,
            Client = client,
            Terms = terms,
            Deadline = deadline,
            Budget = budget,
            Free = free,
            Claimed = claimed,
            Taken = taken.ToImmutable(),
            Claims = reader.ReadUInt32(),
            OpenClaims = reader.ReadUInt32(),
            Over = reader.ReadFlag(),
            Paid = new Amount(reader.ReadUInt64()),
            Fees = new Amount(reader.ReadUInt64()),
        };
    }
}

/// <summary>What is left of a job when it is done: it takes the job's place in the state.</summary>
/// <param name="Id">Of the job.</param>
/// <param name="Client">Who opened it.</param>
/// <param name="Claims">Claims there have been; their receipts stay as well.</param>
/// <param name="Budget">What the client locked for it: what was paid, the fees and the refund together.</param>
/// <param name="Paid">To miners, before the share that burns.</param>
/// <param name="Fees">To verifiers and custodians, before the share that burns, and but for what a cheater's stake gave back.</param>
/// <param name="Refunded">What the client got back at the end.</param>
/// <param name="Height">Of the block that ended it.</param>
public sealed record JobReceipt(Hash256 Id, Address Client, uint Claims, Amount Budget, Amount Paid, Amount Fees, Amount Refunded, ulong Height) : ContractObject
{
    internal const string ObjectTag = "VideoMesh job receipt v1";

    public override Hash256 Key => JobEscrow.KeyOf(Id);

    protected override string Tag => ObjectTag;

    protected override void WriteFields(RlpWriter writer) =>
        writer.Hash(Id).Address(Client).Number(Claims).Number(Budget.Nano).Number(Paid.Nano).Number(Fees.Nano).Number(Refunded.Nano).Number(Height);

    internal static JobReceipt ReadFields(ref RlpReader reader) => new(
        reader.ReadHash(),
        reader.ReadAddress(),
        reader.ReadUInt32(),
        new Amount(reader.ReadUInt64()),
        new Amount(reader.ReadUInt64()),
        new Amount(reader.ReadUInt64()),
        new Amount(reader.ReadUInt64()),
        reader.ReadUInt64());
}
