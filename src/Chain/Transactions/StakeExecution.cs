using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Transactions;

/// <summary>What stake transactions do (white paper, section 6.1).</summary>
internal static class StakeExecution
{
    /// <param name="block">The block being executed.</param>
    /// <param name="sender">The account, its fee and nonce taken.</param>
    /// <param name="draft">Of a stake transaction.</param>
    public static TxResult Apply(BlockExecution block, Account sender, TransactionDraft draft)
    {
        if (draft.Recipient != sender.Address)
        {
            return TxResult.WrongRecipient;
        }

        if (!StakeOperation.TryDecode(draft.Parameters.Span, out var operation))
        {
            return TxResult.UnexpectedParameters;
        }

        var bond = sender.Bond ?? Bond.None;
        return bond.Jail == Jail.Tombstoned && operation is not StakeOperation.Lower
            ? TxResult.Tombstoned
            : operation switch
            {
                StakeOperation.Raise => Raise(block, sender, bond, draft.Amount),
                StakeOperation.Lower => Lower(block, sender, bond, draft.Amount),
                StakeOperation.Register register => Register(block, sender, bond, register),
                StakeOperation.Renew renew => Renew(block, sender, bond, renew),
                StakeOperation.Unregister => Unregister(block, sender, bond),
                StakeOperation.Unjail => Unjail(block, sender, bond),
                StakeOperation.Serve serve => Serve(block, sender, bond, serve),
                StakeOperation.Reserve reserve => Reserve(block, sender, bond, reserve.Reserved),
                _ => TxResult.UnexpectedParameters,
            };
    }

    private static TxResult Raise(BlockExecution block, Account sender, Bond bond, Amount amount)
    {
        if (bond.WithStake(bond.Stake + amount, block.Height, block.Window) is not { } raised)
        {
            return TxResult.TooManyRaises;
        }

        block.Set(sender with { Balance = sender.Balance - amount, Bond = raised });
        return TxResult.Accepted;
    }

    private static TxResult Lower(BlockExecution block, Account sender, Bond bond, Amount amount)
    {
        if (bond.Stake < amount)
        {
            return TxResult.StakeTooLow;
        }

        if (block.Contracts.Reserve(sender.Address) is { } reserve && bond.Stake - amount < reserve.Reserved)
        {
            return TxResult.StakeReserved;
        }

        if (bond.Withdrawals.Length == Bond.MaxWithdrawals)
        {
            return TxResult.TooManyUnbondings;
        }

        var withdrawal = new Withdrawal(amount, block.Height, block.Time + (ulong)block.Parameters.Unbonding.TotalMilliseconds);
        var lowered = bond.WithStake(bond.Stake - amount, block.Height, block.Window)!;
        block.Set(sender with { Bond = lowered with { Withdrawals = bond.Withdrawals.Add(withdrawal) } });
        block.Await(withdrawal.MaturesAt, sender.Address);
        return TxResult.Accepted;
    }

    private static TxResult Register(BlockExecution block, Account sender, Bond bond, StakeOperation.Register register)
    {
        var refusal = bond.Reveals is not null ? TxResult.AlreadyRegistered
            : bond.Stake < block.Parameters.Barrier ? TxResult.BelowBarrier
            : CheckLength(block, register.Length);
        if (refusal == TxResult.Accepted)
        {
            block.Set(sender with { Bond = bond with { Reveals = Named(block, sender, register.Head, register.Length), NextReveals = null, Missed = 0 } });
        }

        return refusal;
    }

    private static TxResult Renew(BlockExecution block, Account sender, Bond bond, StakeOperation.Renew renew)
    {
        var refusal = bond.Reveals is null ? TxResult.NotRegistered : CheckLength(block, renew.Length);
        if (refusal == TxResult.Accepted)
        {
            block.Set(sender with { Bond = bond with { NextReveals = Named(block, sender, renew.Head, renew.Length) } });
        }

        return refusal;
    }

    private static TxResult Unregister(BlockExecution block, Account sender, Bond bond)
    {
        if (bond.Reveals is null)
        {
            return TxResult.NotRegistered;
        }

        block.Set(sender with { Bond = bond with { Reveals = null, NextReveals = null } });
        return TxResult.Accepted;
    }

    private static TxResult Unjail(BlockExecution block, Account sender, Bond bond)
    {
        if (bond.Jail != Jail.Jailed)
        {
            return TxResult.NotJailed;
        }

        block.Set(sender with { Bond = bond with { Jail = Jail.Free, Missed = 0 } });
        return TxResult.Accepted;
    }

    private static TxResult Serve(BlockExecution block, Account sender, Bond bond, StakeOperation.Serve serve)
    {
        if (bond.Reveals is null && !serve.Classes.IsEmpty)
        {
            return TxResult.NotAVerifier;
        }

        block.Set(sender);
        if (serve.Classes.IsEmpty)
        {
            block.Contracts.Remove(VerifierService.KeyOf(sender.Address));
        }
        else
        {
            block.Contracts.Set(new VerifierService(sender.Address, serve.Classes));
        }

        return TxResult.Accepted;
    }

    /// <summary>Compute miners have a stake of Ψ or more, and what stands behind open claims stays until their verdicts.</summary>
    private static TxResult Reserve(BlockExecution block, Account sender, Bond bond, Amount reserved)
    {
        var before = block.Contracts.Reserve(sender.Address) ?? new MinerReserve(sender.Address, Amount.Zero, Amount.Zero, 0);
        var refusal = bond.Stake < reserved ? TxResult.StakeTooLow
            : reserved > Amount.Zero && reserved < block.Parameters.Barrier ? TxResult.BelowBarrier
            : before.OpenClaims > 0 && reserved < before.Reserved ? TxResult.StakeReserved
            : TxResult.Accepted;
        if (refusal == TxResult.Accepted)
        {
            block.Set(sender);
            block.Contracts.Set(before with { Reserved = reserved });
        }

        return refusal;
    }

    private static TxResult CheckLength(BlockExecution block, uint length) => length < 2 * block.Window ? TxResult.ChainTooShort : TxResult.Accepted;

    // the sender's nonce is already that of its next transaction, so it is the number of the chain that this one names
    private static RevealChain Named(BlockExecution block, Account sender, Hash256 head, uint length) => new(head, length, block.Height + block.Window, sender.Nonce);
}
