using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Contracts;

/// <summary>What a miner signs when it delivers a segment in one rendition: the client keeps it, and a dispute needs it. The signature is over this chain and job, so it
/// means nothing elsewhere.</summary>
/// <param name="JobId">Of the escrow.</param>
/// <param name="Segment">From 0.</param>
/// <param name="Rendition">From 0.</param>
/// <param name="Content">SHA-256 of the delivered bytes.</param>
/// <param name="Packets">SHA-256 over the packets in decoding order: what checks compare.</param>
/// <param name="Salt">Chosen by the miner at random, so that a leaf tells nothing before it is opened.</param>
public sealed record JobResult(Hash256 JobId, int Segment, int Rendition, ContentHash Content, ContentHash Packets, Hash256 Salt)
{
    private const string Domain = "VideoMesh result v1";

    /// <summary>The leaf of the claim that this result becomes.</summary>
    public Hash256 Leaf => WorkLeaf.Hash(JobId, Segment, Rendition, Packets, Salt);

    /// <summary>What the miner signs.</summary>
    public Hash256 SigningHash(string chainId)
    {
        var writer = new RlpWriter().StartList().Text(Domain).Text(chainId);
        WriteFields(writer);
        return writer.EndList().Keccak();
    }

    public SignedResult Sign(string chainId, PrivateKey miner) => new(this, miner.Sign(SigningHash(chainId)));

    internal void WriteFields(RlpWriter writer) =>
        writer.Hash(JobId).Number((ulong)Segment).Number((ulong)Rendition).Hash(Content).Hash(Packets).Hash(Salt);

    internal static JobResult ReadFields(ref RlpReader reader) =>
        new(reader.ReadHash(), Index(reader.ReadUInt32(), JobTerms.MaxSegments), Index(reader.ReadUInt32(), JobTerms.MaxRenditions), reader.ReadContentHash(), reader.ReadContentHash(), reader.ReadHash());

    private static int Index(uint number, int below) => number < below ? (int)number : throw new RlpException(RlpRefusal.UnknownValue);
}

/// <summary>A result and its miner's signature.</summary>
public sealed record SignedResult(JobResult Result, Signature Signature)
{
    private const int MaxBytes = 512;

    public bool IsSignedBy(string chainId, Address miner) => Signature.TryRecover(Result.SigningHash(chainId), out var signer) && signer == miner;

    /// <summary>The canonical RLP encoding.</summary>
    public byte[] Encode()
    {
        var writer = new RlpWriter();
        WriteTo(writer);
        return writer.ToArray();
    }

    /// <exception cref="RlpException">The bytes are not the canonical encoding of a signed result.</exception>
    public static SignedResult Decode(ReadOnlySpan<byte> encoded)
    {
        var outer = new RlpReader(encoded, MaxBytes);
        var read = ReadFrom(ref outer);
        outer.End();
        return read;
    }

    internal void WriteTo(RlpWriter writer)
    {
        writer.StartList();
        Result.WriteFields(writer);
        writer.Bytes(Signature.ToArray()).EndList();
    }

    internal static SignedResult ReadFrom(ref RlpReader outer)
    {
        var reader = outer.ReadList();
        var read = new SignedResult(JobResult.ReadFields(ref reader), reader.ReadSignature());
        reader.End();
        return read;
    }
}

/// <summary>The leaves of a claim, ordered by segment and then rendition, under <see cref="Blocks.Merkle"/>'s root.</summary>
public static class WorkLeaf
{
    private const string Domain = "VideoMesh leaf v1";

    public static Hash256 Hash(Hash256 jobId, int segment, int rendition, ContentHash packets, Hash256 salt) =>
        new RlpWriter().StartList().Text(Domain).Hash(jobId).Number((ulong)segment).Number((ulong)rendition).Hash(packets).Hash(salt).EndList().Keccak();

    /// <summary>The root a claim names.</summary>
    public static Hash256 Root(IEnumerable<Hash256> leaves) => Blocks.Merkle.Root(Items(leaves));

    /// <summary>Shows that the leaf of this index is in the claim.</summary>
    public static Blocks.MerklePath Prove(IEnumerable<Hash256> leaves, int index) => Blocks.Merkle.Prove(Items(leaves), index);

    private static ReadOnlyMemory<byte>[] Items(IEnumerable<Hash256> leaves) => [.. leaves.Select(leaf => (ReadOnlyMemory<byte>)leaf.ToArray())];
}
