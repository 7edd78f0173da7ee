using System.Diagnostics.CodeAnalysis;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Contracts;

/// <summary>What a trigger or challenge transaction to <see cref="ContractAddress.Compute"/> asks for: the first number of its parameters, and what follows it.</summary>
public abstract record ContractOperation
{
    private ContractOperation()
    {
    }

    /// <summary>Opens a job; the amount is its budget.</summary>
    public sealed record OpenJob(JobTerms Terms) : ContractOperation;

    /// <summary>The client wants no more work: what is done may be claimed for a while, the rest of the budget comes back.</summary>
    public sealed record CloseJob(Hash256 JobId) : ContractOperation;

    /// <summary>A miner claims to have done segments of a job.</summary>
    /// <param name="JobId">Of the job.</param>
    /// <param name="Segments">What it claims, in every rendition.</param>
    /// <param name="Root">Merkle root over the leaves, see <see cref="WorkLeaf"/>.</param>
    /// <param name="Assigned">What the client has assigned to it so far.</param>
    /// <param name="Assignment">The client's signature over <see cref="ClientWord.Assignment"/>.</param>
    /// <param name="Acceptance">The client's signature over <see cref="ClientWord.Acceptance"/>; without it the claim waits for disputes.</param>
    public sealed record PostClaim(Hash256 JobId, SegmentSet Segments, Hash256 Root, SegmentSet Assigned, Signature Assignment, Signature? Acceptance) : ContractOperation;

    /// <summary>The client shows a result that the miner signed and whose leaf it says the claim does not hold; the amount is its bond.</summary>
    public sealed record Dispute(Hash256 ClaimId, SignedResult Result) : ContractOperation;

    /// <summary>The miner shows that the disputed leaf is in its claim.</summary>
    public sealed record Defend(Hash256 ClaimId, MerklePath Path) : ContractOperation;

    /// <summary>The client says that segments of a claim did not come; the amount is its bond.</summary>
    public sealed record Complain(Hash256 ClaimId, SegmentSet Segments) : ContractOperation;

    /// <summary>The custodian says which of those segments the miner handed to it.</summary>
    public sealed record Attest(Hash256 ClaimId, SegmentSet Received) : ContractOperation;

    /// <summary>A drawn verifier commits to what it found, see <see cref="Challenge.Commitment"/>; the amount is its bond, µpay the least fee it works for.</summary>
    public sealed record Commit(Hash256 ChallengeId, Hash256 Commitment) : ContractOperation;

    /// <summary>The miner opens a drawn leaf.</summary>
    public sealed record Open(Hash256 ChallengeId, ContentHash Packets, Hash256 Salt, MerklePath Path) : ContractOperation;

    /// <summary>A verifier shows what it committed to.</summary>
    public sealed record Reveal(Hash256 ChallengeId, ContentHash Packets, Hash256 Salt) : ContractOperation;

    /// <summary>The type of the transaction that carries it.</summary>
    public TransactionType Type => this is Commit or Open or Reveal ? TransactionType.Challenge : TransactionType.Trigger;

    /// <summary>Whether the transaction's amount is moved.</summary>
    public bool MovesCoins => this is OpenJob or Dispute or Complain or Commit;

    private ulong Number => this switch
    {
        OpenJob => 1,
        CloseJob => 2,
        PostClaim => 3,
        Dispute => 4,
        Defend => 5,
        Complain => 6,
        Attest => 7,
        Commit => 8,
        Open => 9,
        Reveal => 10,
        _ => throw new InvalidOperationException("A contract operation without a number."),
    };

    /// <summary>The parameters of the transaction.</summary>
    public byte[] Encode()
    {
        var writer = new RlpWriter().StartList().Number(Number);
        switch (this)
        {
            case OpenJob open:
                open.Terms.WriteTo(writer);
                break;
            case CloseJob close:
                writer.Hash(close.JobId);
                break;
            case PostClaim claim:
                writer.Hash(claim.JobId).Bytes(claim.Segments.Bytes).Hash(claim.Root).Bytes(claim.Assigned.Bytes).Bytes(claim.Assignment.ToArray())
                    .Bytes(claim.Acceptance is { } acceptance ? acceptance.ToArray() : []);
                break;
            case Dispute dispute:
                dispute.Result.WriteTo(writer.Hash(dispute.ClaimId));
                break;
            case Defend defend:
                defend.Path.WriteTo(writer.Hash(defend.ClaimId));
                break;
            case Complain complain:
                writer.Hash(complain.ClaimId).Bytes(complain.Segments.Bytes);
                break;
            case Attest attest:
                writer.Hash(attest.ClaimId).Bytes(attest.Received.Bytes);
                break;
            case Commit commit:
                writer.Hash(commit.ChallengeId).Hash(commit.Commitment);
                break;
            case Open open:
                open.Path.WriteTo(writer.Hash(open.ChallengeId).Hash(open.Packets).Hash(open.Salt));
                break;
            case Reveal reveal:
                writer.Hash(reveal.ChallengeId).Hash(reveal.Packets).Hash(reveal.Salt);
                break;
            default:
                throw new InvalidOperationException("A contract operation of no kind.");
        }

        return writer.EndList().ToArray();
    }

    public static bool TryDecode(ReadOnlySpan<byte> parameters, [NotNullWhen(true)] out ContractOperation? operation)
    {
        operation = null;
        try
        {
            var outer = new RlpReader(parameters, parameters.Length);
            var reader = outer.ReadList();
            outer.End();
            ContractOperation? read = reader.ReadUInt64() switch
            {
                1 => new OpenJob(JobTerms.ReadFrom(ref reader)),
                2 => new CloseJob(reader.ReadHash()),
                3 => new PostClaim(reader.ReadHash(), ReadSet(ref reader), reader.ReadHash(), ReadSet(ref reader), reader.ReadSignature(), ReadOptional(ref reader)),
                4 => new Dispute(reader.ReadHash(), SignedResult.ReadFrom(ref reader)),
                5 => new Defend(reader.ReadHash(), MerklePath.ReadFrom(ref reader)),
                6 => new Complain(reader.ReadHash(), ReadSet(ref reader)),
                7 => new Attest(reader.ReadHash(), ReadSet(ref reader)),
                8 => new Commit(reader.ReadHash(), reader.ReadHash()),
                9 => new Open(reader.ReadHash(), reader.ReadContentHash(), reader.ReadHash(), MerklePath.ReadFrom(ref reader)),
                10 => new Reveal(reader.ReadHash(), reader.ReadContentHash(), reader.ReadHash()),
                _ => null,
            };
            reader.End();
            operation = read;
            return read is not null;
        }
        catch (RlpException)
        {
            return false;
        }
    }

    private static SegmentSet ReadSet(ref RlpReader reader) => SegmentSet.Read(reader.ReadBytes(SegmentSet.MaxBytes));

    private static Signature? ReadOptional(ref RlpReader reader) => reader.ReadBytes(Signature.Size) is var bytes && bytes.IsEmpty ? null
        : Signature.TryParse(bytes, out var signature, out _) ? signature
        : throw new RlpException(RlpRefusal.InvalidSignature);
}
