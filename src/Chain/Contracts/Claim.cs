using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Contracts;

/// <summary>A miner's claim to have done some segments of a job, and what the checks found so far.</summary>
public sealed record Claim : ContractObject
{
    internal const string ObjectTag = "VideoMesh claim v1";
    private const string IdDomain = "VideoMesh claim id v1";

    /// <summary><see cref="IdOf"/>.</summary>
    public required Hash256 Id { get; init; }

    public required Hash256 JobId { get; init; }

    /// <summary>Its number among the job's claims.</summary>
    public required uint Number { get; init; }

    public required Address Miner { get; init; }

    public required SegmentSet Segments { get; init; }

    /// <summary>Merkle root over its leaves, see <see cref="WorkLeaf"/>.</summary>
    public required Hash256 Root { get; init; }

    /// <summary>What it earns if accepted: its ω at the miner's price.</summary>
    public required Amount Value { get; init; }

    /// <summary>Coins bound for its checks.</summary>
    public required Amount ForChecks { get; init; }

    /// <summary>Stake that must stand behind it.</summary>
    public required Amount Required { get; init; }

    /// <summary>The height of the block that draws its challenges with the beacon of the block before.</summary>
    public required ulong DrawAt { get; init; }

    /// <summary>The last height at which its client may dispute it; 0 when the client accepted it.</summary>
    public required ulong DisputeUntil { get; init; }

    /// <summary>Whether its challenges are drawn.</summary>
    public bool Drawn { get; init; }

    /// <summary>Whether too few verifiers serve the class for exact verdicts.</summary>
    public bool Weak { get; init; }

    /// <summary>Samples without a verdict.</summary>
    public uint Undecided { get; init; }

    public uint Accepted { get; init; }

    public uint Rejected { get; init; }

    public uint Inconclusive { get; init; }

    /// <summary>The gravest reason found against it.</summary>
    public ClaimReason Reason { get; init; }

    /// <summary>Disputes without an end.</summary>
    public uint Disputes { get; init; }

    /// <summary>Paid for its checks so far, before the share that burns.</summary>
    public Amount Spent { get; init; }

    /// <summary>Stake that its miner has lost to its checks so far.</summary>
    public Amount Lost { get; init; }

    /// <summary>Segments that were not delivered: they are not paid.</summary>
    public SegmentSet Undelivered { get; init; } = SegmentSet.Empty;

    /// <summary>Where a leaf stands among the claim's.</summary>
    public uint IndexOf(int segment, int rendition, JobTerms terms) => (uint)((Segments.Numbers().TakeWhile(number => number < segment).Count() * terms.Renditions.Length) + rendition);

    public override Hash256 Key => KeyOf(Id);

    public override ulong? Due => !Drawn ? DrawAt : Undecided == 0 && Disputes == 0 ? DisputeUntil + 1 : null;

    public override Amount Held => Value + ForChecks;

    protected override string Tag => ObjectTag;

    public static Hash256 IdOf(Hash256 jobId, uint number) => new RlpWriter().StartList().Text(IdDomain).Hash(jobId).Number(number).EndList().Keccak();

    /// <summary>Where a claim, or its receipt, lies in the state.</summary>
    public static Hash256 KeyOf(Hash256 id) => KeyOf("claim", id);

    protected override void WriteFields(RlpWriter writer) => writer
        .Hash(Id).Hash(JobId).Number(Number).Address(Miner).Bytes(Segments.Bytes).Hash(Root).Number(Value.Nano).Number(ForChecks.Nano).Number(Required.Nano)
        .Number(DrawAt).Number(DisputeUntil).Flag(Drawn).Flag(Weak).Number(Undecided).Number(Accepted).Number(Rejected).Number(Inconclusive)
        .Number((ulong)Reason).Number(Disputes).Number(Spent.Nano).Number(Lost.Nano).Bytes(Undelivered.Bytes);

    internal static Claim ReadFields(ref RlpReader reader) => new()
    {
        Id = reader.ReadHash(),
        JobId = reader.ReadHash(),
        Number = reader.ReadUInt32(),
        Miner = reader.ReadAddress(),
        Segments = SegmentSet.Read(reader.ReadBytes(SegmentSet.MaxBytes)),
        Root = reader.ReadHash(),
        Value = new Amount(reader.ReadUInt64()),
        ForChecks = new Amount(reader.ReadUInt64()),
        Required = new Amount(reader.ReadUInt64()),
        DrawAt = reader.ReadUInt64(),
        DisputeUntil = reader.ReadUInt64(),
        Drawn = reader.ReadFlag(),
        Weak = reader.ReadFlag(),
        Undecided = reader.ReadUInt32(),
        Accepted = reader.ReadUInt32(),
        Rejected = reader.ReadUInt32(),
        Inconclusive = reader.ReadUInt32(),
        Reason = Known<ClaimReason>(reader.ReadUInt32()),
        Disputes = reader.ReadUInt32(),
        Spent = new Amount(reader.ReadUInt64()),
        Lost = new Amount(reader.ReadUInt64()),
        Undelivered = SegmentSet.Read(reader.ReadBytes(SegmentSet.MaxBytes)),
    };
}

/// <summary>What is left of a claim after its verdict: it takes the claim's place in the state.</summary>
public sealed record ClaimReceipt : ContractObject
{
    internal const string ObjectTag = "VideoMesh claim receipt v1";

    public required Hash256 Id { get; init; }

    public required Hash256 JobId { get; init; }

    public required Address Miner { get; init; }

    public required ClaimVerdict Verdict { get; init; }

    public required ClaimReason Reason { get; init; }

    /// <summary>Whether it was judged by the weak rule.</summary>
    public required bool Weak { get; init; }

    /// <summary>How many segments it was for.</summary>
    public required uint Segments { get; init; }

    /// <summary>To the miner, before the share that burns.</summary>
    public required Amount Paid { get; init; }

    /// <summary>For its checks, before the share that burns.</summary>
    public required Amount Fees { get; init; }

    /// <summary>Stake of the miner that it lost.</summary>
    public required Amount Forfeited { get; init; }

    /// <summary>Samples by what was found.</summary>
    public required (uint Accepted, uint Rejected, uint Inconclusive) Samples { get; init; }

    /// <summary>Of the block with the verdict.</summary>
    public required ulong Height { get; init; }

    public override Hash256 Key => Claim.KeyOf(Id);

    protected override string Tag => ObjectTag;

    protected override void WriteFields(RlpWriter writer) => writer
        .Hash(Id).Hash(JobId).Address(Miner).Number((ulong)Verdict).Number((ulong)Reason).Flag(Weak).Number(Segments).Number(Paid.Nano).Number(Fees.Nano)
        .Number(Forfeited.Nano).Number(Samples.Accepted).Number(Samples.Rejected).Number(Samples.Inconclusive).Number(Height);

    internal static ClaimReceipt ReadFields(ref RlpReader reader) => new()
    {
        Id = reader.ReadHash(),
        JobId = reader.ReadHash(),
        Miner = reader.ReadAddress(),
        Verdict = Known<ClaimVerdict>(reader.ReadUInt32()),
        Reason = Known<ClaimReason>(reader.ReadUInt32()),
        Weak = reader.ReadFlag(),
        Segments = reader.ReadUInt32(),
        Paid = new Amount(reader.ReadUInt64()),
        Fees = new Amount(reader.ReadUInt64()),
        Forfeited = new Amount(reader.ReadUInt64()),
        Samples = (reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32()),
        Height = reader.ReadUInt64(),
    };
}
