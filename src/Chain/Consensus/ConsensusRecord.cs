using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>What may be signed once in a round, in the order in which it is signed.</summary>
public enum SigningStep
{
    Proposal = 0,
    Prevote = 1,
    Precommit = 2,
}

/// <summary>What a signature is for: no two messages of one place are ever signed, and none of an earlier place than the last.</summary>
public readonly record struct SigningPlace(ulong Height, uint Round, SigningStep Step) : IComparable<SigningPlace>
{
    public int CompareTo(SigningPlace other) =>
        Height != other.Height ? Height.CompareTo(other.Height)
        : Round != other.Round ? Round.CompareTo(other.Round)
        : Step.CompareTo(other.Step);

    public static bool operator <(SigningPlace left, SigningPlace right) => left.CompareTo(right) < 0;

    public static bool operator >(SigningPlace left, SigningPlace right) => left.CompareTo(right) > 0;

    public static bool operator <=(SigningPlace left, SigningPlace right) => left.CompareTo(right) <= 0;

    public static bool operator >=(SigningPlace left, SigningPlace right) => left.CompareTo(right) >= 0;
}

/// <summary>A block and the round in which it was locked on, or valid.</summary>
public sealed record RoundBlock(uint Round, Hash256 Block);

/// <summary>
/// What a verifier must not forget: written durably before the message that belongs to it is sent, each one in place of the one before. A node that starts again from
/// it re-sends the same bytes, keeps its lock, and can still show others why it is where it is.
/// </summary>
/// <param name="Place">The last thing signed.</param>
/// <param name="Locked">The block the verifier is locked on.</param>
/// <param name="Valid">The last block known to be valid for a quorum; its prevotes are among <see cref="Votes"/>.</param>
/// <param name="ValidHeader">Encoded header of <see cref="Valid"/>, or empty. The body is the shell's to keep.</param>
/// <param name="Proposal">Its own proposal of this round, as signed.</param>
/// <param name="Votes">Its own votes of this round, the prevotes behind <see cref="Valid"/>, and what led into this round: without these, a whole network that went down
/// could find itself in different rounds with nobody able to bring the others forward.</param>
public sealed record ConsensusRecord(
    SigningPlace Place, RoundBlock? Locked, RoundBlock? Valid, ReadOnlyMemory<byte> ValidHeader, Proposal? Proposal, ImmutableArray<Vote> Votes)
{
    private const string Domain = "VideoMesh consensus record v1";
    private const int MaxVotes = 6 * VoterSet.MaxVoters;

    /// <summary>The canonical RLP encoding, a few hundred bytes in the first round and about 16 KiB with 128 voters and a lock.</summary>
    public byte[] Encode()
    {
        var writer = new RlpWriter().StartList().Text(Domain).Number(Place.Height).Number(Place.Round).Number((ulong)Place.Step);
        Write(writer, Locked);
        Write(writer, Valid);
        writer.Bytes(ValidHeader.Span).StartList();
        Proposal?.WriteTo(writer);
        writer.EndList().StartList();
        foreach (var vote in Votes)
        {
            vote.WriteTo(writer);
        }

        return writer.EndList().EndList().ToArray();
    }

    /// <exception cref="RlpException">The bytes are not a record.</exception>
    public static ConsensusRecord Decode(ReadOnlySpan<byte> encoded)
    {
        var outer = new RlpReader(encoded, (MaxVotes * Vote.MaxBytes) + Consensus.Proposal.MaxBytes + Blocks.BlockHeader.MaxBytes + 256);
        var reader = outer.ReadList();
        outer.End();
        reader.Expect(Domain);
        var (height, round, step) = (reader.ReadUInt64(), reader.ReadUInt32(), reader.ReadUInt64());
        if (step > (ulong)SigningStep.Precommit)
        {
            throw new RlpException(RlpRefusal.UnknownValue);
        }

        var (locked, valid) = (ReadRoundBlock(ref reader), ReadRoundBlock(ref reader));
        var header = reader.ReadBytes(Blocks.BlockHeader.MaxBytes).ToArray();
        var proposals = reader.ReadList();
        var proposal = proposals.AtEnd ? null : Consensus.Proposal.ReadFrom(ref proposals);
        proposals.End();
        var list = reader.ReadList();
        reader.End();
        var votes = ImmutableArray.CreateBuilder<Vote>();
        while (!list.AtEnd)
        {
            votes.Add(Vote.ReadFrom(ref list));
        }

        return new ConsensusRecord(new SigningPlace(height, round, (SigningStep)step), locked, valid, header, proposal, votes.ToImmutable());
    }

    private static void Write(RlpWriter writer, RoundBlock? block)
    {
        writer.StartList();
        if (block is not null)
        {
            writer.Number(block.Round).Hash(block.Block);
        }

        writer.EndList();
    }

    private static RoundBlock? ReadRoundBlock(ref RlpReader outer)
    {
        var reader = outer.ReadList();
        var block = reader.AtEnd ? null : new RoundBlock(reader.ReadUInt32(), reader.ReadHash());
        reader.End();
        return block;
    }
}
