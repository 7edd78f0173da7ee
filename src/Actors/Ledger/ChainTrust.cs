using VideoMesh.Chain.State;
using VideoMesh.Chain.Store;

namespace VideoMesh.Actors.Ledger;

/// <summary>Whether a node may go on from the chain it has. Who sold a stake longer ago than stakes stay bonded loses nothing by signing another past, so a node that was away for
/// longer must be told by somebody trusted what the chain is ("weak subjectivity", Buterin 2014).</summary>
internal static class ChainTrust
{
    /// <summary>Why it may not, in a sentence for people; null when it may.</summary>
    /// <param name="state">After the last block that the node has.</param>
    /// <param name="store">Has the blocks up to it.</param>
    /// <param name="checkpoint">What somebody trusted says, or null.</param>
    public static string? RefusalOf(ChainState state, LedgerStore store, Checkpoint? checkpoint, DateTimeOffset now)
    {
        if (checkpoint?.Height <= state.Height && store.FindBlock(checkpoint.Height)?.Header.Hash != checkpoint.Block)
        {
            return checkpoint.Refusal(store.Path);
        }

        var known = DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(state.TimeMilliseconds, (ulong)DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
        return now - known > state.Parameters.TrustingPeriod && !(checkpoint?.Height >= state.Height)
            ? $"the last block here is of {known:u}, and stakes stay bonded for {state.Parameters.TrustingPeriod.TotalDays:0.#} days: who signed since may have nothing to lose any more. "
                + $"Ask somebody you trust for a block of height {Math.Max(1, state.Height)} or above, and start the node with --checkpoint HEIGHT:HASH"
            : null;
    }
}
