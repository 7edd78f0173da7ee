using VideoMesh.Chain.Blocks;

namespace VideoMesh.Chain.Contracts;

/// <summary>What happens by itself when a height comes, before a block's transactions.</summary>
internal static class ContractDeadlines
{
    /// <summary>A block does as many as it may have transactions, so that nobody can make a block that takes for ever; more than those wait for the next one.</summary>
    public static void Run(BlockExecution block)
    {
        var contracts = block.Contracts;
        for (var done = 0; done < block.Parameters.MaxTransactions && !contracts.Deadlines.IsEmpty && contracts.Deadlines.Min is var (height, key) && height <= block.Height; done++)
        {
            switch (contracts.Find(key))
            {
                case JobEscrow job:
                    JobExecution.Expire(block, job);
                    break;
                case Claim claim:
                    ClaimExecution.Advance(block, claim);
                    break;
                case Challenge challenge:
                    ChallengeSteps.Expire(block, challenge);
                    break;
                case ClaimDispute dispute:
                    DisputeExecution.Expire(block, dispute);
                    break;
                case DeliveryDispute delivery:
                    DeliveryExecution.Expire(block, delivery);
                    break;
                default:
                    throw new InvalidOperationException("The queue of deadlines names an object without one.");
            }
        }
    }
}
