namespace VideoMesh.Chain.Transactions;

/// <summary>ω of each kind of transaction: what it costs the network to check and keep it for ever, in units of which one is about a nanosecond of one core. The signature
/// and two changed accounts come to about 100 µs; a byte in every verifier's store to about 100 ns.</summary>
public static class WattSchedule
{
    private const ulong PerByte = 100;

    /// <param name="type">A known type.</param>
    /// <param name="bytes">Size of the encoding in bytes.</param>
    public static ulong Of(TransactionType type, int bytes) => Base(type) + (PerByte * (ulong)bytes);

    private static ulong Base(TransactionType type) => type switch
    {
        TransactionType.Transfer => 100_000,
        TransactionType.Stake => 150_000,
        TransactionType.Challenge => 150_000,
        TransactionType.Trigger => 200_000,

        // two more signatures to recover
        TransactionType.Evidence => 250_000,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };
}
