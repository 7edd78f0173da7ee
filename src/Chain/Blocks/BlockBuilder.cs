using System.Collections.Immutable;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Blocks;

/// <summary>A block as its author has it.</summary>
public sealed record BuiltBlock(BlockHeader Header, byte[] Body, BlockResult Result);

/// <summary>Makes the next block.</summary>
public static class BlockBuilder
{
    // Room in a body for the certificate and for lengths.
    private const int BytesBesides = (VoterSet.MaxVoters * 80) + 1024;

    // Before each transaction in a body.
    private const int MaxLengthBytes = 4;

    /// <param name="parent">The state below it.</param>
    /// <param name="author">Whose turn it is.</param>
    /// <param name="round">The round it is proposed in.</param>
    /// <param name="timeMilliseconds">The author's clock; raised to just after the parent's time where it is behind.</param>
    /// <param name="reveal">The next one of the author's hash chain; zero when it has none.</param>
    /// <param name="certificate">Shows that the parent is final; null for the first block.</param>
    /// <param name="candidates">Tried in this order; those that cannot be applied, or do not fit, are left out.</param>
    public static BuiltBlock Build(
        ChainState parent, Address author, uint round, ulong timeMilliseconds, Hash256 reveal, CommitCertificate? certificate, IEnumerable<VerifiedTransaction> candidates)
    {
        var time = Math.Max(timeMilliseconds, parent.TimeMilliseconds + 1);
        var execution = new BlockExecution(parent, time);
        execution.Begin(certificate);
        var chosen = Choose(parent, execution, candidates);
        var seed = Beacon.Next(parent.Seed, reveal);
        var (state, changes, touched) = execution.Finish(author, round, reveal, seed, certificate, parent.NextOrder());

        var body = new BlockBody([.. chosen.Select(transaction => transaction.Encoded)], certificate);
        var encoded = body.Encode();
        var header = new BlockHeader
        {
            ChainId = parent.Parameters.ChainId,
            Height = parent.Height + 1,
            Round = round,
            ParentHash = parent.Block,
            TimeMilliseconds = time,
            Author = author,
            TransactionsRoot = body.Root,
            BodyHash = ContentHash.Of(encoded),
            BodyBytes = (uint)encoded.Length,
            StateRoot = state.Root,
            VotersHash = parent.VotersOf(parent.Height + 1).Hash,
            NextVotersHash = state.VotersOf(parent.Height + 2).Hash,
            Reveal = reveal,
            Seed = seed,
        };
        return new BuiltBlock(header, encoded, new BlockResult(state with { Block = header.Hash }, changes, chosen, touched));
    }

    /// <summary>What would become of a transaction in the next block, before all others.</summary>
    /// <param name="parent">The state below that block.</param>
    public static TxResult Try(ChainState parent, VerifiedTransaction transaction) =>
        TransactionExecution.Apply(new BlockExecution(parent, parent.TimeMilliseconds + 1), transaction);

    private static ImmutableArray<VerifiedTransaction> Choose(ChainState parent, BlockExecution execution, IEnumerable<VerifiedTransaction> candidates)
    {
        var chosen = ImmutableArray.CreateBuilder<VerifiedTransaction>();
        var room = (long)parent.Parameters.MaxBodyBytes - BytesBesides;
        foreach (var candidate in candidates)
        {
            var bytes = candidate.Encoded.Length + MaxLengthBytes;
            if (bytes <= room && TransactionExecution.Apply(execution, candidate) == TxResult.Accepted)
            {
                chosen.Add(candidate);
                room -= bytes;
                if (chosen.Count == parent.Parameters.MaxTransactions)
                {
                    break;
                }
            }
        }

        return chosen.ToImmutable();
    }
}
