using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Actors.Ledger;

/// <summary>Goes on from a state with the final blocks of a peer that is trusted with nothing: each is executed only after its certificate shows that it is final.</summary>
internal static class ChainSync
{
    /// <summary>Fetches and executes one answer's worth of blocks.</summary>
    /// <param name="add">Gets each block in turn; what it leads to is made durable elsewhere.</param>
    /// <returns>Whether the peer may have more.</returns>
    public static async Task<bool> FetchAsync(
        BlockSearch search,
        LedgerRules rules,
        Uri peer,
        LedgerState state,
        Func<Hash256, PooledTransaction?> known,
        Action<FinalBlock, ChainKeeper.Candidate> add,
        CancellationToken cancellationToken)
    {
        var blocks = await search.BlocksAsync(peer, state.Height + 1, cancellationToken);
        foreach (var block in blocks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (certificate, header) = (block.Final.Certificate, block.Header);
            if (certificate.Height != header.Height || certificate.Block != header.Hash || header.ParentHash != state.Block
                || certificate.Check(rules.ChainId, state.Next().Voters) is not null
                || rules.Execute(state, header, block.Body, known) is not BlockOutcome.Right right)
            {
                return false;
            }

            add(block.Final, new ChainKeeper.Candidate(block.Body, right.Executed));
            state = right.Executed.After;
        }

        return blocks.Count > 0;
    }
}
