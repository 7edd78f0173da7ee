using VideoMesh.Actors.VerifierPool;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Ledger;

/// <summary>What the verifier pool asks for: blocks are made, judged, and kept once they are final.</summary>
public sealed partial class LedgerActor
{
    private void OnBuild(LedgerProtocol.Build build)
    {
        if (build.Height != _chain.NextHeight || _setting.Verifier is not { } author)
        {
            return;
        }

        var (state, certificate, candidates) = (_chain.State, build.Parent ?? _chain.Head?.Certificate, _desk.Best());
        var time = (ulong)_setting.Time.GetUtcNow().ToUnixTimeMilliseconds();
        _ = Task.Run(() =>
        {
            if (author.RevealOn(state) is not { } reveal)
            {
                return new BlockMade(null);
            }

            var block = BlockBuilder.Build(state, author.Address, build.Round, time, reveal, certificate, candidates);
            _setting.Store.KeepBody(block.Header.Height, block.Header.BodyHash, block.Body);
            return new BlockMade(block);
        }).PipeTo(Self);
    }

    private void OnBlockMade(BlockMade made)
    {
        if (made.Block is not { } block)
        {
            _setting.Note($"this verifier cannot propose at height {_chain.NextHeight}: its registered hash chain was not made by its key");
            return;
        }

        var bytes = block.Header.Encode();
        _chain.Remember(Keccak.Hash(bytes), block.Body, block.Result);
        _chain.Follower?.Tell(new VerifierPoolProtocol.Built(block.Header.Height, block.Header.Round, bytes));
    }

    private void OnJudge(LedgerProtocol.Judge judge)
    {
        if (judge.Height != _chain.NextHeight)
        {
            return;
        }

        var header = BlockHeader.Decode(judge.HeaderBytes.Span);
        if (_chain.Find(judge.Block) is not null)
        {
            Tell(header, judge.Block, new BlockVerdict.Accepted());
            return;
        }

        _ = TryAsync(header, judge.Patience).PipeTo(Self, success: tried => new BlockTried(header, judge.Block, tried.Body, tried.Outcome, Final: null));
    }

    private void OnConclude(LedgerProtocol.Conclude conclude)
    {
        var final = conclude.Block;
        var block = final.Certificate.Block;
        if (final.Certificate.Height != _chain.NextHeight || _concluding == block)
        {
            return;
        }

        _concluding = block;
        if (_chain.Find(block) is { } candidate)
        {
            Commit(final, candidate);
            return;
        }

        var header = BlockHeader.Decode(final.HeaderBytes.Span);
        _ = TryAsync(header, Timeout.InfiniteTimeSpan).PipeTo(Self, success: tried => new BlockTried(header, block, tried.Body, tried.Outcome, final));
    }

    private void OnBlockTried(BlockTried tried)
    {
        if (tried.Outcome is BlockOutcome.Accepted accepted && tried.Body is { } body)
        {
            _chain.Remember(tried.Block, body, accepted.Result);
        }

        if (tried.Header.Height != _chain.NextHeight)
        {
            return;
        }

        switch (tried)
        {
            case { Final: { } final, Outcome: BlockOutcome.Accepted }:
                Commit(final, _chain.Find(tried.Block)!);
                break;
            case { Final: not null, Outcome: BlockOutcome.Refused refused }:
                Fail($"the final block of height {tried.Header.Height} breaks a rule here ({refused.Reason}): this node and the others do not agree about the rules; use the version the others use");
                break;
            case { Final: null }:
                Report(tried);
                Tell(tried.Header, tried.Block, tried.Outcome switch
                {
                    BlockOutcome.Accepted => new BlockVerdict.Accepted(),
                    BlockOutcome.Refused refused => new BlockVerdict.Refused(refused.Reason.ToString()),
                    _ => new BlockVerdict.Unavailable(),
                });
                break;
        }
    }

    /// <summary>What the author can be shown to have done.</summary>
    private void Report(BlockTried tried)
    {
        if (tried is { Outcome: BlockOutcome.Refused refused, Body: { } body } && refused.Reason.IsProvableMisbehaviour())
        {
            var wrong = refused.Reason == BlockRefusal.InvalidTransaction && BlockBody.Decode(body, _chain.Parameters).Transactions is var transactions
                ? new BadTransaction(transactions[refused.Transaction], Merkle.Prove(transactions, refused.Transaction))
                : null;
            _chain.Follower?.Tell(new VerifierPoolProtocol.BadBlock(tried.Block, wrong));
        }
    }

    private void Tell(BlockHeader header, Hash256 block, BlockVerdict verdict)
    {
        var latest = _setting.Time.GetUtcNow() + _setting.Options.ClockTolerance;
        var told = verdict is BlockVerdict.Accepted && header.TimeMilliseconds > (ulong)latest.ToUnixTimeMilliseconds() ? new BlockVerdict.Untimely() : verdict;
        _chain.Follower?.Tell(new VerifierPoolProtocol.Judged(header.Height, block, told));
    }

    private async Task<(byte[]? Body, BlockOutcome? Outcome)> TryAsync(BlockHeader header, TimeSpan patience)
    {
        var state = _chain.State;
        using var limit = new CancellationTokenSource(patience, _setting.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _height.Token);
        try
        {
            var body = await Task.Run(() => _search.FindAsync(header, either.Token), either.Token);
            var outcome = BlockRules.Apply(state, header, body, _desk.Find);
            if (outcome is BlockOutcome.Accepted)
            {
                _setting.Store.KeepBody(header.Height, header.BodyHash, body);
            }

            return (body, outcome);
        }
        catch (OperationCanceledException)
        {
            return (null, null);
        }
    }

    private void Commit(FinalBlock final, ChainKeeper.Candidate candidate)
    {
        if (final.Certificate.Height != _chain.NextHeight || _failure is not null)
        {
            return;
        }

        if (_setting.Options.Checkpoint is { } checkpoint && checkpoint.Excludes(final.Certificate.Height, final.Certificate.Block))
        {
            Fail(checkpoint.Refusal(_setting.Store.Path));
            return;
        }

        var (before, result) = (_chain.State, candidate.Result);
        var block = _chain.Append(final, candidate);
        _concluding = null;
        _height.Cancel();
        _height.Dispose();
        _height = new CancellationTokenSource();
        _desk.Advance(_chain.NextHeight, result.Touched);
        foreach (var subscriber in _chain.Subscribers)
        {
            subscriber.Tell(new LedgerProtocol.BlockAdded(block, result.Transactions));
        }

        if (!_isCatchingUp)
        {
            DoDuties(before, result);
            TellFollower();
        }
    }

    private sealed record BlockMade(BuiltBlock? Block);

    private sealed record BlockTried(BlockHeader Header, Hash256 Block, byte[]? Body, BlockOutcome? Outcome, FinalBlock? Final);
}
