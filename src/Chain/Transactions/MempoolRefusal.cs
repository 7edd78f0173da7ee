namespace VideoMesh.Chain.Transactions;

/// <summary>Why a transaction that may be right does not wait here.</summary>
public enum MempoolRefusal
{
    /// <summary>It waits already.</summary>
    AlreadyKnown = 1,

    /// <summary>No block may hold it any more.</summary>
    Expired,

    /// <summary>A final block holds a transaction with this nonce.</summary>
    NonceUsed,

    /// <summary>Too many transactions of the account would have to come first.</summary>
    NonceTooFarAhead,

    /// <summary>One with the same nonce waits and does not offer enough less.</summary>
    ReplacementUnderpriced,

    /// <summary>The balance does not cover it together with the account's others that wait.</summary>
    CannotPay,

    /// <summary>The pool is full of transactions that offer as much or more.</summary>
    Full,
}

/// <summary>The catalogue of refusals.</summary>
public static class MempoolRefusals
{
    /// <summary>The one sentence that goes with a reason.</summary>
    public static string Sentence(this MempoolRefusal reason) => reason switch
    {
        MempoolRefusal.AlreadyKnown => "This transaction waits for a block already.",
        MempoolRefusal.Expired => "The expiry height of the transaction is over.",
        MempoolRefusal.NonceUsed => "A final block holds a transaction of this account with this nonce.",
        MempoolRefusal.NonceTooFarAhead => "The nonce is too far ahead of the account's: send the transactions before it first.",
        MempoolRefusal.ReplacementUnderpriced => "A transaction with this nonce waits already, and only one that offers a tenth more per watt replaces it.",
        MempoolRefusal.CannotPay => "The balance does not cover this transaction together with the account's others that wait.",
        MempoolRefusal.Full => "Too many transactions wait that offer as much per watt or more: offer more, or try again later.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
