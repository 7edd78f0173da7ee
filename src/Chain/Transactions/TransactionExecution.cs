using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
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

            // no challenge is open and no contract deployed on a chain without contracts
            TransactionType.Challenge => TxResult.NoSuchChallenge,
            TransactionType.Trigger => TxResult.NoSuchContract,
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

        if (IsTooOld(block, evidence.Height))
        {
            return TxResult.TooOld;
        }

        var accused = block.Find(evidence.Accused);
        if (accused.Bond is not { } bond || (bond.Stake == Amount.Zero && bond.Withdrawals.IsEmpty && bond.Jail != Jail.Tombstoned))
        {
            return TxResult.NothingToBurn;
        }

        if (bond.Jail == Jail.Tombstoned || (!evidence.IsContradiction && evidence.Height <= bond.PunishedUpTo))
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

    // Everything bonded, and what began to be withdrawn since the offence.
    private static (Bond After, Amount Burnt) BurnAll(BlockExecution block, Bond bond, ulong height)
    {
        var withdrawn = bond.Withdrawals.Where(withdrawal => withdrawal.BegunHeight >= height).Aggregate(Amount.Zero, (sum, withdrawal) => sum + withdrawal.Amount);
        var after = bond.WithStake(Amount.Zero, block.Height, block.Window)! with
        {
            Withdrawals = bond.Withdrawals.RemoveAll(withdrawal => withdrawal.BegunHeight >= height),
            Jail = Jail.Tombstoned,
            Reveals = null,
            NextReveals = null,
        };
        return (after, bond.Stake + withdrawn);
    }

    private static (Bond After, Amount Burnt) BurnShare(BlockExecution block, Bond bond, ulong height)
    {
        var burnt = bond.Stake.Share(block.Parameters.InvalidProposalBurnPercent, 100);
        return (bond.WithStake(bond.Stake - burnt, block.Height, block.Window)! with { PunishedUpTo = height }, burnt);
    }
}
