using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Contracts;

/// <summary>Calls of the compute market's contract. Each method first asks its rules and only then changes anything.</summary>
internal static class ContractExecution
{
    /// <param name="block">The block being executed.</param>
    /// <param name="sender">The account, its fee and nonce taken.</param>
    /// <param name="draft">To <see cref="ContractAddress.Compute"/>.</param>
    public static TxResult Apply(BlockExecution block, Account sender, TransactionDraft draft)
    {
        if (!ContractOperation.TryDecode(draft.Parameters.Span, out var operation))
        {
            return TxResult.UnexpectedParameters;
        }

        return operation switch
        {
            ContractOperation.OpenJob open => JobExecution.Open(block, sender, draft, open.Terms),
            ContractOperation.CloseJob close => JobExecution.Close(block, sender, close.JobId),
            ContractOperation.PostClaim claim => ClaimExecution.Post(block, sender, claim),
            ContractOperation.Dispute dispute => DisputeExecution.Dispute(block, sender, draft.Amount, dispute),
            ContractOperation.Defend defend => DisputeExecution.Defend(block, sender, defend),
            ContractOperation.Complain complain => DeliveryExecution.Complain(block, sender, draft.Amount, complain),
            ContractOperation.Attest attest => DeliveryExecution.Attest(block, sender, attest),
            ContractOperation.Commit commit => ChallengeExecution.Commit(block, sender, draft, commit),
            ContractOperation.Open open => ChallengeExecution.Open(block, sender, open),
            ContractOperation.Reveal reveal => ChallengeExecution.Reveal(block, sender, reveal),
            _ => TxResult.UnexpectedParameters,
        };
    }

    /// <summary>Pays out what was escrowed: a share of it burns, so that dealing with oneself costs something.</summary>
    public static void PayOut(BlockExecution block, Address to, Amount amount)
    {
        var burnt = amount.Share(block.Parameters.Contracts.PayoutBurnPercent, 100);
        block.Burn(burnt);
        block.Pay(to, amount - burnt);
    }

    /// <summary>Takes the sender's fee and nonce, and what it moves.</summary>
    public static void Charge(BlockExecution block, Account sender, Amount amount = default) => block.Set(sender with { Balance = sender.Balance - amount });
}
