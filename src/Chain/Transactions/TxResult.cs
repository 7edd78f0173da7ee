namespace VideoMesh.Chain.Transactions;

/// <summary>What becomes of a transaction: one name for each rule that can refuse it. Nothing is accepted by default.</summary>
public enum TxResult
{
    /// <summary>Nobody has looked at it.</summary>
    Unchecked = 0,
    Accepted,

    TooLong,
    Malformed,
    TrailingBytes,
    HighS,
    InvalidSignature,
    UnknownType,
    WrongChain,
    UnexpectedParameters,
    UnexpectedMicroPay,
    WattsTooLow,
    PriceTooLow,
    CostOverflows,

    Expired,
    NonceUsed,
    NonceGap,
    CannotPay,

    WrongRecipient,
    StakeTooLow,
    BelowBarrier,
    TooManyRaises,
    TooManyUnbondings,
    AlreadyRegistered,
    NotRegistered,
    ChainTooShort,
    NotJailed,
    Tombstoned,

    NoMisbehaviour,
    NothingToBurn,
    TooOld,
    NotYet,
    AlreadyPunished,
    OwnMisbehaviour,

    NoSuchChallenge,
    NoSuchContract,
}

/// <summary>The catalogue of refusals.</summary>
public static class TxResults
{
    /// <summary>The one sentence that goes with a result.</summary>
    public static string Sentence(this TxResult result) => result switch
    {
        TxResult.Accepted => "The transaction is accepted.",
        TxResult.TooLong => "The transaction is longer than the chain allows.",
        TxResult.Malformed => "The bytes are not the canonical encoding of a transaction.",
        TxResult.TrailingBytes => "The encoding goes on after the transaction.",
        TxResult.HighS => "The s of the signature lies in the upper half of the order: sign with the lower one (EIP-2).",
        TxResult.InvalidSignature => "No account made this signature.",
        TxResult.UnknownType => "The transaction is of a type this chain does not know.",
        TxResult.WrongChain => "The transaction was signed for another chain.",
        TxResult.UnexpectedParameters => "The parameters are not of the form that the type asks for.",
        TxResult.UnexpectedMicroPay => "Only a challenge carries a micropayment.",
        TxResult.WattsTooLow => "The transaction uses more ω than it allows for: raise its ω limit.",
        TxResult.PriceTooLow => "The transaction offers less per ω than the chain's least price.",
        TxResult.CostOverflows => "Amount and fee together are more than there can be.",
        TxResult.Expired => "The expiry height of the transaction is over.",
        TxResult.NonceUsed => "The account has used this nonce already.",
        TxResult.NonceGap => "The account has not used the nonce before this one yet.",
        TxResult.CannotPay => "The balance does not cover amount and fee.",
        TxResult.WrongRecipient => "A stake transaction names its own account as recipient.",
        TxResult.StakeTooLow => "The account has less stake than it wants to unbond.",
        TxResult.BelowBarrier => "The account's stake is below the barrier Ψ.",
        TxResult.TooManyRaises => "The account has raised its stake too often within the confirmation window: wait some blocks.",
        TxResult.TooManyUnbondings => "Too many withdrawals of the account are waiting: wait for one to be paid out.",
        TxResult.AlreadyRegistered => "The account is registered as a verifier already.",
        TxResult.NotRegistered => "The account is not registered as a verifier.",
        TxResult.ChainTooShort => "The hash chain is shorter than twice the confirmation window, so it could run out before it can be renewed.",
        TxResult.NotJailed => "The account is not jailed.",
        TxResult.Tombstoned => "The account signed two things that exclude one another, and never takes part again: it can only withdraw.",
        TxResult.NoMisbehaviour => "What is handed in does not show that anybody broke a rule.",
        TxResult.NothingToBurn => "The accused account has nothing that can burn.",
        TxResult.TooOld => "The offence lies back longer than stake can be held for it.",
        TxResult.NotYet => "The offence is said to be of a height that has not come yet.",
        TxResult.AlreadyPunished => "This offence, or a later one of its kind, was punished already.",
        TxResult.OwnMisbehaviour => "An account cannot report itself.",
        TxResult.NoSuchChallenge => "There is no such open challenge.",
        TxResult.NoSuchContract => "There is no contract at the recipient's address.",
        _ => throw new ArgumentOutOfRangeException(nameof(result)),
    };
}
