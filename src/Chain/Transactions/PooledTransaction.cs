using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Transactions;

/// <summary>A transaction that waits for a block.</summary>
/// <param name="Transaction">Its signature is verified.</param>
/// <param name="MostCost">The most that it takes from the sender's balance, amount and fee.</param>
public sealed record PooledTransaction(VerifiedTransaction Transaction, Amount MostCost)
{
    public Hash256 Hash => Transaction.Hash;

    public Address Sender => Transaction.Sender;

    public ulong Nonce => Transaction.Draft.Nonce;

    /// <summary>Offered per ω.</summary>
    public Amount Price => Transaction.Draft.Price;

    public ReadOnlyMemory<byte> Encoded => Transaction.Encoded;

    /// <summary>The last height of a block that may hold it.</summary>
    public ulong Expiry => Transaction.Draft.ExpiryHeight;

    /// <summary>When it came, counted from 1.</summary>
    internal ulong Arrival { get; set; }

    /// <summary>The lowest price among this one and those of its sender that come before it.</summary>
    internal Amount LeastPrice { get; set; }

    public static PooledTransaction Of(VerifiedTransaction transaction) =>
        new(transaction, transaction.Fee + TransactionExecution.MovedFromBalance(transaction.Draft));
}
