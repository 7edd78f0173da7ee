using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.VerifierPool;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Store;
using VideoMesh.Chain.Transactions;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Ledger;

/// <summary>Owns the chain of this node: executes and stores blocks, answers questions about the state, fetches what it lacks. Which block is final, the verifier pool
/// says. Transactions are the business of <see cref="TransactionDesk"/>.</summary>
public sealed class LedgerActor : ReceiveActor, IWithTimers
{
    // In blocks: a transaction of this node's own that does not get into one of them is made anew.
    private const ulong DutyLifetime = 100;

    private readonly LedgerSetting _setting;
    private readonly ChainKeeper _chain;
    private readonly BlockSearch _search;
    private readonly TransactionDesk _desk;
    private readonly CancellationTokenSource _stopping = new();
    private CancellationTokenSource _height = new();
    private Hash256? _concluding;
    private bool _isCatchingUp;
    private string? _failure;
    private VerifierDuties _duties;

    public LedgerActor(LedgerSetting setting)
    {
        _setting = setting;
        _chain = setting.Chain;
        _duties = new VerifierDuties(setting.Options.RestakePercent, setting.Options.Unjail, Amount.Zero, 0);
        _search = new BlockSearch(setting.Store, setting.Downloads, setting.Options, setting.Time);
        _desk = new TransactionDesk(setting, Self, () => Timers.StartSingleTimer(nameof(GossipDue), GossipDue.Instance, setting.Options.GossipInterval));

        Receive<LedgerProtocol.Follow>(_ =>
        {
            _chain.Follower = Sender;
            TellFollower();
        });
        Receive<LedgerProtocol.Build>(OnBuild);
        Receive<BlockMade>(OnBlockMade);
        Receive<LedgerProtocol.Judge>(OnJudge);
        Receive<BlockTried>(OnBlockTried);
        Receive<LedgerProtocol.Conclude>(OnConclude);
        Receive<LedgerProtocol.Accuse>(accuse => OnAccuse(accuse.Misbehaviour));
        Receive<LedgerProtocol.HelpPeer>(help => Help(help.Peer, help.Height));
        Receive<LedgerProtocol.CatchUp>(OnCatchUp);
        Receive<BlockFetched>(fetched => Commit(fetched.Final, fetched.Candidate));
        Receive<FetchEnded>(OnFetchEnded);

        Receive<LedgerProtocol.Submit>(submit => _desk.Submit(submit, Sender));
        Receive<TransactionDesk.BatchRead>(OnBatchRead);
        Receive<GossipDue>(_ => _desk.Flush());
        Receive<LedgerProtocol.GetStatus>(_ => Sender.Tell(
            new LedgerProtocol.Status(_chain.Parameters.ChainId, _chain.State, _chain.Head, _desk.Waiting, _isCatchingUp, _failure)));
        Receive<LedgerProtocol.GetAccount>(get => Sender.Tell(new LedgerProtocol.Account(get.Address, _chain.State, _chain.Head, _desk.NextNonce(get.Address))));
        Receive<LedgerProtocol.Subscribe>(subscribe =>
        {
            _chain.Subscribers.Add(subscribe.Subscriber);
            Context.Watch(subscribe.Subscriber);
        });
        Receive<Terminated>(terminated => _chain.Subscribers.Remove(terminated.ActorRef));

        Receive<MeshProtocol.Received>(received => _desk.Receive(received.From, received.Message));
        Receive<MeshProtocol.PeerUp>(OnPeerUp);
        Receive<MeshProtocol.PeerDown>(OnPeerDown);
        Receive<MeshProtocol.Undeliverable>(_ => { });
        Receive<Status.Failure>(failure => throw new InvalidOperationException("Work for the ledger failed.", failure.Cause));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private bool HasWork => _desk.HasReady;

    protected override void PreStart()
    {
        _setting.Mesh.Tell(new MeshProtocol.Subscribe(Self, [typeof(Wire.Transactions), typeof(Wire.TransactionsHeld), typeof(Wire.TransactionsWanted)]));
        foreach (var subscriber in _chain.Subscribers)
        {
            Context.Watch(subscriber);
        }

        // after a restart of this actor the pool waits for an answer that will not come
        TellFollower();
    }

    protected override void PostStop()
    {
        _stopping.Cancel();
        _height.Cancel();
        _stopping.Dispose();
        _height.Dispose();
    }

    private void TellFollower()
    {
        if (_failure is null)
        {
            _chain.Follower?.Tell(new VerifierPoolProtocol.HeightReady(_chain.State.Next(), HasWork));
        }
    }

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
                Tell(tried.Header, tried.Block, tried.Outcome switch
                {
                    BlockOutcome.Accepted => new BlockVerdict.Accepted(),
                    BlockOutcome.Refused refused => new BlockVerdict.Refused(refused.Reason.ToString()),
                    _ => new BlockVerdict.Unavailable(),
                });
                break;
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

    private void DoDuties(ChainState before, BlockResult result)
    {
        if (_setting.Verifier is not { } key)
        {
            return;
        }

        _duties = _duties.Learn(before, result.State, result.Transactions, key.Address);

        // one at a time, so that each sees what the one before did
        var nonce = _desk.NextNonce(key.Address);
        if (nonce == result.State.Find(key.Address).Nonce && _duties.Due(result.State, key) is var (operation, amount)
            && _desk.Take(key.Sign(operation, amount, nonce, result.State.Height + DutyLifetime)) is null)
        {
            _duties = _duties.Done(operation, result.State.Height);
        }
    }

    private void OnAccuse(Misbehaviour misbehaviour)
    {
        Evidence evidence = misbehaviour switch
        {
            Misbehaviour.TwoVotes votes => new Evidence.OfTwoVotes(votes.First, votes.Second),
            Misbehaviour.TwoProposals proposals => new Evidence.OfTwoProposals(proposals.First, proposals.Second),
            Misbehaviour.UnreadableProposal bad => new Evidence.OfBadHeader(bad.Proposal),
            _ => throw new ArgumentOutOfRangeException(nameof(misbehaviour)),
        };
        _setting.Note($"{evidence.Accused} broke a rule at height {evidence.Height}, and its own signatures show it");
        if (_setting.Verifier is { } key && evidence.Accused != key.Address)
        {
            _desk.Take(key.Sign(evidence, _desk.NextNonce(key.Address), _chain.NextHeight + DutyLifetime));
        }
    }

    private void Help(Address peer, ulong height)
    {
        if (_setting.Store.FindBlock(height) is { } block)
        {
            _setting.Mesh.Tell(new MeshProtocol.Send(peer, new Wire.BlockFinal { Final = Google.Protobuf.UnsafeByteOperations.UnsafeWrap(block.Final.Encode()) }));
        }
    }

    private void OnCatchUp(LedgerProtocol.CatchUp behind)
    {
        if (!_isCatchingUp && _failure is null && _search.UrlOf(behind.Peer) is { } url)
        {
            _isCatchingUp = true;
            Fetch(url);
        }
    }

    private void Fetch(Uri peer)
    {
        var (state, self, stopping) = (_chain.State, Self, _stopping.Token);
        _ = Task.Run(() => ChainSync.FetchAsync(_search, peer, state, _setting.Options.Checkpoint, _desk.Find, (final, candidate) => self.Tell(new BlockFetched(final, candidate)), stopping), stopping)
            .PipeTo(self, success: more => new FetchEnded(peer, more), failure: _ => new FetchEnded(peer, More: false));
    }

    private void OnFetchEnded(FetchEnded ended)
    {
        if (ended.More && _failure is null)
        {
            Fetch(ended.Peer);
            return;
        }

        _isCatchingUp = false;
        TellFollower();
    }

    private void OnBatchRead(TransactionDesk.BatchRead read)
    {
        var hadWork = HasWork;
        _desk.Take(read);
        if (!hadWork && HasWork)
        {
            _chain.Follower?.Tell(VerifierPoolProtocol.WorkArrived.Instance);
        }
    }

    private void OnPeerUp(MeshProtocol.PeerUp up)
    {
        if (up.Peer.Profile.Roles.Contains(LedgerProtocol.Role, StringComparer.Ordinal))
        {
            _search.Up(up.Peer.Address, up.Peer.Profile.Url);
            _desk.Up(up.Peer.Address);
        }
    }

    private void OnPeerDown(MeshProtocol.PeerDown down)
    {
        _search.Down(down.Address);
        _desk.Down(down.Address);
    }

    private void Fail(string sentence)
    {
        _failure = sentence;
        _setting.Note(sentence);
    }

    private sealed record BlockMade(BuiltBlock? Block);

    private sealed record BlockTried(BlockHeader Header, Hash256 Block, byte[]? Body, BlockOutcome? Outcome, FinalBlock? Final);

    private sealed record BlockFetched(FinalBlock Final, ChainKeeper.Candidate Candidate);

    private sealed record FetchEnded(Uri Peer, bool More);

    private sealed record GossipDue
    {
        public static GossipDue Instance { get; } = new();
    }
}

/// <summary>What a ledger actor is made of.</summary>
/// <param name="Store">Of <paramref name="Chain"/>; read by several threads.</param>
/// <param name="Verifier">Makes blocks; null for a node that only follows.</param>
/// <param name="Note">Gets lines for people.</param>
public sealed record LedgerSetting(
    LedgerOptions Options, ChainKeeper Chain, LedgerStore Store, LedgerDownloads Downloads, VerifierKey? Verifier, IActorRef Mesh, TimeProvider Time, Action<string> Note);
