using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>What verifiers tell one another. Each carries its own signatures, so that anybody may pass it on.</summary>
public abstract record ConsensusMessage
{
    private ConsensusMessage()
    {
    }

    public sealed record OfProposal(Proposal Proposal) : ConsensusMessage;

    public sealed record OfVote(Vote Vote) : ConsensusMessage;

    public sealed record OfFinal(FinalBlock Final) : ConsensusMessage;
}

/// <summary>A block that is final, and what shows it.</summary>
public sealed record FinalBlock(ReadOnlyMemory<byte> HeaderBytes, CommitCertificate Certificate)
{
    /// <summary>The longest encoding, in bytes.</summary>
    public const int MaxBytes = Blocks.BlockHeader.MaxBytes + (VoterSet.MaxVoters * 72) + 128;

    /// <summary>The canonical RLP encoding.</summary>
    public byte[] Encode()
    {
        var writer = new RlpWriter().StartList().Bytes(HeaderBytes.Span);
        Certificate.WriteTo(writer);
        return writer.EndList().ToArray();
    }

    /// <exception cref="RlpException">The bytes are not the canonical encoding of a final block; neither header nor signatures are looked at.</exception>
    public static FinalBlock Decode(ReadOnlySpan<byte> encoded)
    {
        var outer = new RlpReader(encoded, MaxBytes);
        var reader = outer.ReadList();
        outer.End();
        var header = reader.ReadBytes(Blocks.BlockHeader.MaxBytes).ToArray();
        var certificate = CommitCertificate.ReadFrom(ref reader);
        reader.End();
        return new FinalBlock(header, certificate);
    }
}

/// <summary>Where a node stands and what it holds, told to peers now and then, so that they send what it lacks. Not signed: the link tells whose it is.</summary>
/// <param name="Height">The height it works on.</param>
/// <param name="Round">The round it is in.</param>
/// <param name="Rounds">What it holds of the rounds it wants to know all about, at most <see cref="MaxRounds"/>.</param>
public sealed record ConsensusStatus(ulong Height, uint Round, ImmutableArray<ConsensusStatus.Holding> Rounds)
{
    /// <summary>The most rounds told of.</summary>
    public const int MaxRounds = 4;

    /// <summary>The longest encoding, in bytes.</summary>
    public const int MaxBytes = 24 + (MaxRounds * 48);

    private const int MaskBytes = 16;

    /// <param name="Round">Of the height.</param>
    /// <param name="HasProposal">Whether a proposal is held.</param>
    /// <param name="HasPolka">Whether prevotes of more than two thirds for one block are held.</param>
    /// <param name="Prevotes">Bit n: the prevote of the voter of place n is held.</param>
    /// <param name="Precommits">Likewise.</param>
    public readonly record struct Holding(uint Round, bool HasProposal, bool HasPolka, UInt128 Prevotes, UInt128 Precommits);

    /// <summary>The canonical RLP encoding.</summary>
    public byte[] Encode()
    {
        var writer = new RlpWriter().StartList().Number(Height).Number(Round).StartList();
        foreach (var (round, proposal, polka, prevotes, precommits) in Rounds)
        {
            writer.StartList().Number(round).Number((proposal ? 1UL : 0) | (polka ? 2UL : 0));
            WriteMask(writer, prevotes);
            WriteMask(writer, precommits);
            writer.EndList();
        }

        return writer.EndList().EndList().ToArray();
    }

    /// <exception cref="RlpException">The bytes are not the canonical encoding of a status.</exception>
    public static ConsensusStatus Decode(ReadOnlySpan<byte> encoded)
    {
        var outer = new RlpReader(encoded, MaxBytes);
        var reader = outer.ReadList();
        outer.End();
        var (height, round) = (reader.ReadUInt64(), reader.ReadUInt32());
        var list = reader.ReadList();
        reader.End();
        var rounds = ImmutableArray.CreateBuilder<Holding>();
        while (!list.AtEnd)
        {
            if (rounds.Count == MaxRounds)
            {
                throw new RlpException(RlpRefusal.TooLong);
            }

            var item = list.ReadList();
            var of = item.ReadUInt32();
            var flags = item.ReadUInt64();
            if (flags > 3)
            {
                throw new RlpException(RlpRefusal.UnknownValue);
            }

            rounds.Add(new Holding(of, (flags & 1) != 0, (flags & 2) != 0, ReadMask(ref item), ReadMask(ref item)));
            item.End();
        }

        return new ConsensusStatus(height, round, rounds.ToImmutable());
    }

    private static void WriteMask(RlpWriter writer, UInt128 mask)
    {
        Span<byte> bytes = stackalloc byte[MaskBytes];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, mask);
        writer.Bytes(bytes);
    }

    private static UInt128 ReadMask(ref RlpReader reader) => System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(reader.ReadFixed(MaskBytes));
}
