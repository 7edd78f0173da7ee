using System.Collections.Immutable;
using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Blocks;

/// <summary>Whether a block may be the next one, and what it does. Rules run from cheap to dear; whether its time is too far ahead of a clock is for those who have one.</summary>
public static class BlockRules
{
    /// <summary>Rounds last a minute at most: no height stands still for two years.</summary>
    public const uint MaxRound = 1 << 20;

    /// <summary>Executes a block.</summary>
    /// <param name="parent">The state below it.</param>
    /// <param name="header">Its header.</param>
    /// <param name="body">Its encoded body.</param>
    /// <param name="known">Transactions that were verified before, by hash: their signatures are not recovered again.</param>
    public static BlockOutcome Apply(ChainState parent, BlockHeader header, ReadOnlyMemory<byte> body, Func<Hash256, VerifiedTransaction?> known)
    {
        if (CheckHeader(parent, header) is { } wrongHeader)
        {
            return new BlockOutcome.Refused(wrongHeader);
        }

        var order = parent.NextOrder();
        if (CheckAuthor(parent, header, order) is { } wrongAuthor)
        {
            return new BlockOutcome.Refused(wrongAuthor);
        }

        if (CheckBody(parent, header, body, out var read) is { } wrongBody)
        {
            return new BlockOutcome.Refused(wrongBody);
        }

        var transactions = Verify(parent, read!.Transactions, known, out var refused);
        return refused ?? Execute(parent, header, read.Parent, transactions, order);
    }

    /// <summary>What binds a block to its place, without looking at its body.</summary>
    private static BlockRefusal? CheckHeader(ChainState parent, BlockHeader header) =>
        !string.Equals(header.ChainId, parent.Parameters.ChainId, StringComparison.Ordinal) ? BlockRefusal.WrongChain
        : header.Height != parent.Height + 1 ? BlockRefusal.WrongHeight
        : header.ParentHash != parent.Block ? BlockRefusal.WrongParent
        : header.Round > MaxRound ? BlockRefusal.RoundTooFar
        : header.TimeMilliseconds <= parent.TimeMilliseconds ? BlockRefusal.TimeNotAfterParent
        : header.BodyBytes > parent.Parameters.MaxBodyBytes ? BlockRefusal.BodyTooLarge
        : header.VotersHash != parent.VotersOf(header.Height).Hash ? BlockRefusal.WrongVoters
        : header.Seed != Beacon.Next(parent.Seed, header.Reveal) ? BlockRefusal.WrongSeed
        : null;

    private static BlockRefusal? CheckBody(ChainState parent, BlockHeader header, ReadOnlyMemory<byte> body, out BlockBody? read)
    {
        read = null;
        if (body.Length != header.BodyBytes || ContentHash.Of(body.Span) != header.BodyHash)
        {
            return BlockRefusal.WrongBody;
        }

        try
        {
            read = BlockBody.Decode(body, parent.Parameters);
        }
        catch (RlpException)
        {
            return BlockRefusal.MalformedBody;
        }

        return read.Root != header.TransactionsRoot ? BlockRefusal.WrongTransactionsRoot
            : IsCertified(parent, read.Parent) ? null
            : BlockRefusal.WrongCertificate;
    }

    private static bool IsCertified(ChainState parent, CommitCertificate? certificate) => parent.Height == 0
        ? certificate is null
        : certificate is not null && certificate.Height == parent.Height && certificate.Block == parent.Block
            && certificate.Check(parent.Parameters.ChainId, parent.VotersOf(parent.Height)) is null;

    private static BlockRefusal? CheckAuthor(ChainState parent, BlockHeader header, ProposerOrder order) =>
        order.Of(header.Round) != header.Author ? BlockRefusal.WrongAuthor
        : !IsNextReveal(header.Author, parent.Find(header.Author).Bond?.RevealsAt(header.Height), header.Reveal) ? BlockRefusal.WrongReveal
        : null;

    // Whoever has no reveal gets a turn only after all who have one: it reveals zero, so it has nothing to choose, and the chain goes on.
    private static bool IsNextReveal(Address author, RevealChain? chain, Hash256 reveal) => chain is { } known ? HashChain.IsNext(author, known, reveal) : reveal == Hash256.Zero;

    private static ImmutableArray<VerifiedTransaction> Verify(
        ChainState parent, ImmutableArray<ReadOnlyMemory<byte>> encoded, Func<Hash256, VerifiedTransaction?> known, out BlockOutcome? refused)
    {
        var results = Transaction.VerifyMany(encoded, parent.Parameters, known);
        for (var i = 0; i < results.Length; i++)
        {
            if (results[i].Verified is null)
            {
                refused = new BlockOutcome.Refused(BlockRefusal.InvalidTransaction, i, results[i].Result);
                return [];
            }
        }

        refused = null;
        return [.. results.Select(result => result.Verified!)];
    }

    private static BlockOutcome Execute(
        ChainState parent, BlockHeader header, CommitCertificate? certificate, ImmutableArray<VerifiedTransaction> transactions, ProposerOrder order)
    {
        var execution = new BlockExecution(parent, header.TimeMilliseconds);
        execution.Begin(certificate);
        for (var i = 0; i < transactions.Length; i++)
        {
            var result = TransactionExecution.Apply(execution, transactions[i]);
            if (result != TxResult.Accepted)
            {
                return new BlockOutcome.Refused(BlockRefusal.InapplicableTransaction, i, result);
            }
        }

        var (state, changes, touched) = execution.Finish(header.Author, header.Round, header.Reveal, header.Seed, certificate, order);
        return state.Root != header.StateRoot ? new BlockOutcome.Refused(BlockRefusal.WrongStateRoot)
            : state.VotersOf(header.Height + 1).Hash != header.NextVotersHash ? new BlockOutcome.Refused(BlockRefusal.WrongNextVoters)
            : new BlockOutcome.Accepted(new BlockResult(state with { Block = header.Hash }, changes, transactions, touched));
    }
}
