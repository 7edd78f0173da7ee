namespace VideoMesh.Chain.Blocks;

/// <summary>Why a block cannot be the next one: one name for each rule.</summary>
public enum BlockRefusal
{
    WrongChain = 1,
    WrongHeight,
    WrongParent,
    RoundTooFar,
    TimeNotAfterParent,
    BodyTooLarge,
    WrongBody,
    MalformedBody,
    WrongTransactionsRoot,
    WrongCertificate,
    WrongVoters,
    WrongAuthor,
    WrongReveal,
    WrongSeed,
    InvalidTransaction,
    InapplicableTransaction,
    WrongStateRoot,
    WrongNextVoters,
}

/// <summary>The catalogue of refusals.</summary>
public static class BlockRefusals
{
    /// <summary>The one sentence that goes with a reason.</summary>
    public static string Sentence(this BlockRefusal refusal) => refusal switch
    {
        BlockRefusal.WrongChain => "The block is of another chain.",
        BlockRefusal.WrongHeight => "The block is not of the next height.",
        BlockRefusal.WrongParent => "The block does not follow the last one.",
        BlockRefusal.RoundTooFar => "The block names a round that no height can have come to.",
        BlockRefusal.TimeNotAfterParent => "The block's time is not after its parent's.",
        BlockRefusal.BodyTooLarge => "The block's body is larger than the chain allows.",
        BlockRefusal.WrongBody => "The body is not the one the header names.",
        BlockRefusal.MalformedBody => "The body is not the canonical encoding of one.",
        BlockRefusal.WrongTransactionsRoot => "The header does not name the transactions in the body.",
        BlockRefusal.WrongCertificate => "The body does not show that the parent is final.",
        BlockRefusal.WrongVoters => "The header names other voters of this height.",
        BlockRefusal.WrongAuthor => "It was not the author's turn in that round.",
        BlockRefusal.WrongReveal => "The reveal is not the next one of the author's hash chain.",
        BlockRefusal.WrongSeed => "The seed does not follow from the parent's and the reveal.",
        BlockRefusal.InvalidTransaction => "A transaction in the block breaks a rule that needs no state.",
        BlockRefusal.InapplicableTransaction => "A transaction in the block cannot be applied where it stands.",
        BlockRefusal.WrongStateRoot => "The header names another state than the one the block leads to.",
        BlockRefusal.WrongNextVoters => "The header names other voters of the next height.",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal)),
    };

    /// <summary>Whether the author can be shown to be at fault by somebody who knows only the chain's parameters. A wrong state root or time burns nothing: an error in
    /// a program must not burn honest people.</summary>
    public static bool IsProvableMisbehaviour(this BlockRefusal refusal) => refusal is BlockRefusal.BodyTooLarge or BlockRefusal.InvalidTransaction;
}

/// <summary>What became of a block.</summary>
public abstract record BlockOutcome
{
    private BlockOutcome()
    {
    }

    public sealed record Accepted(BlockResult Result) : BlockOutcome;

    /// <param name="Reason">The rule it breaks.</param>
    /// <param name="Transaction">The place of the transaction at fault in the body, or −1.</param>
    /// <param name="TransactionResult">What is wrong with that transaction.</param>
    public sealed record Refused(BlockRefusal Reason, int Transaction = -1, Transactions.TxResult TransactionResult = Transactions.TxResult.Unchecked) : BlockOutcome;
}
