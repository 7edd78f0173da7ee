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
public sealed partial class LedgerActor : ReceiveActor, IWithTimers
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
    private BlockWork _workTold;
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
        Receive<LedgerProtocol.Accuse>(accuse => OnAccuse(accuse.Evidence));
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

    private BlockWork Work => _desk.FillsBlock ? BlockWork.FullBlock : _desk.HasReady || _chain.State.HasDeadlines ? BlockWork.Some : BlockWork.None;

    protected override void PreStart()
    {
        _setting.Mesh.Tell(new MeshProtocol.Subscribe(Self, [typeof(Wire.Transactions), typeof(Wire.TransactionsHeld), typeof(Wire.TransactionsWanted)]));
        foreach (var subscriber in _chain.Subscribers)
        {
            Context.Watch(subscriber);
        }

        if (ChainTrust.RefusalOf(_chain.State, _setting.Store, _setting.Options.Checkpoint, _setting.Time.GetUtcNow()) is { } refusal)
        {
            Fail(refusal);
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
            _workTold = Work;
            _chain.Follower?.Tell(new VerifierPoolProtocol.HeightReady(_chain.State.Next(), _workTold));
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
            && _desk.Take(key.Sign(operation, amount, nonce, result.State.Height + DutyLifetime)))
        {
            _duties = _duties.Done(operation, result.State.Height);
        }
    }

    private void OnAccuse(Evidence evidence)
    {
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
        _desk.Take(read);
        if (_workTold < BlockWork.FullBlock && Work is var work && work > _workTold)
        {
            _workTold = work;
            _chain.Follower?.Tell(new VerifierPoolProtocol.WorkArrived(work));
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
