using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Transactions;

/// <summary>Applies transactions to a block that is being executed. One method a rule; a transaction that breaks one leaves no trace.</summary>
internal static class TransactionExecution
{
    /// <summary>Applies a transaction whole, or says which rule is against it and changes nothing.</summary>
    public static TxResult Apply(BlockExecution block, VerifiedTransaction transaction)
    {
        var draft = transaction.Draft;
        var sender = block.Find(transaction.Sender);
        var result = CheckSender(block, sender, transaction);
        if (result != TxResult.Accepted)
        {
            return result;
        }

        var paid = sender with { Nonce = sender.Nonce + 1, Balance = sender.Balance - transaction.Fee };
        result = draft.Type switch
        {
            TransactionType.Transfer => Transfer(block, paid, draft),
            TransactionType.Stake => StakeExecution.Apply(block, paid, draft),
            TransactionType.Evidence => Accuse(block, paid, draft),

            TransactionType.Challenge => draft.Recipient == ContractAddress.Compute ? ContractExecution.Apply(block, paid, draft) : TxResult.NoSuchChallenge,
            TransactionType.Trigger => draft.Recipient == ContractAddress.Compute ? ContractExecution.Apply(block, paid, draft) : TxResult.NoSuchContract,
            _ => TxResult.UnknownType,
        };
        if (result == TxResult.Accepted)
        {
            block.Collect(transaction.Fee);
        }

        return result;
    }

    private static TxResult CheckSender(BlockExecution block, Account sender, VerifiedTransaction transaction) =>
        transaction.Draft.ExpiryHeight < block.Height ? TxResult.Expired
        : transaction.Draft.Nonce < sender.Nonce ? TxResult.NonceUsed
        : transaction.Draft.Nonce > sender.Nonce ? TxResult.NonceGap
        : sender.Balance < transaction.Fee + MovedFromBalance(transaction.Draft) ? TxResult.CannotPay
        : TxResult.Accepted;

    /// <summary>What a transaction takes from the balance besides the fee.</summary>
    internal static Amount MovedFromBalance(TransactionDraft draft) =>
        draft.Type == TransactionType.Stake && StakeOperation.TryDecode(draft.Parameters.Span, out var operation) && operation is StakeOperation.Lower ? Amount.Zero : draft.Amount;

    private static TxResult Transfer(BlockExecution block, Account sender, TransactionDraft draft)
    {
        block.Set(sender with { Balance = sender.Balance - draft.Amount });
        var recipient = block.Find(draft.Recipient);
        block.Set(recipient with { Balance = recipient.Balance + draft.Amount });
        return TxResult.Accepted;
    }

    private static TxResult Accuse(BlockExecution block, Account reporter, TransactionDraft draft)
    {
        if (!Evidence.TryDecode(draft.Parameters, out var evidence))
        {
            return TxResult.UnexpectedParameters;
        }

        if (evidence.Accused == reporter.Address)
        {
            return TxResult.OwnMisbehaviour;
        }

        // else one proposal for a height far ahead would cover all that are to come
        if (evidence.Height > block.Height)
        {
            return TxResult.NotYet;
        }

        if (IsTooOld(block, evidence.Height))
        {
            return TxResult.TooOld;
        }

        var accused = block.Find(evidence.Accused);
        if (accused.Bond is not { } bond || (bond.Stake == Amount.Zero && bond.Withdrawals.IsEmpty && bond.Jail != Jail.Tombstoned))
        {
            return TxResult.NothingToBurn;
        }

        if (IsPunished(bond, evidence))
        {
            return TxResult.AlreadyPunished;
        }

        if (!evidence.Proves(block.Parameters))
        {
            return TxResult.NoMisbehaviour;
        }

        var (after, burnt) = evidence.IsContradiction ? BurnAll(block, bond, evidence.Height) : BurnShare(block, bond, evidence.Height);
        var reward = burnt.Share(block.Parameters.ReporterSharePercent, 100);
        block.Set(accused with { Bond = after });
        block.Set(reporter with { Balance = reporter.Balance + reward });
        block.Burn(burnt - reward);
        return TxResult.Accepted;
    }

    private static bool IsTooOld(BlockExecution block, ulong height)
    {
        var unbonding = (ulong)block.Parameters.Unbonding.TotalMilliseconds;
        return block.Totals.Marks.Any(mark => mark.Height >= height && mark.TimeMilliseconds + unbonding < block.Time);
    }

    // An earlier contradiction than the known one still counts: withdrawals may have begun between the two.
    private static bool IsPunished(Bond bond, Evidence evidence) => bond.Jail == Jail.Tombstoned
        ? !evidence.IsContradiction || evidence.Height >= bond.ContradictedAt
        : !evidence.IsContradiction && evidence.Height <= bond.PunishedUpTo;

    private static (Bond After, Amount Burnt) BurnAll(BlockExecution block, Bond bond, ulong height)
    {
        var (after, burnt) = Burn(block, bond, height, percent: 100);
        return (after with { Jail = Jail.Tombstoned, ContradictedAt = height, Reveals = null, NextReveals = null }, burnt);
    }

    private static (Bond After, Amount Burnt) BurnShare(BlockExecution block, Bond bond, ulong height)
    {
        var (after, burnt) = Burn(block, bond, height, block.Parameters.InvalidProposalBurnPercent);
        return (after with { PunishedUpTo = height }, burnt);
    }

    // Of what is bonded, and of what began to be withdrawn since the offence.
    private static (Bond After, Amount Burnt) Burn(BlockExecution block, Bond bond, ulong height, ulong percent)
    {
        var burnt = bond.Stake.Share(percent, 100);
        var after = bond.WithStake(bond.Stake - burnt, block.Height, block.Window)!;
        var withdrawals = bond.Withdrawals.ToBuilder();
        for (var i = 0; i < withdrawals.Count; i++)
        {
            if (withdrawals[i].BegunHeight >= height)
            {
                var part = withdrawals[i].Amount.Share(percent, 100);
                withdrawals[i] = withdrawals[i] with { Amount = withdrawals[i].Amount - part };
                burnt += part;
            }
        }

        return (after with { Withdrawals = [.. withdrawals.Where(withdrawal => withdrawal.Amount > Amount.Zero)] }, burnt);
    }
}
