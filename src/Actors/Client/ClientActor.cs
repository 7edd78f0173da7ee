using System.Collections.Immutable;
using Google.Protobuf;
using VideoMesh.Actors.Chunker;
using VideoMesh.Actors.Earnings;
using VideoMesh.Actors.Market;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.Stitcher;
using VideoMesh.Chain.Primitives;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Client;

/// <summary>Makes a job's events durable.</summary>
public interface IJobJournal
{
    /// <summary>Returns when the events are on disk.</summary>
    void Append(IReadOnlyList<JobEvent> events);
}

/// <summary>Hears how a job goes. Called from the actor: must not block.</summary>
public interface IJobWatcher
{
    void OnProgress(JobProgress progress);

    /// <summary>Something a person who watches should see, such as why a segment moves on.</summary>
    void OnNote(string line);
}

/// <inheritdoc/>
public interface IJobObserver : IJobWatcher
{
    /// <summary>Called once, when everything of the job has stopped.</summary>
    /// <param name="verdicts">Why each miner was chosen or not, as it was when the outcome was clear.</param>
    void OnEnded(JobState job, ImmutableArray<MinerVerdict> verdicts);
}

/// <summary>Runs one job: shell of <see cref="JobState"/>. Persists, then acts.</summary>
public sealed class ClientActor : ReceiveActor, IWithTimers
{
    private readonly IJobJournal _journal;
    private readonly IJobObserver _observer;
    private readonly IActorRef _mesh;
    private readonly IActorRef _chunker;
    private readonly IActorRef _stitcher;
    private readonly JobContent _content;
    private readonly JobMarket _market;
    private readonly long _startedAt;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<int, ChunkerProtocol.Extracted> _sources = [];
    private readonly Dictionary<Address, Uri> _minerUrls = [];
    private readonly List<string> _notes = [];
    private JobState _job;
    private ImmutableArray<MinerVerdict> _verdicts = [];
    private TimeSpan _duration;
    private string _stage = "looking at the source";

    /// <param name="job">New or restored.</param>
    /// <param name="chunker">Makes the chunker child.</param>
    /// <param name="stitcher">Makes the stitcher child.</param>
    public ClientActor(JobState job, IJobJournal journal, IJobObserver observer, IActorRef mesh, Props chunker, Props stitcher, JobContent content, JobMarket market)
    {
        _job = job;
        _journal = journal;
        _observer = observer;
        _mesh = mesh;
        _content = content;
        _market = market;
        _startedAt = content.Time.GetTimestamp();
        _chunker = Context.ActorOf(chunker, "chunker");
        _stitcher = Context.ActorOf(stitcher, "stitcher");

        Receive<ChunkerProtocol.Prepared>(OnPrepared);
        Receive<ChunkerProtocol.Extracted>(e =>
        {
            _sources[e.Segment] = e;
            Carry(_job.Extracted(e.Segment, Now));
        });
        Receive<ChunkerProtocol.SplitDone>(done => _notes.AddRange(done.Notes.Except(_notes, StringComparer.Ordinal)));
        Receive<ChunkerProtocol.ChunkingFailed>(f => Carry(_job.End(f.Outcome)));
        Receive<StitcherProtocol.CheckPassed>(p => Carry(_job.Checked(p.Check, Now)));
        Receive<StitcherProtocol.CheckFailed>(f => Carry(_job.Failed(f.Check.Attempt, AttemptFailure.WrongResult, f.Why, Now)));
        Receive<StitcherProtocol.Fits>(_ => Carry(_job.Fits()));
        Receive<StitcherProtocol.Mixed>(m =>
        {
            _stage = "encoding";
            Carry(_job.Mixed(m.Segments, Now));
        });
        Receive<StitcherProtocol.Stage>(s => Show(s.Text));
        Receive<StitcherProtocol.Concluded>(j => Carry(_job.End(j.Outcome with { Notes = [.. _notes, .. j.Outcome.Notes] })));
        Receive<MeshProtocol.PeerUp>(up =>
        {
            if (up.Peer.Profile.Url is { } url)
            {
                _minerUrls[up.Peer.Address] = url;
            }

            Carry(_job.PeerUp(up.Peer, Now));
        });
        Receive<MeshProtocol.PeerDown>(down => Carry(_job.PeerDown(down.Address, Now)));
        Receive<MeshProtocol.Undeliverable>(u =>
        {
            if (u.Message is Wire.AssignSegment a)
            {
                Carry(_job.Failed(new AttemptId(a.Segment, a.Attempt), AttemptFailure.MinerLost, "the miner cannot be reached", Now));
            }
        });
        Receive<MeshProtocol.Received>(OnReceived);
        Receive<FundingSigned>(signed => Carry(_job.Fund(signed.Funding)));
        Receive<FundingFinal>(_ =>
        {
            _stage = "encoding";
            Carry(_job.FundingDone(Now));
        });
        Receive<FundingFailed>(failed => Carry(_job.FundingFailed(failed.Reason, failed.Sentence, failed.IsVoid, Now)));
        Receive<SourceBrought>(b => _mesh.Tell(new MeshProtocol.Send(b.Miner, new Wire.SourceUploaded { Ref = JobMessages.Ref(_job.Spec.Id, b.Attempt) })));
        Receive<SourceNotBrought>(b => Carry(_job.Failed(b.Attempt, AttemptFailure.MinerFailed, b.Why, Now)));
        Receive<ClientProtocol.CancelJob>(_ => Carry(_job.End(JobOutcome.Cancelled(_job.Spec.Id))));
        Receive<Tick>(_ =>
        {
            Carry(_job.Tick(Now));
            Show(_stage);
        });
        Receive<Terminated>(OnTerminated);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private JobPurse Purse => _market.Purse ?? throw new InvalidOperationException("A job with a budget has no purse.");

    private TimeSpan Now => _content.Time.GetElapsedTime(_startedAt);

    protected override void PreStart()
    {
        _mesh.Tell(new MeshProtocol.Subscribe(
            Self,
            [typeof(Wire.SegmentAccepted), typeof(Wire.SegmentDeclined), typeof(Wire.SegmentProgress), typeof(Wire.SegmentDone), typeof(Wire.SegmentFailed),
             typeof(Wire.SignedBid), typeof(Wire.OfferDeclined)]));
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TimeSpan.FromMilliseconds(500));
        Context.Watch(_chunker);
        Context.Watch(_stitcher);
        _chunker.Tell(ChunkerProtocol.Prepare.Instance);
    }

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    // A child that fails has a bug: it is not restarted half-way through a job, its end ends the job.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private void OnPrepared(ChunkerProtocol.Prepared prepared)
    {
        _stage = "encoding";
        _duration = prepared.Source.Duration;
        _notes.AddRange([.. prepared.Source.Notes, .. prepared.Renditions.Notes]);
        if (prepared.Segments.Warning is { } warning)
        {
            _notes.Add(warning);
        }

        _stitcher.Tell(new StitcherProtocol.Begin(prepared.Source, prepared.Segments, prepared.Renditions.Renditions));
        Carry(_job.Plan([.. prepared.Segments.Segments.Select(s => s.Frames)], prepared.Renditions.Renditions, Now));
    }

    private void OnReceived(MeshProtocol.Received received)
    {
        var from = received.From;
        switch (received.Message)
        {
            case Wire.SignedBid m:
                Carry(_job.Answered(_job.Bids.Take(from, m, _market.Chain, _market.TimeOfDay, Now, out _), Now));
                break;
            case Wire.OfferDeclined m:
                Carry(_job.Answered(_job.Bids.Decline(from, m), Now));
                break;
            case Wire.SegmentAccepted m when TryRead(m.Ref, out var attempt):
                Carry(_job.Progress(attempt, from, AttemptStage.Fetching, 0, Now));
                if (_content.Url is null)
                {
                    BringSource(attempt, from, m.UploadTicket);
                }

                break;
            case Wire.SegmentDeclined m when TryRead(m.Ref, out var attempt):
                Carry(_job.Failed(attempt, AttemptFailure.Declined, JobMessages.Sanitized(m.Reason), Now, from));
                break;
            case Wire.SegmentProgress m when TryRead(m.Ref, out var attempt):
                Carry(_job.Progress(attempt, from, JobMessages.ReadStage(m.Stage), m.Amount, Now));
                break;
            case Wire.SegmentDone m when TryRead(m.Ref, out var attempt):
                if (JobMessages.TryRead(m.Renditions, out var results))
                {
                    Carry(_job.Delivered(attempt, from, results, Math.Max(0, m.CpuMs), [.. m.Renditions.Select(r => r.DownloadTicket)], Now));
                }
                else
                {
                    Carry(_job.Failed(attempt, AttemptFailure.WrongResult, "the miner reported results that make no sense", Now, from));
                }

                break;
            case Wire.SegmentFailed m when TryRead(m.Ref, out var attempt):
                Carry(_job.Failed(attempt, AttemptFailure.MinerFailed, JobMessages.Sanitized(m.Detail), Now, from));
                break;
        }
    }

    private void Carry(Decision decision)
    {
        if (decision.Events.Length > 0)
        {
            try
            {
                _journal.Append(decision.Events);
            }
            catch (Exception e) when (decision.State.Outcome is null)
            {
                // Nothing of this decision happened; the job ends here, and what was durable before can be resumed.
                Carry(_job.End(JobFailure.Outcome(e)));
                return;
            }
            catch (Exception)
            {
                // The end itself could not be written down: the job ends all the same, and will look unfinished, which is safe.
            }
        }

        foreach (var note in decision.Notes)
        {
            _observer.OnNote(note);
        }

        _job = decision.State;
        foreach (var effect in decision.Effects)
        {
            Do(effect);
        }
    }

    private void Do(JobEffect effect)
    {
        switch (effect)
        {
            case JobEffect.Assignment { Effect: AssignmentEffect.Assign assign }:
                var source = _sources[assign.Attempt.Segment];
                var escrowed = _job.Escrow is null ? null : Purse.Assign(_job, assign.Miner, assign.Attempt.Segment);
                _mesh.Tell(new MeshProtocol.Send(assign.Miner, _content.Order(_job, assign, source.Hash, source.Bytes, escrowed)));
                break;
            case JobEffect.Assignment { Effect: AssignmentEffect.Release release }:
                Release(release.Attempt, release.Miner);
                break;
            case JobEffect.Offer ask:
                var (offer, digest) = _market.Offer(_job);
                Carry(_job.Offered(ask.Miner, digest, _market.Standing(ask.Miner), Now));
                _mesh.Tell(new MeshProtocol.Send(ask.Miner, offer));
                break;
            case JobEffect.Fund:
                _stage = "opening the escrow";
                _ = Purse.FundAsync(_job, [.. _job.Frames.Select((_, segment) => _sources[segment].Hash)], _job.Willing(Now), _stopping.Token)
                    .PipeTo(Self, success: funding => new FundingSigned(funding), failure: e => FundingFailed.Of(e, isVoid: false));
                break;
            case JobEffect.CompleteFunding complete:
                _ = Purse.CompleteAsync(complete.Funding, _stopping.Token).PipeTo(Self, success: () => FundingFinal.Instance, failure: e => FundingFailed.Of(e, isVoid: true));
                break;
            case JobEffect.Acknowledge:
                foreach (var (miner, word) in Purse.Acknowledge(_job))
                {
                    _mesh.Tell(new MeshProtocol.Send(miner, EarningsMessages.ToWire(word)));
                }

                break;
            case JobEffect.Check check:
                _stitcher.Tell(new StitcherProtocol.CheckResult(
                    check, _job.Frames[check.Attempt.Segment], _content.Url is null ? _minerUrls.GetValueOrDefault(check.Miner) : null));
                break;
            case JobEffect.Split:
                _chunker.Tell(new ChunkerProtocol.Split([.. _job.Accepted.Keys]));
                break;
            case JobEffect.Join:
                _stitcher.Tell(new StitcherProtocol.Join([.. _job.Accepted.Values.OrderBy(a => a.Segment)], _sources.ToImmutableDictionary(s => s.Key, s => s.Value.Hash)));
                break;
            case JobEffect.Finish:
                _stage = "stopping";
                _verdicts = _job.Explain(Now);
                Timers.Cancel(nameof(Tick));
                _chunker.Tell(ClientProtocol.Finish.Instance);
                _stitcher.Tell(ClientProtocol.Finish.Instance);
                break;
        }
    }

    private void Release(AttemptId attempt, Address miner)
    {
        _content.Release(attempt, miner);
        _mesh.Tell(new MeshProtocol.Send(miner, new Wire.ReleaseSegment { Ref = JobMessages.Ref(_job.Spec.Id, attempt) }));
    }

    private void BringSource(AttemptId attempt, Address miner, string ticket)
    {
        if (!_job.Assignments.Attempts.TryGetValue(attempt, out var open) || open.Miner != miner || !_minerUrls.TryGetValue(miner, out var url))
        {
            return;
        }

        var self = Self;
        _ = _content.Transfers.UploadAsync(url, _sources[attempt.Segment].Hash, ticket, _content.Store, _stopping.Token).PipeTo(
            self,
            success: _ => new SourceBrought(attempt, miner),
            failure: e => new SourceNotBrought(attempt, $"the source could not be brought to the miner: {e.Message}"));
    }

    private void OnTerminated(Terminated terminated)
    {
        if (_job.Outcome is null)
        {
            Carry(_job.End(JobOutcome.Failed(JobReason.Internal, "The job stopped on an error of our own; `videomesh job resume " + _job.Spec.Id + "` goes on. Please report it.")));
        }

        if (Context.Child("chunker").IsNobody() && Context.Child("stitcher").IsNobody())
        {
            _observer.OnEnded(_job, _verdicts);
            Context.Stop(Self);
        }
    }

    private void Show(string stage)
    {
        _stage = stage;
        _observer.OnProgress(_job.Describe(stage, _duration));
    }

    private bool TryRead(Wire.SegmentRef? reference, out AttemptId attempt) =>
        JobMessages.TryRead(reference, out var job, out attempt) && string.Equals(job, _job.Spec.Id, StringComparison.Ordinal);

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }

    private sealed record FundingSigned(JobEvent.Funding Funding);

    private sealed record FundingFinal
    {
        public static FundingFinal Instance { get; } = new();
    }

    private sealed record FundingFailed(string Reason, string Sentence, bool IsVoid)
    {
        // what cannot be asked may still have come into a block: only a refusal makes a call void
        public static FundingFailed Of(Exception e, bool isVoid) => e is ContractException refused
            ? new FundingFailed(refused.Reason, $"The job's escrow was not opened: {refused.Message}", isVoid && !refused.IsPassing)
            : new FundingFailed(nameof(JobReason.Internal), $"The job's escrow was not opened: {e.Message}", IsVoid: false);
    }

    private sealed record SourceBrought(AttemptId Attempt, Address Miner);

    private sealed record SourceNotBrought(AttemptId Attempt, string Why);
}
