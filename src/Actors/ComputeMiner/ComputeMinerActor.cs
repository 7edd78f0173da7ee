using System.Collections.Immutable;
using Google.Protobuf;
using VideoMesh.Actors.Earnings;
using VideoMesh.Actors.Market;
using VideoMesh.Actors.Mesh;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Compute;
using VideoMesh.Miners.Content;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.ComputeMiner;

/// <summary>A compute miner: takes segments from clients, runs each through the pipeline, reports. Shell of <see cref="ComputeMinerState"/>.</summary>
public sealed class ComputeMinerActor : ReceiveActor, IWithTimers
{
    // longer than the ledger takes to answer, and shorter than a client's patience
    private static readonly TimeSpan EarningsPatience = TimeSpan.FromSeconds(20);

    private readonly IActorRef _mesh;
    private readonly ISegmentPipeline _pipeline;
    private readonly ContentTickets _tickets;
    private readonly IActorRef _earnings;
    private readonly TimeProvider _time;
    private readonly TimeSpan _ticketLifetime;
    private readonly Dictionary<WorkKey, RunningSegment> _running = [];
    private readonly List<IActorRef> _awaitingDrain = [];
    private ComputeMinerState _state;

    /// <param name="earnings">Sees to this miner's pay; nobody where there is no ledger.</param>
    public ComputeMinerActor(ComputeMinerOptions options, IActorRef mesh, ISegmentPipeline pipeline, ContentTickets tickets, IActorRef earnings, TimeProvider time)
    {
        _state = new ComputeMinerState(options);
        _mesh = mesh;
        _pipeline = pipeline;
        _tickets = tickets;
        _earnings = earnings;
        _time = time;
        _ticketLifetime = options.TicketLifetime;

        Receive<MeshProtocol.Received>(OnReceived);
        Receive<MeshProtocol.PeerUp>(up => Timers!.Cancel(up.Peer.Address));
        Receive<MeshProtocol.PeerDown>(down =>
        {
            if (_state.WorkOf(down.Address).Any())
            {
                Timers!.StartSingleTimer(down.Address, new ClientGone(down.Address), options.ClientGoneGrace);
            }
        });
        Receive<MeshProtocol.Undeliverable>(_ => { });
        Receive<ClientGone>(gone => _state.WorkOf(gone.Client).ToList().ForEach(Abandon));
        Receive<Cleared>(OnCleared);
        Receive<Signed>(signed => OnDelivered(signed.Encoded, signed.Results));
        Receive<Progressed>(p => Send(p.Key, new Wire.SegmentProgress { Ref = Ref(p.Key), Stage = p.Stage, Amount = p.Amount }));
        Receive<Encoded>(OnEncoded);
        Receive<EncodingFailed>(OnFailed);
        Receive<ComputeMinerProtocol.GetStatus>(_ => Sender.Tell(
            new ComputeMinerProtocol.Status(options.Slots, _state.Work.Count, _state.SegmentsDone, _state.FramesDone, _state.Draining)));
        Receive<ComputeMinerProtocol.Drain>(OnDrain);
        Receive<DrainTimeUp>(_ => HandBack());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => _mesh.Tell(new MeshProtocol.Subscribe(
        Self, [typeof(Wire.AssignSegment), typeof(Wire.SourceUploaded), typeof(Wire.ReleaseSegment)]));

    protected override void PostStop()
    {
        foreach (var running in _running.Values)
        {
            running.Dispose();
        }
    }

    private void OnReceived(MeshProtocol.Received received)
    {
        switch (received.Message)
        {
            case Wire.AssignSegment assign:
                OnAssign(received.From, assign);
                break;
            case Wire.SourceUploaded uploaded when TryFind(received.From, uploaded.Ref, out var key):
                _running[key].SourceArrived.TrySetResult();
                break;
            case Wire.ReleaseSegment release when JobMessages.TryRead(release.Ref, out var job, out var attempt):
                Abandon(new WorkKey(received.From, job, attempt));
                break;
        }
    }

    private void OnAssign(Address from, Wire.AssignSegment assign)
    {
        var reference = new Wire.SegmentRef { Job = assign.Job, Segment = assign.Segment, Attempt = assign.Attempt };
        if (!JobMessages.TryRead(assign, from, out var order))
        {
            Decline(from, reference, DeclineReason.Malformed);
            return;
        }

        if (_state.Work.ContainsKey(order.Key))
        {
            return; // the client said it twice
        }

        if (_state.Judge(order, assign.DeterminismClass) is { } reason)
        {
            Decline(from, reference, reason);
            return;
        }

        _state = _state.Take(order);
        _running.Add(order.Key, new RunningSegment(assign));
        if (_earnings.IsNobody())
        {
            Start(order);
            return;
        }

        // its place is taken meanwhile
        _ = _earnings.Ask<EarningsProtocol.Judged>(new EarningsProtocol.Judge(order, assign), EarningsPatience)
            .PipeTo(Self, success: judged => new Cleared(order, judged.Reason), failure: _ => new Cleared(order, DeclineReason.EscrowUnknown));
    }

    private void OnCleared(Cleared cleared)
    {
        var order = cleared.Order;
        if (!_running.ContainsKey(order.Key))
        {
            return;
        }

        if (cleared.Reason is { } reason)
        {
            Decline(order.Key.Client, Ref(order.Key), reason);
            Abandon(order.Key);
            return;
        }

        Start(order);
    }

    private void Start(WorkOrder order)
    {
        var running = _running[order.Key];
        var scope = Scope(order.Key);
        var accepted = new Wire.SegmentAccepted { Ref = Ref(order.Key) };
        if (order.ClientUrl is null)
        {
            accepted.UploadTicket = Ticket(TicketVerbs.Put, order.Source, order.SourceBytes, scope);
        }
        else
        {
            running.SourceArrived.SetResult();
        }

        Send(order.Key, accepted);
        var self = Self;
        var work = new SegmentWork(
            order.Source, order.SourceBytes, order.Frames, order.Renditions, order.ClientUrl, order.SourceTicket, order.ResultTicket, scope, running.SourceArrived.Task.WaitAsync(_state.Options.SourceTimeout, _time));
        _ = _pipeline.RunAsync(work, (stage, amount) => self.Tell(new Progressed(order.Key, ToWire(stage), amount)), running.Cancellation)
            .PipeTo(self, success: result => new Encoded(order.Key, result), failure: e => new EncodingFailed(order.Key, e));
    }

    private void OnEncoded(Encoded encoded)
    {
        if (!_running.TryGetValue(encoded.Key, out var running))
        {
            return;
        }

        var order = _state.Work[encoded.Key];
        if (order.Escrowed is null || _earnings.IsNobody())
        {
            OnDelivered(encoded, []);
            return;
        }

        // bytes are kept and the signature is durable before the client hears of either
        _ = _earnings.Ask<EarningsProtocol.Signatures>(new EarningsProtocol.Sign(order, running.Message, encoded.Result), EarningsPatience)
            .PipeTo(Self, success: signed => new Signed(encoded, signed.Results), failure: e => new EncodingFailed(encoded.Key, e));
    }

    private void OnDelivered(Encoded encoded, ImmutableArray<SignedResult> signatures)
    {
        if (signatures.IsDefault)
        {
            OnFailed(new EncodingFailed(encoded.Key, new SegmentWorkException(SegmentFailure.EncoderFailed, "The miner delivered other bytes of this segment before.")));
            return;
        }

        if (!Forget(encoded.Key))
        {
            return;
        }

        var scope = Scope(encoded.Key);
        var fetches = _state.Work[encoded.Key].ClientUrl is null;
        var done = new Wire.SegmentDone { Ref = Ref(encoded.Key), CpuMs = (long)encoded.Result.CpuTime.TotalMilliseconds };
        for (var i = 0; i < encoded.Result.Renditions.Length; i++)
        {
            var rendition = encoded.Result.Renditions[i];
            var message = JobMessages.ToWire(rendition, fetches ? Ticket(TicketVerbs.Get, rendition.Hash, rendition.Bytes, scope) : "");
            message.SignedResult = i < signatures.Length ? ByteString.CopyFrom(signatures[i].Encode()) : ByteString.Empty;
            done.Renditions.Add(message);
        }

        if (!fetches)
        {
            _pipeline.Forget(scope);
        }

        _state = _state.Deliver(encoded.Key);
        Send(encoded.Key, done);
        ReportDrained();
    }

    private void OnFailed(EncodingFailed failed)
    {
        if (!Forget(failed.Key))
        {
            return;
        }

        _pipeline.Forget(Scope(failed.Key));
        _state = _state.Drop(failed.Key);
        var (reason, detail) = failed.Failure is SegmentWorkException e ? (e.Reason.ToString(), e.Message) : ("Internal", "the miner ran into an error of its own");
        Send(failed.Key, new Wire.SegmentFailed { Ref = Ref(failed.Key), Reason = reason, Detail = detail });
        ReportDrained();
    }

    // Nobody waits for it any more: nothing is reported.
    private void Abandon(WorkKey key)
    {
        Forget(key);
        _state = _state.Drop(key);
        _pipeline.Forget(Scope(key));
        ReportDrained();
    }

    private void OnDrain(ComputeMinerProtocol.Drain drain)
    {
        _awaitingDrain.Add(Sender);
        _state = _state.StartDraining();
        Timers.StartSingleTimer(nameof(DrainTimeUp), DrainTimeUp.Instance, drain.Limit);
        ReportDrained();
    }

    private void HandBack()
    {
        foreach (var key in _state.Work.Keys.ToList())
        {
            Decline(key.Client, Ref(key), DeclineReason.Draining);
            Abandon(key);
        }
    }

    private void ReportDrained()
    {
        if (_state is { Draining: true, Work.IsEmpty: true })
        {
            _awaitingDrain.ForEach(waiting => waiting.Tell(ComputeMinerProtocol.Drained.Instance));
            _awaitingDrain.Clear();
        }
    }

    private string Ticket(TicketVerbs verbs, ContentHash content, long bytes, string scope) => _tickets.Issue(new TicketGrant
    {
        Verbs = verbs, Content = content, MaxBytes = bytes, Expires = _time.GetUtcNow() + _ticketLifetime, Scope = scope,
    });

    private bool Forget(WorkKey key)
    {
        if (!_running.Remove(key, out var running))
        {
            return false;
        }

        running.Dispose();
        return true;
    }

    private bool TryFind(Address from, Wire.SegmentRef? reference, out WorkKey key)
    {
        var read = JobMessages.TryRead(reference, out var job, out var attempt);
        key = new WorkKey(from, job, attempt);
        return read && _running.ContainsKey(key);
    }

    private void Decline(Address client, Wire.SegmentRef reference, DeclineReason reason) =>
        _mesh.Tell(new MeshProtocol.Send(client, new Wire.SegmentDeclined { Ref = reference, Reason = reason.ToString() }));

    private void Send(WorkKey key, Google.Protobuf.IMessage message) => _mesh.Tell(new MeshProtocol.Send(key.Client, message));

    private static Wire.SegmentRef Ref(WorkKey key) => JobMessages.Ref(key.Job, key.Attempt);

    private static string Scope(WorkKey key) => $"{key.Client}/{key.Job}/{key.Attempt.Segment}/{key.Attempt.Number}";

    private static Wire.SegmentProgress.Types.Stage ToWire(PipelineStage stage) => stage switch
    {
        PipelineStage.Fetching => Wire.SegmentProgress.Types.Stage.Fetching,
        PipelineStage.Encoding => Wire.SegmentProgress.Types.Stage.Encoding,
        PipelineStage.Delivering => Wire.SegmentProgress.Types.Stage.Delivering,
        _ => Wire.SegmentProgress.Types.Stage.Queued,
    };

    private sealed record Progressed(WorkKey Key, Wire.SegmentProgress.Types.Stage Stage, long Amount);

    private sealed record Encoded(WorkKey Key, SegmentResult Result);

    private sealed record Cleared(WorkOrder Order, DeclineReason? Reason);

    private sealed record Signed(Encoded Encoded, ImmutableArray<SignedResult> Results);

    private sealed record EncodingFailed(WorkKey Key, Exception Failure);

    private sealed record ClientGone(Address Client);

    private sealed record DrainTimeUp
    {
        public static DrainTimeUp Instance { get; } = new();
    }

    private sealed class RunningSegment(Wire.AssignSegment message) : IDisposable
    {
        private readonly CancellationTokenSource _cancellation = new();

        public Wire.AssignSegment Message => message;

        public TaskCompletionSource SourceArrived { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationToken Cancellation => _cancellation.Token;

        public void Dispose()
        {
            _cancellation.Cancel();
            SourceArrived.TrySetCanceled();
            _cancellation.Dispose();
        }
    }
}
