using System.Collections.Immutable;
using System.Security.Cryptography;
using VideoMesh.Actors.ComputeMiner;
using VideoMesh.Actors.Market;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.Proofs;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Compute;
using VideoMesh.Miners.Content;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Earnings;

/// <summary>What an actor that sees to a miner's pay is made of.</summary>
/// <param name="Rules">Of the chain.</param>
/// <param name="Barrier">Ψ: what must stand behind claims.</param>
/// <param name="Desk">Of the miner's account.</param>
/// <param name="Journal">Of this miner alone.</param>
/// <param name="Book">Gets what verifiers may ask for.</param>
/// <param name="Store">Sources and results are kept in it until they are settled.</param>
/// <param name="Note">Gets lines for people.</param>
public sealed record EarningsSetting(
    EarningsOptions Options, ContractParameters Rules, Amount Barrier, IContractDesk Desk, EarningsJournal Journal, EarningsBook Book, ContentStore Store, IActorRef Mesh, TimeProvider Time, Action<string> Note);

/// <summary>The sources that a miner holds for verifiers, for any thread to read.</summary>
public sealed class EarningsBook : ISourceBook
{
    private volatile ImmutableSortedDictionary<Hash256, OwedJob> _jobs = ImmutableSortedDictionary<Hash256, OwedJob>.Empty;

    public HeldSource? Find(Hash256 job, int segment, int rendition) =>
        _jobs.TryGetValue(job, out var owed) && owed.Held.TryGetValue(segment, out var held) && rendition >= 0 && rendition < held.Order.Renditions.Length
            ? new HeldSource(held.Order.Source, held.Order.SourceBytes, held.Order.Escrowed!.Path, held.Order.Renditions[rendition])
            : null;

    internal void Show(ImmutableSortedDictionary<Hash256, OwedJob> jobs) => _jobs = jobs;
}

/// <summary>Sees to a compute miner's pay: no work without escrow, no result without a signature that is kept, claims, opened leaves, answers to disputes. Shell of
/// <see cref="EarningsState"/>. Persists, then acts.</summary>
public sealed class EarningsActor : ReceiveActor, IWithTimers
{
    private readonly EarningsSetting _setting;
    private readonly long _startedAt;
    private readonly CancellationTokenSource _stopping = new();
    private EarningsState _state;
    private bool _isLooking;
    private bool _hasReserve;
    private bool _toldOfStake;

    public EarningsActor(EarningsSetting setting)
    {
        _setting = setting;
        _startedAt = setting.Time.GetTimestamp();
        _state = setting.Journal.Load(new EarningsState(setting.Options, setting.Rules));
        Receive<EarningsProtocol.Bid>(bid => _state = _state.HasBid(bid.Client, bid.Price, Now + bid.Lifetime));
        Receive<EarningsProtocol.Judge>(OnJudge);
        Receive<EscrowLooked>(OnEscrowLooked);
        Receive<EarningsProtocol.Sign>(OnSign);
        Receive<EarningsProtocol.GetEarnings>(_ => Sender.Tell(new EarningsProtocol.Earnings([.. _state.Jobs.Values], _state.Settled)));
        Receive<MeshProtocol.Received>(OnReceived);
        Receive<MeshProtocol.PeerUp>(_ => { });
        Receive<MeshProtocol.PeerDown>(_ => { });
        Receive<MeshProtocol.Undeliverable>(_ => { });
        Receive<Stand>(_ => LookForStake());
        Receive<Stands>(OnStands);
        Receive<Look>(_ => LookNow());
        Receive<Looked>(OnLooked);
        Receive<Failed>(failed =>
        {
            _isLooking = false;
            if (!failed.Why.IsPassing)
            {
                _setting.Note($"the ledger refused a call of this miner: {failed.Why.Message}");
            }
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan Now => _setting.Time.GetElapsedTime(_startedAt);

    protected override void PreStart()
    {
        foreach (var held in _state.Jobs.Values.SelectMany(job => job.Held.Values))
        {
            Keep(held);
        }

        _setting.Book.Show(_state.Jobs);
        _setting.Mesh.Tell(new MeshProtocol.Subscribe(Self, [typeof(Wire.WorkAcknowledged)]));
        Self.Tell(Stand.Instance);
        Timers.StartPeriodicTimer(nameof(Look), Look.Instance, _setting.Options.LookInterval);
    }

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private void OnJudge(EarningsProtocol.Judge judge)
    {
        if (judge.Order.Escrowed is not { } work || _state.Judge(judge.Order, escrow: null, Now) is not DeclineReason.EscrowUnknown)
        {
            Sender.Tell(new EarningsProtocol.Judged(_state.Judge(judge.Order, escrow: null, Now)));
            return;
        }

        _ = FindEscrowAsync(work.Escrow).PipeTo(Self, Sender, success: sight => new EscrowLooked(judge, sight), failure: _ => new EscrowLooked(judge, Sight: null));
    }

    // The client's node may be a block ahead of the one that is asked here.
    private async Task<ContractSight> FindEscrowAsync(Hash256 escrow)
    {
        var started = Now;
        while (true)
        {
            var sight = await _setting.Desk.FindAsync([JobEscrow.KeyOf(escrow), MinerReserve.KeyOf(_setting.Options.Miner)], _stopping.Token);
            if (sight.Objects[0] is not null || Now - started > _setting.Options.EscrowPatience)
            {
                return sight;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250), _setting.Time, _stopping.Token);
        }
    }

    private void OnEscrowLooked(EscrowLooked looked)
    {
        var escrow = looked.Sight?.Objects[0] as JobEscrow;
        _state = looked.Sight is { } sight ? _state.Sees(sight) : _state;
        var reason = _state.Judge(looked.Judge.Order, escrow, Now);
        if (reason is null)
        {
            if (!_state.Jobs.ContainsKey(escrow!.Id))
            {
                _setting.Journal.Opened(escrow);
            }

            _state = _state.Assigned(escrow, looked.Judge.Order.Escrowed!);
        }

        Sender.Tell(new EarningsProtocol.Judged(reason));
    }

    private void OnSign(EarningsProtocol.Sign sign)
    {
        var segment = sign.Order.Key.Attempt.Segment;
        if (sign.Order.Escrowed is not { } work || !_state.Jobs.TryGetValue(work.Escrow, out var job))
        {
            Sender.Tell(new EarningsProtocol.Signatures([]));
            return;
        }

        if (job.Held.TryGetValue(segment, out var before))
        {
            // Who signs two leaves for one segment loses its stake: the same bytes get the same signature, others none.
            var isSame = before.Results.Zip(sign.Result.Renditions).All(pair => pair.First.Result.Packets == pair.Second.PacketHash && pair.First.Result.Content == pair.Second.Hash);
            Sender.Tell(new EarningsProtocol.Signatures(isSame ? before.Results : default));
            return;
        }

        var held = new HeldSegment(sign.Order, sign.Message, [.. sign.Result.Renditions.Select((encoded, rendition) => SignedFor(work.Escrow, segment, rendition, encoded))]);
        _setting.Journal.Holds(held);
        Keep(held);
        _state = _state.Holds(held);
        _setting.Book.Show(_state.Jobs);
        Sender.Tell(new EarningsProtocol.Signatures(held.Results));
    }

    private SignedResult SignedFor(Hash256 escrow, int segment, int rendition, EncodedRendition encoded)
    {
        var result = new JobResult(escrow, segment, rendition, encoded.Hash, encoded.PacketHash, new Hash256(RandomNumberGenerator.GetBytes(Hash256.Size)));
        return new SignedResult(result, _setting.Desk.Sign(result.SigningHash(_setting.Options.Chain)));
    }

    private void Keep(HeldSegment held)
    {
        var scope = Scope(held.Order.Escrowed!.Escrow);
        _setting.Store.Pin(held.Order.Source, scope);
        foreach (var signed in held.Results)
        {
            _setting.Store.Pin(signed.Result.Content, scope);
        }
    }

    private void OnReceived(MeshProtocol.Received received)
    {
        if (received.Message is Wire.WorkAcknowledged message && EarningsMessages.TryRead(message, out var word)
            && _state.Jobs.TryGetValue(word.Escrow, out var job) && !Equals(job.Word, word.Work) && _state.IsWord(job, word.Work, word.Assigned, word.Assignment))
        {
            _setting.Journal.Acknowledged(word.Escrow, message);
            _state = _state.Acknowledged(job, word.Work, word.Assigned, word.Assignment);
            LookNow();
        }
    }

    private void LookForStake() =>
        _ = _setting.Desk.ReserveAsync(_stopping.Token).PipeTo(Self, success: reserved => new Stands(reserved), failure: _ => new Stands(Reserved: null));

    // Without it nobody's escrow can name this miner. Stake may come later.
    private void OnStands(Stands stands)
    {
        if (stands.Reserved is { } reserved && reserved >= _setting.Barrier && !_hasReserve)
        {
            _hasReserve = true;
            _setting.Note($"{reserved} of stake stand behind this miner's claims");
        }
        else if (!_hasReserve && stands.Reserved is not null && !_toldOfStake)
        {
            _toldOfStake = true;
            _setting.Note($"this miner is paid by nobody before it has {_setting.Barrier} of stake: `videomesh stake {_setting.Barrier.ToString().Replace(" ", "", StringComparison.Ordinal)} --wallet NAME`");
        }

        Timers.StartSingleTimer(nameof(Stand), Stand.Instance, _setting.Options.StakeInterval);
    }

    private void LookNow()
    {
        if (_isLooking || _state.Jobs.IsEmpty)
        {
            return;
        }

        _isLooking = true;
        _ = _setting.Desk.FindAsync([.. _state.Wanted], _stopping.Token).PipeTo(Self, success: sight => new Looked(sight), failure: Failure);
    }

    private void OnLooked(Looked looked)
    {
        _isLooking = false;
        _state = _state.Sees(looked.Sight);
        var (receipts, over) = _state.News();
        foreach (var receipt in receipts)
        {
            _setting.Journal.Settled(receipt);
            _setting.Note($"claim {receipt.Id} was {receipt.Verdict.ToString().ToLowerInvariant()}: {receipt.Paid} for {receipt.Segments} segment{(receipt.Segments == 1 ? "" : "s")}{(receipt.Verdict == ClaimVerdict.Accepted ? "" : "; " + receipt.Reason.Sentence())}");
        }

        _state = _state with { Settled = _state.Settled.AddRange(receipts) };
        foreach (var job in over)
        {
            _setting.Journal.Forget(job);
            _setting.Store.Unpin(Scope(job));
            _state = _state with { Jobs = _state.Jobs.Remove(job) };
        }

        _setting.Book.Show(_state.Jobs);
        (_state, var calls) = _state.Due();
        foreach (var call in calls)
        {
            _ = Send(call).PipeTo(Self, success: () => Look.Instance, failure: Failure);
        }
    }

    private async Task Send(EarningsCall call) => await _setting.Desk.SendAsync(call.Operation, Amount.Zero, _stopping.Token);

    private static Failed Failure(Exception e) => new(e as ContractException ?? new ContractException("internal", e.Message, isPassing: e is OperationCanceledException, e));

    private static string Scope(Hash256 job) => $"owed/{job}";

    private sealed record EscrowLooked(EarningsProtocol.Judge Judge, ContractSight? Sight);

    private sealed record Looked(ContractSight Sight);

    private sealed record Failed(ContractException Why);

    private sealed record Stands(Amount? Reserved);

    private sealed record Stand
    {
        public static Stand Instance { get; } = new();
    }

    private sealed record Look
    {
        public static Look Instance { get; } = new();
    }
}
