using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Contracts;

/// <summary>Stake that a miner loses.</summary>
internal static class Forfeit
{
    /// <summary>Takes coins from what stands behind a miner's claims, at most what there is. The caller gives them to somebody or burns them.</summary>
    public static Amount Take(BlockExecution block, Address miner, Amount most)
    {
        var account = block.Find(miner);
        if (account.Bond is not { } bond || block.Contracts.Reserve(miner) is not { } reserve)
        {
            return Amount.Zero;
        }

        // evidence may have burnt stake that was reserved
        var taken = new Amount(Math.Min(most.Nano, Math.Min(reserve.Reserved.Nano, bond.Stake.Nano)));
        block.Contracts.Set(reserve with { Reserved = reserve.Reserved - taken });
        block.Set(account with { Bond = bond.WithStake(bond.Stake - taken, block.Height, block.Window)! });
        return taken;
    }
}
