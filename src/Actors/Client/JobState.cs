using System.Collections.Immutable;
using VideoMesh.Actors.Market;
using VideoMesh.Actors.Mesh;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Media;

namespace VideoMesh.Actors.Client;

/// <summary>The next state, what must be made durable before anything else, and what is to be done then.</summary>
public sealed record Decision(JobState State, ImmutableArray<JobEvent> Events, ImmutableArray<JobEffect> Effects)
{
    /// <summary>For people who watch.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];
}

/// <summary>
/// One job, pure. Durable facts enter by <see cref="Apply"/> alone; who works on what right now is in <see cref="Assignments"/> and is
/// forgotten by a crash. Times are a monotonic clock's reading.
/// </summary>
public sealed partial record JobState
{
    private JobState(JobSpec spec, ClientOptions options, bool dialable)
    {
        Spec = spec;
        Options = options;
        Dialable = dialable;
        Assignments = AssignmentState.Create(options.Market);
    }

    public JobSpec Spec { get; }

    public ClientOptions Options { get; }

    /// <summary>This client can be dialled by miners.</summary>
    public bool Dialable { get; }

    /// <summary>Frames of each segment; default before the plan is known.</summary>
    public ImmutableArray<int> Frames { get; private init; }

    public ImmutableArray<RenditionSpec> Renditions { get; private init; } = [];

    public ImmutableDictionary<int, JobEvent.Accepted> Accepted { get; private init; } = ImmutableDictionary<int, JobEvent.Accepted>.Empty;

    public JobOutcome? Outcome { get; private init; }

    public AssignmentState Assignments { get; private init; }

    // Accepted results that turned out not to fit the others.
    private int DroppedCount { get; init; }

    private ImmutableDictionary<Address, Announcement> Peers { get; init; } = ImmutableDictionary<Address, Announcement>.Empty;

    private TimeSpan? WithoutMinerSince { get; init; }

    private bool HadMiner { get; init; }

    public bool IsPlanned => !Frames.IsDefault;

    private bool AllAccepted => IsPlanned && Accepted.Count == Frames.Length;

    private Decision Nothing => new(this, [], []);

    /// <summary>Folds the journal of a job.</summary>
    /// <exception cref="InvalidDataException">The journal does not begin with its creation.</exception>
    public static JobState Restore(IEnumerable<JobEvent> events, ClientOptions options, bool dialable)
    {
        JobState? state = null;
        foreach (var e in events)
        {
            state = e is JobEvent.Created created ? new JobState(created.Spec, options, dialable) : state?.Apply(e);
        }

        return state ?? throw new InvalidDataException("The journal of this job is damaged: it does not begin with the job's creation.");
    }

    public JobState Apply(JobEvent e) => e switch
    {
        JobEvent.Planned p => this with { Frames = p.Frames, Renditions = p.Renditions },
        JobEvent.Funding f => this with { Funding = f, FundingTries = FundingTries + 1 },
        JobEvent.FundingVoid => this with { Funding = null },
        JobEvent.Funded => this with { IsFunded = true },
        JobEvent.Accepted a => this with { Accepted = Accepted.SetItem(a.Segment, a) },
        JobEvent.Dropped d => this with { Accepted = Accepted.RemoveRange(d.Segments), DroppedCount = DroppedCount + d.Segments.Length },
        JobEvent.Ended x => this with { Outcome = x.Outcome },
        JobEvent.Reopened => this with { Outcome = null },
        _ => this,
    };

    /// <summary>The source was looked at and planned. A resumed job gets the same plan again, or is refused.</summary>
    public Decision Plan(ImmutableArray<int> frames, ImmutableArray<RenditionSpec> renditions, TimeSpan now)
    {
        if (Outcome is not null)
        {
            return Nothing;
        }

        if (IsPlanned)
        {
            return Frames.SequenceEqual(frames) && Renditions.SequenceEqual(renditions)
                ? Prepared([], now)
                : End(JobOutcome.Failed(JobReason.InputChanged, "The source or this version of videomesh no longer gives the plan this job began with. Start a new job."));
        }

        if (Spec.BudgetNano > 0 && renditions.FirstOrDefault(r => !WorkSchedule.Knows(r.Codec.Text(), r.Preset)) is { } unknown)
        {
            return End(JobOutcome.Failed(
                JobReason.PresetHasNoPrice, $"The ledger has no price for {unknown.Codec.Text()} with the preset {unknown.Preset}; choose another, or do without --budget."));
        }

        JobEvent.Planned planned = new(frames, renditions);
        return Apply(planned).Prepared([planned], now);
    }

    /// <summary>A source segment is in the store and can be handed out.</summary>
    public Decision Extracted(int segment, TimeSpan now) =>
        Outcome is not null || Accepted.ContainsKey(segment)
            ? Nothing
            : Assign(this with { Assignments = Assignments.AddSegment(segment, Frames[segment]) }, now, []);

    public Decision PeerUp(Announcement peer, TimeSpan now)
    {
        var state = this with { Peers = Peers.SetItem(peer.Address, peer) };
        return IsPlanned ? Assign(state.Choose(now), now, [], state.OfferTo(peer)) : new Decision(state, [], []);
    }

    public Decision PeerDown(Address address, TimeSpan now)
    {
        List<AssignmentEffect> effects = [];
        var lost = Assignments.Miners.TryGetValue(address, out var miner) ? miner.InFlight : 0;
        var state = this with { Peers = Peers.Remove(address), Bids = Bids.Gone(address), Assignments = Assignments.MinerDown(address, now, effects) };
        var decision = IsPlanned ? Assign(state, now, effects) : new Decision(state, [], []);
        return lost > 0 && Outcome is null ? decision with { Notes = [$"{NameOf(address)} was lost; its segments move to others"] } : decision;
    }

    public Decision Progress(AttemptId attempt, Address from, AttemptStage stage, long amount, TimeSpan now) =>
        new(this with { Assignments = Assignments.Progress(attempt, from, stage, amount, now) }, [], []);

    /// <summary>A miner says it is done. Whatever it says that does not fit the job is a wrong result.</summary>
    public Decision Delivered(AttemptId attempt, Address from, ImmutableArray<RenditionResult> results, long cpuMs, ImmutableArray<string> tickets, TimeSpan now)
    {
        if (Outcome is not null || !Assignments.TryDeliver(attempt, from, now, out var assignments))
        {
            return Nothing;
        }

        var state = this with { Assignments = assignments };
        return state.Mismatch(attempt.Segment, from, results) is { } why
            ? state.Failed(attempt, AttemptFailure.WrongResult, why, now)
            : Assign(state, now, [], new JobEffect.Check(attempt, from, results, cpuMs, tickets));
    }

    /// <summary>The bytes behind a delivery were fetched and are what they should be.</summary>
    public Decision Checked(JobEffect.Check check, TimeSpan now)
    {
        if (Outcome is not null || !Assignments.Attempts.ContainsKey(check.Attempt))
        {
            return Nothing;
        }

        JobEvent.Accepted accepted = new(check.Attempt.Segment, check.Miner, check.Results, check.CpuMs);
        List<AssignmentEffect> effects = [];
        var state = Apply(accepted) with { Assignments = Assignments.Settle(check.Attempt, effects) };
        var next = Assign(state, now, effects);
        return next with
        {
            Events = [accepted, .. next.Events],
            Effects = state.AllAccepted ? next.Effects.Add(new JobEffect.Join()) : next.Effects,
        };
    }

    /// <summary>The finished segments fit each other: their miners get the client's word.</summary>
    public Decision Fits() => Outcome is null && Escrow is not null ? new Decision(this, [], [new JobEffect.Acknowledge()]) : Nothing;

    /// <summary>Some finished segments were encoded otherwise than most, so that no player could go from one to the next: they are made anew by others.</summary>
    public Decision Mixed(ImmutableArray<int> segments, TimeSpan now)
    {
        if (Outcome is not null || !AllAccepted)
        {
            return Nothing;
        }

        if (DroppedCount + segments.Length > Options.Market.TriesPerSegment * Frames.Length)
        {
            return End(JobOutcome.Failed(JobReason.SegmentKeepsFailing, "The miners' segments never fitted each other: each came from another kind of encoder. Try again, or choose miners by --max-price."));
        }

        JobEvent.Dropped dropped = new(segments);
        var miners = segments.Select(segment => Accepted[segment].Miner).Distinct().Order().ToList();
        var assignments = miners.Aggregate(Assignments, (state, miner) => state.Bar(miner)).Expect(segments.Length);
        return new Decision(Apply(dropped) with { Assignments = assignments, WithoutMinerSince = now }, [dropped], [new JobEffect.Split()])
        {
            Notes = [.. miners.Select(miner => $"{NameOf(miner)} encoded otherwise than the others; its segments are made anew")],
        };
    }

    /// <summary>A try ended without a result; ignored unless <paramref name="from"/> is whose try it is, null meaning this client itself.</summary>
    public Decision Failed(AttemptId attempt, AttemptFailure failure, string detail, TimeSpan now, Address? from = null)
    {
        if (Outcome is not null || !Assignments.Attempts.TryGetValue(attempt, out var open) || (from is { } sender && open.Miner != sender))
        {
            return Nothing;
        }

        List<AssignmentEffect> effects = [];
        var decision = Assign(this with { Assignments = Assignments.Fail(attempt, failure, detail, now, effects) }, now, effects);
        return failure == AttemptFailure.Declined ? decision : decision with { Notes = [$"segment {attempt.Segment + 1} moves from {NameOf(open.Miner)} to another miner: {detail}"] };
    }

    /// <summary>About once a second: stalled tries, and the patience without miners.</summary>
    public Decision Tick(TimeSpan now)
    {
        if (Outcome is not null || !IsPlanned || AllAccepted)
        {
            return Nothing;
        }

        List<AssignmentEffect> effects = [];
        var afterTick = Assignments.Tick(now, effects);
        var stalled = Assignments.Attempts.Values.Where(a => !afterTick.Attempts.ContainsKey(a.Id)).OrderBy(a => a.Id.Segment)
            .Select(a => $"segment {a.Id.Segment + 1} moves on from {NameOf(a.Miner)}, which made no progress or was slowest").ToImmutableArray();
        var renewals = Bids.Due(now).Select(JobEffect (miner) => new JobEffect.Offer(miner)).ToArray();
        var ticked = Assign((this with { Assignments = afterTick }).Choose(now), now, effects, renewals) with { Notes = stalled };
        var patience = ticked.State.HadMiner ? Options.MinersLostTimeout : Options.FirstMinerTimeout;
        return ticked.State.WithoutMinerSince is { } since && now - since > patience ? ticked.State.End(ticked.State.NoMiner()) : ticked;
    }

    /// <summary>The result is published, or the job cannot go on. Only the first end counts.</summary>
    public Decision End(JobOutcome outcome)
    {
        if (Outcome is not null)
        {
            return Nothing;
        }

        JobEvent.Ended ended = new(outcome);
        var releases = Assignments.Attempts.Values.OrderBy(a => a.Id.Segment)
            .Select(JobEffect (a) => new JobEffect.Assignment(new AssignmentEffect.Release(a.Id, a.Miner)));
        JobEffect[] word = outcome.Status != JobStatus.Completed && Escrow is not null && !Accepted.IsEmpty ? [new JobEffect.Acknowledge()] : [];
        return new Decision(Apply(ended), [ended], [.. word, .. releases, new JobEffect.Finish(outcome)]);
    }

    /// <param name="stage">In a few words.</param>
    /// <param name="duration">Of the source; zero while unknown.</param>
    public JobProgress Describe(string stage, TimeSpan duration)
    {
        var running = Assignments.Attempts.Values.Where(a => a.Stage >= AttemptStage.Encoding)
            .GroupBy(a => a.Id.Segment)
            .Sum(g => g.Max(a => a.Stage == AttemptStage.Encoding ? (int)Math.Min(a.Amount, Frames[g.Key]) : Frames[g.Key]));
        var done = SegmentsByMiner();
        return new JobProgress(
            stage,
            duration,
            Accepted.Keys.Sum(s => Frames[s]) + running,
            IsPlanned ? Frames.Sum() : 0,
            Renditions,
            Accepted.Count,
            IsPlanned ? Frames.Length : 0,
            [.. Assignments.Miners.Values.OrderBy(m => m.Address).Select(m => new MinerProgress(
                m.Address, Peers.GetValueOrDefault(m.Address)?.Profile.Name ?? "", done.GetValueOrDefault(m.Address), Current(m)))]);
    }

    private string NameOf(Address miner) => Peers.GetValueOrDefault(miner)?.Profile.Name is { Length: > 0 } name ? JobMessages.Sanitized(name) : miner.ToString();

    private string? Current(MinerLoad miner)
    {
        if (!miner.Up)
        {
            return "lost";
        }

        if (miner.Barred)
        {
            return "barred";
        }

        var open = Assignments.Attempts.Values.Where(a => a.Miner == miner.Address && a.Stage == AttemptStage.Encoding).Select(a => a.Id.Segment).Order().ToList();
        return open.Count == 0 ? null : $"segment {string.Join(", ", open.Select(s => s + 1))}";
    }

    /// <summary>How many segments of each miner were accepted, over all runs of the job.</summary>
    public ImmutableSortedDictionary<Address, int> SegmentsByMiner() =>
        Accepted.Values.CountBy(a => a.Miner).ToImmutableSortedDictionary(p => p.Key, p => p.Value);

    private Decision Prepared(ImmutableArray<JobEvent> events, TimeSpan now)
    {
        if (AllAccepted)
        {
            return new Decision(this, events, [new JobEffect.Join()]);
        }

        // A call that was signed before a crash may be in a block, and may not.
        var state = this with { WithoutMinerSince = now, Assignments = Assignments.Expect(Frames.Length - Accepted.Count), IsFunding = Funding is not null };
        JobEffect[] pending = NeedsEscrow && Funding is { } signed ? [new JobEffect.CompleteFunding(signed)] : [];
        return new Decision(state, events, [.. pending, .. Peers.Values.OrderBy(p => p.Address).SelectMany(state.OfferTo), new JobEffect.Split()]);
    }

    private static Decision Assign(JobState state, TimeSpan now, List<AssignmentEffect> effects, params ReadOnlySpan<JobEffect> first)
    {
        if (state.Outcome is not null)
        {
            return state.Nothing;
        }

        if (effects.OfType<AssignmentEffect.GiveUp>().FirstOrDefault() is { } giveUp)
        {
            return state.End(JobOutcome.Failed(
                JobReason.SegmentKeepsFailing,
                $"Segment {giveUp.Segment} failed {state.Options.Market.TriesPerSegment} times, the last time because {giveUp.LastFailure}. The source may be damaged there; finished segments are kept and `videomesh job resume {state.Spec.Id}` tries again."));
        }

        var assignments = state.NeedsEscrow ? state.Assignments : state.Assignments.Assign(now, effects);
        var usable = assignments.TotalSlots > 0;
        var funds = usable && state.NeedsEscrow && !state.IsFunding && state.Funding is null && assignments.Segments.Count == state.Frames.Length;
        return new Decision(
            state with
            {
                Assignments = assignments,
                IsFunding = state.IsFunding || funds,
                HadMiner = state.HadMiner || usable,
                WithoutMinerSince = usable ? null : state.WithoutMinerSince ?? now,
            },
            [],
            [.. first, .. effects.Select(e => new JobEffect.Assignment(e)), .. funds ? [new JobEffect.Fund()] : Array.Empty<JobEffect>()]);
    }

    private string? Mismatch(int segment, Address from, ImmutableArray<RenditionResult> results)
    {
        if (!results.Select(r => r.Name).SequenceEqual(Renditions.Select(r => r.Name), StringComparer.Ordinal))
        {
            return "the miner did not deliver the renditions it was asked for";
        }

        if (Escrow is { } escrow && !results.Select((result, rendition) => IsSigned(escrow, segment, rendition, result, from)).All(signed => signed))
        {
            return "the miner did not sign for what it delivered";
        }

        var wrong = results.FirstOrDefault(r => r.Frames != Frames[segment]);
        return wrong is null ? null : $"the miner delivered {wrong.Frames} frames of {wrong.Name} instead of {Frames[segment]}";
    }

    private JobOutcome NoMiner()
    {
        if (HadMiner)
        {
            return JobOutcome.Failed(
                JobReason.MinersLost,
                $"Every compute miner is gone or was barred. Finished segments are kept: `videomesh job resume {Spec.Id}` goes on when miners are back.");
        }

        if (Bids.Cheapest is { } price && price > Terms.MaxPrice)
        {
            return JobOutcome.Failed(
                JobReason.PriceTooLow, $"Every compute miner asks more than this job pays: the cheapest wants {price.Nano} nano for a million ω, and the most that is paid is {MaxPrice.Nano}. Pay with --wallet NAME --budget AMOUNT, or raise --max-price.");
        }

        return JobOutcome.Failed(JobReason.NoMiner, Peers.Values.Any(p => IsCompute(p.Profile))
            ? "No compute miner of this network can do this job: none serves the codecs, or both sides are behind NAT. Give --public-url so that miners can reach this machine, or choose another profile."
            : "The network has no compute miner. Start one with `videomesh node --role compute --network URL`, or leave --network out to use this machine.");
    }
}
