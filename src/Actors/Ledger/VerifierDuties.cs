using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Actors.Ledger;

/// <summary>What a verifier's node does about its own account without being asked: registers when there is stake, names the next hash chain in time, asks out of jail if
/// told to, and bonds a share of what it earns (white paper, section 6.2). Pure.</summary>
/// <param name="RestakePercent">Share of earnings to be bonded.</param>
/// <param name="Unjails">Whether to ask out of jail.</param>
/// <param name="Earned">Coins earned since the last were bonded.</param>
/// <param name="RestakedAt">The height at which that was.</param>
public sealed record VerifierDuties(int RestakePercent, bool Unjails, Amount Earned, ulong RestakedAt)
{
    // Of the raises within a window that an account may make, half are left to people.
    private const ulong RestakesPerWindow = 8;

    // What is bonded is worth the fee of doing so many times over.
    private static readonly Amount s_leastRaise = new(Amount.NanoPerVid / 10);

    /// <summary>A block of this account's chain is final.</summary>
    /// <param name="before">The state below it.</param>
    /// <param name="after">The state after it.</param>
    /// <param name="transactions">In the block.</param>
    public VerifierDuties Learn(ChainState before, ChainState after, IEnumerable<VerifiedTransaction> transactions, Address own)
    {
        var (was, now) = (before.Find(own), after.Find(own));
        Int128 earned = (Int128)now.Balance.Nano - was.Balance.Nano;
        foreach (var transaction in transactions)
        {
            if (transaction.Sender == own)
            {
                earned += PooledTransaction.Of(transaction).MostCost.Nano;
            }

            if (transaction.Draft.Type == TransactionType.Transfer && transaction.Draft.Recipient == own)
            {
                earned -= transaction.Draft.Amount.Nano;
            }
        }

        // coins that come back from a withdrawal were earned before
        foreach (var withdrawal in was.Bond?.Withdrawals ?? [])
        {
            if (withdrawal.MaturesAt <= after.TimeMilliseconds)
            {
                earned -= withdrawal.Amount.Nano;
            }
        }

        return earned > 0 ? this with { Earned = Earned + new Amount((ulong)earned) } : this;
    }

    /// <summary>The one transaction that is due, or null.</summary>
    public (StakeOperation Operation, Amount Amount)? Due(ChainState state, VerifierKey key)
    {
        var account = state.Find(key.Address);
        var window = state.Parameters.ConfirmationWindow;
        return account.Bond switch
        {
            null or { Jail: Jail.Tombstoned } => null,
            { Reveals: null } bond => bond.Stake >= state.Parameters.Barrier ? (new StakeOperation.Register(key.NamedBy(account.Nonce).Head, key.ChainLength), Amount.Zero) : null,
            { Jail: Jail.Jailed } when Unjails => (new StakeOperation.Unjail(), Amount.Zero),
            { NextReveals: null, Reveals.Left: var left } when left <= 2 * window => (new StakeOperation.Renew(key.NamedBy(account.Nonce).Head, key.ChainLength), Amount.Zero),
            _ when Raise is var raise && raise >= s_leastRaise && raise < account.Balance && state.Height >= RestakedAt + (window / RestakesPerWindow) + 1 => (new StakeOperation.Raise(), raise),
            _ => null,
        };
    }

    /// <summary>That transaction was handed in.</summary>
    public VerifierDuties Done(StakeOperation operation, ulong height) => operation is StakeOperation.Raise ? this with { Earned = Amount.Zero, RestakedAt = height } : this;

    private Amount Raise => Earned.Share((ulong)RestakePercent, 100);
}
