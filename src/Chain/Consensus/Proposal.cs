using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>A signed proposal of a block for one round.</summary>
/// <param name="Height">Of the block.</param>
/// <param name="Round">In which it is proposed.</param>
/// <param name="ValidRound">The earlier round in which more than two thirds prevoted this very block; null for a new one.</param>
/// <param name="HeaderBytes">The encoded header, as signed: whether it decodes is for the receiver to find out, and to prove if it does not.</param>
/// <param name="Proposer">Whose proposal it says it is; the signature tells.</param>
/// <param name="Signature">Over <see cref="SigningHash"/>.</param>
public sealed record Proposal(ulong Height, uint Round, uint? ValidRound, ReadOnlyMemory<byte> HeaderBytes, Address Proposer, Signature Signature)
{
    /// <summary>The longest encoding, in bytes.</summary>
    public const int MaxBytes = Blocks.BlockHeader.MaxBytes + 160;

    private const string Domain = "VideoMesh proposal v1";

    /// <summary>Hash of the proposed block.</summary>
    public Hash256 Block => Keccak.Hash(HeaderBytes.Span);

    /// <summary>Signs a proposal.</summary>
    public static Proposal Sign(string chainId, ulong height, uint round, uint? validRound, ReadOnlyMemory<byte> headerBytes, PrivateKey key) =>
        new(height, round, validRound, headerBytes, key.Address, key.Sign(SigningHash(chainId, height, round, validRound, Keccak.Hash(headerBytes.Span))));

    /// <summary>What a proposer signs.</summary>
    public static Hash256 SigningHash(string chainId, ulong height, uint round, uint? validRound, Hash256 block) =>
        new RlpWriter().StartList().Text(Domain).Text(chainId).Number(height).Number(round).Number(Shift(validRound)).Hash(block).EndList().Keccak();

    /// <summary>Whether <see cref="Proposer"/> signed this proposal on this chain.</summary>
    public bool IsSignedFor(string chainId) => IsSignedFor(chainId, KeySignatures.Instance);

    /// <inheritdoc cref="IsSignedFor(string)"/>
    public bool IsSignedFor(string chainId, ISignatureCheck signatures) => signatures.IsSigned(Proposer, SigningHash(chainId, Height, Round, ValidRound, Block), Signature);

    /// <summary>The canonical RLP encoding.</summary>
    public byte[] Encode()
    {
        var writer = new RlpWriter();
        WriteTo(writer);
        return writer.ToArray();
    }

    public void WriteTo(RlpWriter writer) =>
        writer.StartList().Number(Height).Number(Round).Number(Shift(ValidRound)).Bytes(HeaderBytes.Span).Address(Proposer).Bytes(Signature.ToArray()).EndList();

    /// <exception cref="RlpException">The bytes are not the canonical encoding of a proposal; the header inside is not looked at.</exception>
    public static Proposal Decode(ReadOnlySpan<byte> encoded)
    {
        var reader = new RlpReader(encoded, MaxBytes);
        var proposal = ReadFrom(ref reader);
        reader.End();
        return proposal;
    }

    /// <exception cref="RlpException">The next item is not a proposal.</exception>
    public static Proposal ReadFrom(ref RlpReader outer)
    {
        var reader = outer.ReadList();
        var (height, round, shifted) = (reader.ReadUInt64(), reader.ReadUInt32(), reader.ReadUInt64());
        if (shifted > round)
        {
            throw new RlpException(RlpRefusal.UnknownValue);
        }

        var proposal = new Proposal(
            height,
            round,
            shifted == 0 ? null : (uint)(shifted - 1),
            reader.ReadBytes(Blocks.BlockHeader.MaxBytes).ToArray(),
            reader.ReadAddress(),
            reader.ReadSignature());
        reader.End();
        return proposal;
    }

    // 0 says none, so that each value has one spelling
    private static ulong Shift(uint? validRound) => validRound is { } round ? round + 1UL : 0;
}
