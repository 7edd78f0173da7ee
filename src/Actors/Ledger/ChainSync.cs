using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Actors.Ledger;

/// <summary>Goes on from a state with the final blocks of a peer that is trusted with nothing: each is executed only after its certificate shows that it is final.</summary>
internal static class ChainSync
{
    /// <summary>Fetches and executes one answer's worth of blocks.</summary>
    /// <param name="checkpoint">A block this chain must have, or null.</param>
    /// <param name="add">Gets each block in turn; what it leads to is made durable elsewhere.</param>
    /// <returns>Whether the peer may have more.</returns>
    public static async Task<bool> FetchAsync(
        BlockSearch search,
        Uri peer,
        ChainState state,
        Checkpoint? checkpoint,
        Func<Hash256, VerifiedTransaction?> known,
        Action<FinalBlock, ChainKeeper.Candidate> add,
        CancellationToken cancellationToken)
    {
        var blocks = await search.BlocksAsync(peer, state.Height + 1, cancellationToken);
        foreach (var block in blocks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (certificate, header) = (block.Final.Certificate, block.Header);
            if (certificate.Height != header.Height || certificate.Block != header.Hash || checkpoint?.Excludes(header.Height, header.Hash) == true
                || certificate.Check(state.Parameters.ChainId, state.VotersOf(header.Height)) is not null
                || BlockRules.Apply(state, header, block.Body, known) is not BlockOutcome.Accepted accepted)
            {
                return false;
            }

            add(block.Final, new ChainKeeper.Candidate(block.Body, accepted.Result));
            state = accepted.Result.State;
        }

        return blocks.Count > 0;
    }
}

/// <summary>A block that somebody trusted says is on the chain: for who was away longer than stakes stay bonded, since those who sold theirs since could sign another past.</summary>
/// <param name="Height">Of the block.</param>
/// <param name="Block">Its hash.</param>
public sealed record Checkpoint(ulong Height, Hash256 Block)
{
    /// <summary>Reads <c>HEIGHT:HASH</c>.</summary>
    public static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Checkpoint? checkpoint)
    {
        checkpoint = text.Split(':') is [var number, var name]
            && ulong.TryParse(number, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var height) && height > 0
            && Hash256.TryParse(name, out var hash)
            ? new Checkpoint(height, hash)
            : null;
        return checkpoint is not null;
    }

    /// <summary>What to tell people when the chain here has another block of that height.</summary>
    /// <param name="path">Of the file that holds it.</param>
    public string Refusal(string path) =>
        $"the block of height {Height} here is not the one that --checkpoint names: if that is right, move {path} and the files that begin with its name away, and the node fetches the chain anew";

    /// <summary>Whether this cannot be the chain's block of that height.</summary>
    public bool Excludes(ulong height, Hash256 block) => height == Height && block != Block;
}
