using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Contracts;

/// <summary>Disputes about leaves: an honest hash on the chain cannot cover rubbish that was delivered and signed.</summary>
internal static class DisputeExecution
{
    public static TxResult Dispute(BlockExecution block, Account sender, Amount bond, ContractOperation.Dispute dispute)
    {
        var refusal = CheckClient(block, sender, dispute.ClaimId, ClaimDispute.KeyOf(dispute.ClaimId), out var claim, out var job);
        if (refusal != TxResult.Accepted)
        {
            return refusal;
        }

        var result = dispute.Result.Result;
        if (result.JobId != claim.JobId || !claim.Segments.Contains(result.Segment) || result.Rendition >= job.Terms.Renditions.Length
            || !dispute.Result.IsSignedBy(block.Parameters.ChainId, claim.Miner))
        {
            return TxResult.NotSignedByMiner;
        }

        if (bond != job.Terms.Bond(block.Parameters.Contracts))
        {
            return TxResult.WrongBond;
        }

        ContractExecution.Charge(block, sender, bond);
        block.Contracts.Set(claim with { Disputes = claim.Disputes + 1 });
        block.Contracts.Set(new ClaimDispute(
            claim.Id, sender.Address, result.Leaf, claim.IndexOf(result.Segment, result.Rendition, job.Terms), bond, block.Height + block.Parameters.Contracts.AnswerBlocks));
        return TxResult.Accepted;
    }

    public static TxResult Defend(BlockExecution block, Account sender, ContractOperation.Defend defend)
    {
        if (block.Contracts.Find(ClaimDispute.KeyOf(defend.ClaimId)) is not ClaimDispute dispute || block.Height > dispute.Deadline)
        {
            return TxResult.NoSuchDispute;
        }

        var claim = block.Contracts.Claim(defend.ClaimId)!;
        var refusal = claim.Miner != sender.Address ? TxResult.NotTheMiner
            : !ChallengeExecution.Holds(block, claim, dispute.Leaf, dispute.Index, defend.Path) ? TxResult.WrongLeaf
            : TxResult.Accepted;
        if (refusal == TxResult.Accepted)
        {
            ContractExecution.Charge(block, sender);
            ContractExecution.PayOut(block, claim.Miner, dispute.Bond);
            End(block, dispute.Key, claim);
        }

        return refusal;
    }

    /// <summary>The miner did not show the leaf it signed.</summary>
    public static void Expire(BlockExecution block, ClaimDispute dispute)
    {
        var claim = block.Contracts.Claim(dispute.ClaimId)!;
        block.Pay(dispute.Client, dispute.Bond);
        End(block, dispute.Key, claim with { Reason = ClaimReason.LeafAltered });
    }

    /// <summary>A dispute is over: the claim goes on without it.</summary>
    public static void End(BlockExecution block, Hash256 key, Claim claim)
    {
        block.Contracts.Remove(key);
        ClaimExecution.Update(block, claim with { Disputes = claim.Disputes - 1 });
    }

    /// <summary>The rules for whatever a client has against a claim.</summary>
    public static TxResult CheckClient(BlockExecution block, Account sender, Hash256 claimId, Hash256 disputeKey, out Claim claim, out JobEscrow job)
    {
        (claim, job) = (null!, null!);
        if (block.Contracts.Claim(claimId) is not { } found)
        {
            return TxResult.NoSuchClaim;
        }

        (claim, job) = (found, block.Contracts.Job(found.JobId)!);
        return job.Client != sender.Address ? TxResult.NotTheClient
            : block.Height > claim.DisputeUntil ? TxResult.DisputeTooLate
            : block.Contracts.Find(disputeKey) is not null ? TxResult.AlreadyDisputed
            : TxResult.Accepted;
    }
}
