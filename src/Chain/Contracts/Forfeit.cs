using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Contracts;

/// <summary>Stake that a miner loses.</summary>
internal static class Forfeit
{
    /// <summary>Takes coins from a stake, at most what there is. The caller gives them to somebody or burns them.</summary>
    public static Amount Take(BlockExecution block, Address miner, Amount most)
    {
        var account = block.Find(miner);
        if (account.Bond is not { } bond)
        {
            return Amount.Zero;
        }

        var taken = most < bond.Stake ? most : bond.Stake;
        block.Set(account with { Bond = bond.WithStake(bond.Stake - taken, block.Height, block.Window)! });
        return taken;
    }
}
