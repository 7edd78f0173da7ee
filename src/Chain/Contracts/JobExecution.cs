using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Contracts;

/// <summary>Opening and ending jobs.</summary>
internal static class JobExecution
{
    public static TxResult Open(BlockExecution block, Account sender, TransactionDraft draft, JobTerms terms)
    {
        var parameters = block.Parameters.Contracts;
        var refusal = !IsUsable(terms) || !IsReckonable(terms, parameters) ? TxResult.JobTermsUnusable
            : !EndsInTime(block, terms) ? TxResult.JobTooLong
            : terms.CheckFee < parameters.LeastCheckFee ? TxResult.CheckFeeTooLow
            : draft.Amount.Nano < terms.LeastBudget(parameters) ? TxResult.BudgetTooLow
            : TxResult.Accepted;
        if (refusal == TxResult.Accepted)
        {
            ContractExecution.Charge(block, sender, draft.Amount);
            block.Contracts.Set(new JobEscrow
            {
                Id = JobEscrow.IdOf(sender.Address, draft.Nonce),
                Client = sender.Address,
                Terms = terms,
                Deadline = terms.Deadline,
                Budget = draft.Amount,
                Free = draft.Amount,
                Taken = [.. terms.Miners.Select(_ => (0U, 0U))],
            });
        }

        return refusal;
    }

    public static TxResult Close(BlockExecution block, Account sender, Hash256 jobId)
    {
        if (block.Contracts.Job(jobId) is not { } job)
        {
            return TxResult.NoSuchJob;
        }

        if (job.Client != sender.Address)
        {
            return TxResult.NotTheClient;
        }

        if (IsOver(block, job))
        {
            return TxResult.JobOver;
        }

        ContractExecution.Charge(block, sender);
        block.Contracts.Set(job with { Deadline = Math.Min(job.Deadline, block.Height + block.Parameters.Contracts.CloseNoticeBlocks) });
        return TxResult.Accepted;
    }

    /// <summary>Whether a job takes no more claims.</summary>
    public static bool IsOver(BlockExecution block, JobEscrow job) => job.Over || block.Height > job.Deadline;

    /// <summary>The deadline has passed.</summary>
    public static void Expire(BlockExecution block, JobEscrow job) => Update(block, job with { Over = true });

    /// <summary>Puts a changed job into its place; when nothing more can become of it the client gets the rest, and a receipt stays.</summary>
    public static void Update(BlockExecution block, JobEscrow job)
    {
        if (!job.IsDone)
        {
            block.Contracts.Set(job);
            return;
        }

        block.Pay(job.Client, job.Free);
        block.Contracts.Set(new JobReceipt(job.Id, job.Client, job.Claims, job.Budget, job.Paid, job.Fees, job.Free, block.Height));
    }

    private static bool EndsInTime(BlockExecution block, JobTerms terms) =>
        terms.Deadline > block.Height && terms.Deadline - block.Height <= block.Parameters.Contracts.LongestJobBlocks;

    private static bool IsUsable(JobTerms terms) =>
        terms.Segments > 0 && !terms.Renditions.IsEmpty && !terms.Miners.IsEmpty
        && terms.Renditions.All(asked => WorkSchedule.Knows(asked.Codec, asked.Preset) && asked.Width is >= 1 and <= WorkSchedule.MaxSide && asked.Height is >= 1 and <= WorkSchedule.MaxSide)
        && terms.Miners.All(miner => miner.Price > Amount.Zero && miner.MaxSegments > 0)
        && terms.Miners.Select(miner => miner.Address).Distinct().Count() == terms.Miners.Length;

    // all amounts that follow from the terms fit into what they are reckoned in, and no check takes longer than a job may
    private static bool IsReckonable(JobTerms terms, ContractParameters parameters) =>
        terms.Watts <= ulong.MaxValue && terms.CheckFee.Nano <= ulong.MaxValue / parameters.BondFees
        && terms.DearestLeaf(SegmentSet.Of(Enumerable.Range(0, terms.Segments))) / parameters.AllowanceWatts <= parameters.LongestJobBlocks;
}
