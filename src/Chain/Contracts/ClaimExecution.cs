using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Contracts;

/// <summary>Claims, the draw of their challenges, and their settlement.</summary>
internal static class ClaimExecution
{
    public static TxResult Post(BlockExecution block, Account sender, ContractOperation.PostClaim claim)
    {
        if (block.Contracts.Job(claim.JobId) is not { } job)
        {
            return TxResult.NoSuchJob;
        }

        var parameters = block.Parameters.Contracts;
        var place = job.PlaceOf(sender.Address);
        var refusal = JobExecution.IsOver(block, job) ? TxResult.JobOver
            : place < 0 ? TxResult.NotAssigned
            : claim.Segments.IsEmpty || claim.Segments.Last >= job.Terms.Segments ? TxResult.NoSuchSegment
            : claim.Segments.Overlaps(job.Claimed) ? TxResult.SegmentClaimed
            : (ulong)job.Taken[place].Segments + (ulong)claim.Segments.Count > job.Terms.Miners[place].MaxSegments ? TxResult.TooManySegments
            : job.Taken[place].Claims == parameters.ClaimsPerMiner ? TxResult.TooManyClaims
            : !IsAssigned(block, job, sender.Address, claim) ? TxResult.NotAssigned
            : !IsAccepted(block, job, sender.Address, claim) ? TxResult.NotAcceptedByClient
            : TxResult.Accepted;
        if (refusal != TxResult.Accepted)
        {
            return refusal;
        }

        var leaves = claim.Segments.Count * job.Terms.Renditions.Length;
        var value = WorkSchedule.Price(job.Terms.WattsOf(claim.Segments), job.Terms.Miners[place].Price)!.Value;
        var required = MinerReserve.RequiredFor(value, Math.Min(leaves, parameters.Samples), parameters);
        if (block.Contracts.Reserve(sender.Address) is not { } reserve || !StandsFor(block, sender, reserve, required))
        {
            return TxResult.BeyondReserve;
        }

        // the least budget covers whatever may be claimed within the terms
        var checks = new Amount((ulong)job.Terms.ChecksOf(leaves, parameters));
        ContractExecution.Charge(block, sender);
        block.Contracts.Set(reserve with { Required = reserve.Required + new Amount((ulong)required), OpenClaims = reserve.OpenClaims + 1 });
        block.Contracts.Set(new Claim
        {
            Id = Claim.IdOf(job.Id, job.Claims),
            JobId = job.Id,
            Number = job.Claims,
            Miner = sender.Address,
            Segments = claim.Segments,
            Root = claim.Root,
            Value = value,
            ForChecks = checks,
            Required = new Amount((ulong)required),
            DrawAt = block.Height + parameters.ChallengeDelayBlocks + 1,
            DisputeUntil = claim.Acceptance is null ? block.Height + parameters.DisputeBlocks : 0,
        });
        block.Contracts.Set(job with
        {
            Free = job.Free - value - checks,
            Claimed = job.Claimed.With(claim.Segments),
            Taken = job.Taken.SetItem(place, (job.Taken[place].Claims + 1, job.Taken[place].Segments + (uint)claim.Segments.Count)),
            Claims = job.Claims + 1,
            OpenClaims = job.OpenClaims + 1,
        });
        return TxResult.Accepted;
    }

    /// <summary>Something is due: the draw, or the end of the time for disputes.</summary>
    public static void Advance(BlockExecution block, Claim claim)
    {
        if (claim.Drawn)
        {
            Update(block, claim);
        }
        else
        {
            Draw(block, claim);
        }
    }

    /// <summary>Puts a changed claim into its place, or settles it when it waits for nothing any more.</summary>
    public static void Update(BlockExecution block, Claim claim)
    {
        var isRejected = claim.Rejected > 0 || claim.Reason.IsProvableMisbehaviour();
        if (!claim.Drawn || claim.Undecided > 0 || claim.Disputes > 0 || (!isRejected && block.Height <= claim.DisputeUntil))
        {
            block.Contracts.Set(claim);
            return;
        }

        Settle(block, claim, isRejected ? ClaimVerdict.Rejected : claim.Inconclusive > 0 ? ClaimVerdict.Inconclusive : ClaimVerdict.Accepted);
    }

    private static void Draw(BlockExecution block, Claim claim)
    {
        var job = block.Contracts.Job(claim.JobId)!;
        var pool = ClassPool.Of(block, job, claim);
        var leaves = Draws.Leaves(block.ParentSeed, claim, job.Terms, block.Parameters.Contracts.Samples);
        var share = new Amount(claim.ForChecks.Nano / (ulong)leaves.Count);
        block.Contracts.Set(claim with { Drawn = true, Weak = pool.IsWeak, Undecided = (uint)leaves.Count, ForChecks = Amount.Zero });
        for (var sample = 0; sample < leaves.Count; sample++)
        {
            var (segment, rendition) = leaves[sample];
            ChallengeSteps.Begin(block, new Challenge
            {
                Id = Challenge.IdOf(claim.Id, (uint)sample),
                ClaimId = claim.Id,
                Sample = (uint)sample,
                Segment = segment,
                Rendition = rendition,
                Leaf = claim.IndexOf(segment, rendition, job.Terms),
                Watts = job.Terms.WattsOf(segment, rendition),
                Weak = pool.IsWeak,
                Stage = ChallengeStage.One,
                Phase = ChallengePhase.Commit,
                Deadline = block.Height,
                Seats = [],
                Bond = job.Terms.Bond(block.Parameters.Contracts),
                Pot = share,
            });
        }
    }

    // A rejected claim earns nothing at all. Its segments, and what an accepted one did not deliver, may be claimed by somebody else; those of an inconclusive one may not, as
    // leaves are never drawn anew.
    private static void Settle(BlockExecution block, Claim claim, ClaimVerdict verdict)
    {
        var job = block.Contracts.Job(claim.JobId)!;
        var paid = verdict == ClaimVerdict.Accepted ? EarnedBy(block, job, claim) : Amount.Zero;
        ContractExecution.PayOut(block, claim.Miner, paid);
        var burns = verdict == ClaimVerdict.Rejected && claim.Reason.IsProvableMisbehaviour() && (!claim.Weak || claim.Reason == ClaimReason.LeafAltered);
        var (forfeited, restored) = Release(block, claim, burns);
        for (uint sample = 0; sample < claim.Accepted + claim.Rejected + claim.Inconclusive; sample++)
        {
            block.Contracts.Remove(Challenge.KeyOf(Challenge.IdOf(claim.Id, sample)));
        }

        block.Contracts.Set(new ClaimReceipt
        {
            Id = claim.Id,
            JobId = claim.JobId,
            Miner = claim.Miner,
            Verdict = verdict,
            Reason = claim.Reason,
            Weak = claim.Weak,
            Segments = (uint)claim.Segments.Count,
            Paid = paid,
            Fees = claim.Spent,
            Forfeited = forfeited,
            Samples = (claim.Accepted, claim.Rejected, claim.Inconclusive),
            Height = block.Height,
        });
        JobExecution.Update(block, job with
        {
            Free = job.Free + (claim.Value - paid) + restored,
            Fees = job.Fees - restored,
            Claimed = job.Claimed.Without(verdict == ClaimVerdict.Rejected ? claim.Segments : claim.Undelivered),
            OpenClaims = job.OpenClaims - 1,
            Paid = job.Paid + paid,
        });
    }

    private static Amount EarnedBy(BlockExecution block, JobEscrow job, Claim claim)
    {
        var missing = WorkSchedule.Price(job.Terms.WattsOf(claim.Undelivered), job.PriceOf(claim.Miner))!.Value;
        var earned = claim.Value.TrySubtract(missing, out var rest) ? rest : Amount.Zero;
        var cap = block.Parameters.Contracts.WeakClaimCap;
        return claim.Weak && earned > cap ? cap : earned;
    }

    /// <summary>The claim needs no stake any more; when the miner cheated all that stands behind its claims goes: what the checks cost back to the job, the rest burns.</summary>
    private static (Amount Forfeited, Amount Restored) Release(BlockExecution block, Claim claim, bool burns)
    {
        var lost = burns ? Forfeit.Take(block, claim.Miner, new Amount(ulong.MaxValue)) : Amount.Zero;
        var reserve = block.Contracts.Reserve(claim.Miner)!;
        var restored = lost < claim.Spent ? lost : claim.Spent;
        block.Burn(lost - restored);
        block.Contracts.Set(reserve with { Reserved = burns ? Amount.Zero : reserve.Reserved, Required = reserve.Required - claim.Required, OpenClaims = reserve.OpenClaims - 1 });
        return (lost + claim.Lost, restored);
    }

    // evidence may have burnt stake that was reserved
    private static bool StandsFor(BlockExecution block, Account miner, MinerReserve reserve, UInt128 required)
    {
        var stake = reserve.Reserved < miner.Stake ? reserve.Reserved : miner.Stake;
        return stake >= block.Parameters.Barrier && reserve.Required.Nano + required <= stake.Nano;
    }

    private static bool IsAssigned(BlockExecution block, JobEscrow job, Address miner, ContractOperation.PostClaim claim) =>
        claim.Segments.IsWithin(claim.Assigned)
        && claim.Assignment.TryRecover(ClientWord.Assignment(block.Parameters.ChainId, job.Id, miner, claim.Assigned), out var signer) && signer == job.Client;

    private static bool IsAccepted(BlockExecution block, JobEscrow job, Address miner, ContractOperation.PostClaim claim) => claim.Acceptance is not { } acceptance
        || (acceptance.TryRecover(ClientWord.Acceptance(block.Parameters.ChainId, job.Id, miner, claim.Root), out var signer) && signer == job.Client);
}
