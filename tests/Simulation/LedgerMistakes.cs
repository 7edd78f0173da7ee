using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Simulation;

/// <summary>What all nodes' real ledger does wrong, so that they agree about it.</summary>
internal abstract class LedgerMistake
{
    /// <summary>Transactions an author takes into account.</summary>
    public virtual IEnumerable<VerifiedTransaction> Seen(IEnumerable<VerifiedTransaction> candidates) => candidates;

    /// <summary>Accounts as the mistake leaves them after a block.</summary>
    public virtual IEnumerable<Account> Alter(ChainState before, BlockResult result, Address author) => [];

    /// <summary>What a node that comes up again takes for its state.</summary>
    public virtual ChainState Reopen(ChainState state) => state;
}

/// <summary>Ledgers with one mistake each.</summary>
internal static class LedgerMistakes
{
    /// <summary>Nobody takes evidence into a block.</summary>
    public sealed class IgnoresEvidence : LedgerMistake
    {
        public override IEnumerable<VerifiedTransaction> Seen(IEnumerable<VerifiedTransaction> candidates) =>
            candidates.Where(transaction => transaction.Draft.Type != TransactionType.Evidence);
    }

    /// <summary>What evidence burns is counted as burnt and stays where it was.</summary>
    public sealed class BurnsNothing : LedgerMistake
    {
        public override IEnumerable<Account> Alter(ChainState before, BlockResult result, Address author) => result.Transactions
            .Where(transaction => transaction.Draft.Type == TransactionType.Evidence)
            .Select(transaction => transaction.Draft.Recipient).Distinct()
            .Select(accused => result.State.Find(accused) with { Bond = before.Find(accused).Bond });
    }

    /// <summary>The subsidy is paid a second time.</summary>
    public sealed class RewardsTwice : LedgerMistake
    {
        public override IEnumerable<Account> Alter(ChainState before, BlockResult result, Address author)
        {
            var account = result.State.Find(author);
            yield return account with { Balance = account.Balance + before.Parameters.BlockReward };
        }
    }

    /// <summary>What was paid out when it had waited long enough is paid out again.</summary>
    public sealed class PaysWithdrawalsTwice : LedgerMistake
    {
        public override IEnumerable<Account> Alter(ChainState before, BlockResult result, Address author) => result.Touched
            .Select(address => (Account: result.State.Find(address), Due: before.Find(address).Bond?.Withdrawals.Where(withdrawal => withdrawal.MaturesAt <= result.State.TimeMilliseconds)))
            .Where(paid => paid.Due is not null && paid.Due.Any())
            .Select(paid => paid.Account with { Balance = paid.Due!.Aggregate(paid.Account.Balance, (sum, withdrawal) => sum + withdrawal.Amount) });
    }

    /// <summary>A node that was down does not know any more whom it owes withdrawals.</summary>
    public sealed class ForgetsWithdrawals : LedgerMistake
    {
        public override ChainState Reopen(ChainState state) => state with { Maturing = [] };
    }
}
