using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Contracts;

/// <summary>Disputes about delivery: a custodian drawn for it says what the miner handed over.</summary>
internal static class DeliveryExecution
{
    public static TxResult Complain(BlockExecution block, Account sender, Amount bond, ContractOperation.Complain complain)
    {
        var refusal = DisputeExecution.CheckClient(block, sender, complain.ClaimId, DeliveryDispute.KeyOf(complain.ClaimId), out var claim, out var job);
        if (refusal != TxResult.Accepted)
        {
            return refusal;
        }

        if (complain.Segments.IsEmpty || !complain.Segments.IsWithin(claim.Segments.Without(claim.Undelivered)))
        {
            return TxResult.NoSuchSegment;
        }

        if (bond != job.Terms.ComplaintBond(complain.Segments, job.PriceOf(claim.Miner), block.Parameters.Contracts))
        {
            return TxResult.WrongBond;
        }

        ContractExecution.Charge(block, sender, bond);
        block.Contracts.Set(claim with { Disputes = claim.Disputes + 1 });

        // later than what it is drawn for, so that nobody can choose a friend by choosing the block
        block.Contracts.Set(new DeliveryDispute(claim.Id, sender.Address, complain.Segments, bond, [], block.Height + block.Parameters.Contracts.ChallengeDelayBlocks));
        return TxResult.Accepted;
    }

    public static TxResult Attest(BlockExecution block, Account sender, ContractOperation.Attest attest)
    {
        if (block.Contracts.Find(DeliveryDispute.KeyOf(attest.ClaimId)) is not DeliveryDispute dispute || block.Height > dispute.Deadline)
        {
            return TxResult.NoSuchDispute;
        }

        var refusal = dispute.Custodian != sender.Address ? TxResult.NotTheCustodian
            : !attest.Received.IsWithin(dispute.Segments) ? TxResult.NoSuchSegment
            : TxResult.Accepted;
        if (refusal == TxResult.Accepted)
        {
            ContractExecution.Charge(block, sender);
            Decide(block, dispute, sender.Address, attest.Received);
        }

        return refusal;
    }

    /// <summary>The first custodian is drawn, or the next one when one keeps silent. When all did nobody was shown to be wrong: the bond goes back, the miner is paid.</summary>
    public static void Expire(BlockExecution block, DeliveryDispute dispute)
    {
        var claim = block.Contracts.Claim(dispute.ClaimId)!;
        var others = block.Voters.Voters.Where(voter => voter.Address != claim.Miner && voter.Address != dispute.Client && !dispute.Asked.Contains(voter.Address));
        if (dispute.Asked.Length < block.Parameters.Contracts.CheckAttempts
            && Draws.Voters(block.ParentSeed, dispute.ClaimId, $"custodian {dispute.Asked.Length}", others, 1) is [var next])
        {
            block.Contracts.Set(dispute with { Asked = dispute.Asked.Add(next.Address), Deadline = block.Height + block.Parameters.Contracts.AnswerBlocks });
            return;
        }

        block.Pay(dispute.Client, dispute.Bond);
        DisputeExecution.End(block, dispute.Key, claim);
    }

    // Who was wrong pays the custodian: the client from its bond, the rest of which the miner gets, or the miner from what it would have earned.
    private static void Decide(BlockExecution block, DeliveryDispute dispute, Address custodian, SegmentSet received)
    {
        var claim = block.Contracts.Claim(dispute.ClaimId)!;
        var job = block.Contracts.Job(claim.JobId)!;
        var missing = dispute.Segments.Without(received);
        var from = missing.IsEmpty ? dispute.Bond : claim.Value;
        var fee = job.Terms.CheckFee < from ? job.Terms.CheckFee : from;
        ContractExecution.PayOut(block, custodian, fee);
        if (missing.IsEmpty)
        {
            ContractExecution.PayOut(block, claim.Miner, dispute.Bond - fee);
        }
        else
        {
            block.Pay(dispute.Client, dispute.Bond);
            block.Contracts.Set(job with { Fees = job.Fees + fee });
            claim = claim with { Value = claim.Value - fee, Undelivered = claim.Undelivered.With(missing) };
        }

        DisputeExecution.End(block, dispute.Key, claim);
    }
}
