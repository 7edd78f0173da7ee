using System.Buffers.Binary;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Benchmarks;

/// <summary>Accounts by number.</summary>
internal static class BenchAccounts
{
    public static PrivateKey Key(int number)
    {
        var bytes = new byte[PrivateKey.Size];
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(28), number);
        return PrivateKey.FromBytes(bytes);
    }

    /// <summary>An account whose key nobody needs.</summary>
    public static Address Filler(int number) => new(Keccak.Hash(BitConverter.GetBytes(number)).ToArray().AsSpan(0, Address.Size));
}

/// <summary>A transfer before anybody's format of it.</summary>
/// <param name="From">Who signs.</param>
/// <param name="Nonce">How many of that account came before.</param>
/// <param name="To">Who gets something.</param>
internal readonly record struct BenchTransfer(PrivateKey From, ulong Nonce, Address To)
{
    /// <summary>In our own format.</summary>
    public byte[] Sign(ChainParameters parameters) => new TransactionDraft
    {
        ChainId = parameters.ChainId,
        Type = TransactionType.Transfer,
        Nonce = Nonce,
        Recipient = To,
        Amount = new Amount(1_000_000),
        MaxWatts = 1_000_000,
        Price = parameters.MinimumPrice,
        ExpiryHeight = 1_000_000,
    }.Sign(From).Encode();
}
