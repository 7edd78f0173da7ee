using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>The two votes of a round.</summary>
public enum VoteStep
{
    Prevote = 1,
    Precommit = 2,
}

/// <summary>A signed vote for a block, or for none.</summary>
/// <param name="Height">Of the block voted on.</param>
/// <param name="Round">Of that height, from 0.</param>
/// <param name="Step">Which of the two votes.</param>
/// <param name="Block">Hash of the block's header; null: for none.</param>
/// <param name="Voter">Whose vote it says it is; the signature tells.</param>
/// <param name="Signature">Over <see cref="SigningHash"/>.</param>
public sealed record Vote(ulong Height, uint Round, VoteStep Step, Hash256? Block, Address Voter, Signature Signature)
{
    /// <summary>The longest encoding, in bytes.</summary>
    public const int MaxBytes = 160;

    private const string Domain = "VideoMesh vote v1";

    /// <summary>Signs a vote.</summary>
    public static Vote Sign(string chainId, ulong height, uint round, VoteStep step, Hash256? block, PrivateKey key) =>
        new(height, round, step, block, key.Address, key.Sign(SigningHash(chainId, height, round, step, block)));

    /// <summary>What a voter signs. Every part of the vote is in it, and the chain, so that a signature means one thing in one place.</summary>
    public static Hash256 SigningHash(string chainId, ulong height, uint round, VoteStep step, Hash256? block)
    {
        var writer = new RlpWriter().StartList().Text(Domain).Text(chainId).Number(height).Number(round).Number((ulong)step);
        return WriteBlock(writer, block).EndList().Keccak();
    }

    /// <summary>Whether <see cref="Voter"/> signed this vote on this chain.</summary>
    public bool IsSignedFor(string chainId) => IsSignedFor(chainId, KeySignatures.Instance);

    /// <inheritdoc cref="IsSignedFor(string)"/>
    public bool IsSignedFor(string chainId, ISignatureCheck signatures) => signatures.IsSigned(Voter, SigningHash(chainId, Height, Round, Step, Block), Signature);

    /// <summary>The canonical RLP encoding.</summary>
    public byte[] Encode()
    {
        var writer = new RlpWriter();
        WriteTo(writer);
        return writer.ToArray();
    }

    public void WriteTo(RlpWriter writer)
    {
        writer.StartList().Number(Height).Number(Round).Number((ulong)Step);
        WriteBlock(writer, Block).Address(Voter).Bytes(Signature.ToArray()).EndList();
    }

    /// <exception cref="RlpException">The bytes are not the canonical encoding of a vote.</exception>
    public static Vote Decode(ReadOnlySpan<byte> encoded)
    {
        var reader = new RlpReader(encoded, MaxBytes);
        var vote = ReadFrom(ref reader);
        reader.End();
        return vote;
    }

    /// <exception cref="RlpException">The next item is not a vote.</exception>
    public static Vote ReadFrom(ref RlpReader outer)
    {
        var reader = outer.ReadList();
        var (height, round) = (reader.ReadUInt64(), reader.ReadUInt32());
        var step = reader.ReadUInt64() switch
        {
            1 => VoteStep.Prevote,
            2 => VoteStep.Precommit,
            _ => throw new RlpException(RlpRefusal.UnknownValue),
        };
        var vote = new Vote(height, round, step, ReadBlock(ref reader), reader.ReadAddress(), reader.ReadSignature());
        reader.End();
        return vote;
    }

    private static RlpWriter WriteBlock(RlpWriter writer, Hash256? block) => block is { } hash ? writer.Hash(hash) : writer.Bytes([]);

    private static Hash256? ReadBlock(ref RlpReader reader)
    {
        var bytes = reader.ReadBytes(Hash256.Size);
        return bytes.Length switch
        {
            0 => null,
            Hash256.Size => new Hash256(bytes),
            _ => throw new RlpException(RlpRefusal.WrongLength),
        };
    }
}
