using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Transactions;

/// <summary>A transaction that waits for a block, its signature verified.</summary>
/// <param name="Hash">Of the encoding.</param>
/// <param name="Sender">Who signed it.</param>
/// <param name="Nonce">Its place among the sender's.</param>
/// <param name="Price">Offered per ω.</param>
/// <param name="MostCost">The most that it takes from the sender's balance, amount and fee.</param>
/// <param name="Expiry">The last height of a block that may hold it.</param>
/// <param name="Encoded">As signed.</param>
public sealed record PooledTransaction(Hash256 Hash, Address Sender, ulong Nonce, Amount Price, Amount MostCost, ulong Expiry, ReadOnlyMemory<byte> Encoded)
{
    /// <summary>When it came, counted from 1.</summary>
    internal ulong Arrival { get; set; }

    /// <summary>The lowest price among this one and those of its sender that come before it.</summary>
    internal Amount LeastPrice { get; set; }
}
