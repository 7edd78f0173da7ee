using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Transactions;

/// <summary>What a transaction says, before its account signs it.</summary>
public sealed record TransactionDraft
{
    private const string Domain = "VideoMesh transaction v1";

    public required string ChainId { get; init; }

    public required TransactionType Type { get; init; }

    /// <summary>How many transactions of the account came before.</summary>
    public required ulong Nonce { get; init; }

    /// <summary>Who gets <see cref="Amount"/>, or which contract is called. Of a stake transaction: the account itself.</summary>
    public required Address Recipient { get; init; }

    /// <summary>Coins that are moved, bonded or unbonded.</summary>
    public Amount Amount { get; init; }

    /// <summary>RLP whose form follows from the type; empty for a transfer.</summary>
    public ReadOnlyMemory<byte> Parameters { get; init; }

    /// <summary>ω_max: the most ω the account is ready to pay for.</summary>
    public required ulong MaxWatts { get; init; }

    /// <summary>π: nano-VID offered per ω.</summary>
    public required Amount Price { get; init; }

    /// <summary>µpay: what a confirmed response to a challenge earns; zero for all other types.</summary>
    public Amount MicroPay { get; init; }

    /// <summary>The last height of a block that may hold it.</summary>
    public required ulong ExpiryHeight { get; init; }

    /// <summary>What gets signed.</summary>
    public Hash256 SigningHash
    {
        get
        {
            var writer = new RlpWriter().StartList().Text(Domain);
            WriteFields(writer);
            return writer.EndList().Keccak();
        }
    }

    public Transaction Sign(PrivateKey key) => new(this, key.Sign(SigningHash));

    internal void WriteFields(RlpWriter writer) => writer
        .Text(ChainId).Number((ulong)Type).Number(Nonce).Address(Recipient).Number(Amount.Nano).Bytes(Parameters.Span)
        .Number(MaxWatts).Number(Price.Nano).Number(MicroPay.Nano).Number(ExpiryHeight);

    internal static TransactionDraft ReadFields(ref RlpReader reader, int maxBytes) => new()
    {
        ChainId = reader.ReadText(MaxChainIdBytes),
        Type = (TransactionType)reader.ReadUInt32(),
        Nonce = reader.ReadUInt64(),
        Recipient = reader.ReadAddress(),
        Amount = new Amount(reader.ReadUInt64()),
        Parameters = reader.ReadBytes(maxBytes).ToArray(),
        MaxWatts = reader.ReadUInt64(),
        Price = new Amount(reader.ReadUInt64()),
        MicroPay = new Amount(reader.ReadUInt64()),
        ExpiryHeight = reader.ReadUInt64(),
    };

    private const int MaxChainIdBytes = 64;
}
