using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Blocks;

/// <summary>What names a block and what voters sign: everything else about a block follows from it. Its hash is the Keccak-256 of <see cref="Encode"/>.</summary>
public sealed record BlockHeader
{
    /// <summary>The longest encoding accepted, in bytes.</summary>
    public const int MaxBytes = 1024;

    private const string Domain = "VideoMesh header v1";
    private const int MaxChainIdBytes = 64;

    public required string ChainId { get; init; }

    /// <summary>1 for the first block after genesis.</summary>
    public required ulong Height { get; init; }

    /// <summary>The round in which <see cref="Author"/> made it; a later round may propose it again.</summary>
    public required uint Round { get; init; }

    /// <summary>Hash of the block before, or of the genesis.</summary>
    public required Hash256 ParentHash { get; init; }

    /// <summary>Milliseconds since 1970 UTC, later than the parent's.</summary>
    public required ulong TimeMilliseconds { get; init; }

    /// <summary>Who made the block, and earns its reward.</summary>
    public required Address Author { get; init; }

    /// <summary>Merkle root over the encoded transactions, so that one of them can be shown without the others.</summary>
    public required Hash256 TransactionsRoot { get; init; }

    /// <summary>SHA-256 of the encoded body: its name on the data plane.</summary>
    public required ContentHash BodyHash { get; init; }

    /// <summary>Size of the encoded body in bytes.</summary>
    public required uint BodyBytes { get; init; }

    /// <summary>Root of the state after this block.</summary>
    public required Hash256 StateRoot { get; init; }

    /// <summary>Hash of the voters of this height, see <see cref="Consensus.VoterSet"/>.</summary>
    public required Hash256 VotersHash { get; init; }

    /// <summary>Hash of the voters of the next height.</summary>
    public required Hash256 NextVotersHash { get; init; }

    /// <summary>The next preimage of the author's hash chain.</summary>
    public required Hash256 Reveal { get; init; }

    /// <summary>The beacon after this block: Keccak-256 of domain, the parent's seed and <see cref="Reveal"/>.</summary>
    public required Hash256 Seed { get; init; }

    /// <summary>The block's name.</summary>
    public Hash256 Hash => Keccak.Hash(Encode());

    /// <summary>The canonical RLP encoding.</summary>
    public byte[] Encode() => new RlpWriter().StartList()
        .Text(Domain).Text(ChainId).Number(Height).Number(Round).Hash(ParentHash).Number(TimeMilliseconds).Address(Author)
        .Hash(TransactionsRoot).Hash(BodyHash).Number(BodyBytes).Hash(StateRoot).Hash(VotersHash).Hash(NextVotersHash).Hash(Reveal).Hash(Seed)
        .EndList().ToArray();

    /// <summary>Reads what <see cref="Encode"/> writes, and nothing else.</summary>
    /// <exception cref="RlpException">The bytes are not the canonical encoding of a header.</exception>
    public static BlockHeader Decode(ReadOnlySpan<byte> encoded)
    {
        var outer = new RlpReader(encoded, MaxBytes);
        var reader = outer.ReadList();
        outer.End();
        reader.Expect(Domain);
        var header = new BlockHeader
        {
            ChainId = reader.ReadText(MaxChainIdBytes),
            Height = reader.ReadUInt64(),
            Round = reader.ReadUInt32(),
            ParentHash = reader.ReadHash(),
            TimeMilliseconds = reader.ReadUInt64(),
            Author = reader.ReadAddress(),
            TransactionsRoot = reader.ReadHash(),
            BodyHash = reader.ReadContentHash(),
            BodyBytes = reader.ReadUInt32(),
            StateRoot = reader.ReadHash(),
            VotersHash = reader.ReadHash(),
            NextVotersHash = reader.ReadHash(),
            Reveal = reader.ReadHash(),
            Seed = reader.ReadHash(),
        };
        reader.End();
        return header;
    }
}
