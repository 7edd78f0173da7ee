using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Market;

/// <summary>
/// Which miner encodes which segment: free slots go to the next segment in play order, the best miner (speed weighed by what it is worth) first; each miner holds one
/// segment more than it has slots while there is enough work, so that fetching and delivering overlap with encoding; at the end slow miners
/// get nothing that faster ones would finish sooner, and idle ones take over what is merely queued elsewhere and double the slowest segments.
/// Pure: each method gives the next state and adds what is to be done to <c>effects</c>. An assignment costs O(log n).
/// Times are a monotonic clock's reading, not the time of day.
/// </summary>
public sealed record AssignmentState
{
    private const int FewTries = 64;

    private AssignmentState(MarketOptions options) => Options = options;

    public MarketOptions Options { get; private init; }

    public ImmutableDictionary<Address, MinerLoad> Miners { get; private init; } = ImmutableDictionary<Address, MinerLoad>.Empty;

    /// <summary>Segments nobody works on, in play order.</summary>
    public ImmutableSortedSet<int> Pending { get; private init; } = [];

    public ImmutableDictionary<int, SegmentLoad> Segments { get; private init; } = ImmutableDictionary<int, SegmentLoad>.Empty;

    public ImmutableDictionary<AttemptId, Attempt> Attempts { get; private init; } = ImmutableDictionary<AttemptId, Attempt>.Empty;

    /// <summary>Segments that are still being cut: while there are any, idle miners wait for them and double nobody's work.</summary>
    public int ToCome { get; private init; }

    /// <summary>Slots of all usable miners.</summary>
    public int TotalSlots { get; private init; }

    // Frames of what is pending, and frames a second of all usable slots: together, how long the work at hand takes.
    private long PendingFrames { get; init; }

    private double TotalRate { get; init; }

    private bool IsEndGame => Pending.IsEmpty && ToCome == 0;

    // Miners that can start a segment at once, and those that can hold one more in reserve; best first.
    private ImmutableSortedSet<RankedMiner> Idle { get; init; } = ImmutableSortedSet.Create<RankedMiner>(BestFirst.Instance);

    // All that may be asked, busy or not.
    private ImmutableSortedSet<RankedMiner> Asked { get; init; } = ImmutableSortedSet.Create<RankedMiner>(BestFirst.Instance);

    private ImmutableSortedSet<RankedMiner> Reserve { get; init; } = ImmutableSortedSet.Create<RankedMiner>(BestFirst.Instance);

    public static AssignmentState Create(MarketOptions options) => new(options);

    /// <summary>That many segments will be added.</summary>
    public AssignmentState Expect(int segments) => this with { ToCome = segments };

    /// <summary>A segment that is ready to be encoded.</summary>
    public AssignmentState AddSegment(int segment, int frames) =>
        Segments.ContainsKey(segment)
            ? this
            : this with
            {
                Segments = Segments.Add(segment, new SegmentLoad(frames)),
                Pending = Pending.Add(segment),
                PendingFrames = PendingFrames + frames,
                ToCome = Math.Max(0, ToCome - 1),
            };

    /// <summary>A miner came up or changed what it announces.</summary>
    /// <param name="framesPerSecond">Its announced speed for this job on one slot; measured speed replaces it.</param>
    /// <param name="worth">What one frame a second of it is worth beside one of the best, above 0 and at most 1: price and trust weigh in the order of asking.</param>
    public AssignmentState MinerUp(Address address, int slots, double framesPerSecond, double worth = 1)
    {
        var known = Miners.GetValueOrDefault(address);
        var next = known is null
            ? new MinerLoad(address, slots, framesPerSecond) { Worth = worth, Promised = framesPerSecond }
            : known with { Slots = slots, Up = true, AskAgainAt = TimeSpan.Zero, Worth = worth };
        return WithMiner(next);
    }

    /// <summary>A miner's link is gone: everything it had goes back.</summary>
    public AssignmentState MinerDown(Address address, TimeSpan now, ICollection<AssignmentEffect> effects)
    {
        if (!Miners.TryGetValue(address, out var miner))
        {
            return this;
        }

        var state = WithMiner(miner with { Up = false });
        // What was delivered before the link went is still being checked and may count.
        foreach (var attempt in AttemptsOf(address).Where(a => a.Stage != AttemptStage.Checking))
        {
            state = state.Fail(attempt.Id, AttemptFailure.MinerLost, "the link to the miner was lost", now, effects);
        }

        return state;
    }

    /// <summary>The miner took it, moved on, or encoded more frames.</summary>
    public AssignmentState Progress(AttemptId id, Address from, AttemptStage stage, long amount, TimeSpan now)
    {
        if (!TryOwn(id, from, out var attempt) || attempt.Stage == AttemptStage.Checking)
        {
            return this;
        }

        if (stage < attempt.Stage || (stage == attempt.Stage && amount <= attempt.Amount))
        {
            return this;
        }

        var started = stage >= AttemptStage.Encoding ? attempt.EncodingSince ?? now : attempt.EncodingSince;
        return this with
        {
            Attempts = Attempts.SetItem(id, attempt with { Stage = stage, Amount = amount, AdvancedAt = now, EncodingSince = started }),
        };
    }

    /// <summary>The miner delivered; its slot is free while the result is being checked. False: no such try is open, ignore the message.</summary>
    public bool TryDeliver(AttemptId id, Address from, TimeSpan now, out AssignmentState next)
    {
        next = this;
        if (!TryOwn(id, from, out var attempt) || attempt.Stage == AttemptStage.Checking)
        {
            return false;
        }

        var frames = Segments[id.Segment].Frames;
        var miner = Miners[from];
        // An old rate counts half, so that a miner that slows down loses its rank within two segments.
        var rate = attempt.EncodingSince is { } since && now > since
            ? (miner.FramesPerSecond + (frames / (now - since).TotalSeconds)) / 2
            : miner.FramesPerSecond;
        next = this with { Attempts = Attempts.SetItem(id, attempt with { Stage = AttemptStage.Checking, AdvancedAt = now }) };
        next = next.WithMiner(miner with { InFlight = miner.InFlight - 1, FramesPerSecond = rate, Measured = true });
        return true;
    }

    /// <summary>A result was accepted: the segment is done, whoever else works on it is told to stop.</summary>
    public AssignmentState Settle(AttemptId id, ICollection<AssignmentEffect> effects)
    {
        if (!Segments.TryGetValue(id.Segment, out var segment))
        {
            return this;
        }

        var state = this;
        foreach (var number in segment.Open)
        {
            var attempt = state.Attempts[new AttemptId(id.Segment, number)];
            if (attempt.Id == id)
            {
                state = state.WithMiner(state.Miners[attempt.Miner] with { FailuresInARow = 0, Accepted = state.Miners[attempt.Miner].Accepted + 1 });
            }

            state = state.Close(attempt, effects);
        }

        return state.TakeFromPending(id.Segment) with { Segments = state.Segments.Remove(id.Segment) };
    }

    /// <summary>A miner gets no more segments of this job.</summary>
    public AssignmentState Bar(Address address) => Miners.TryGetValue(address, out var miner) ? WithMiner(miner with { Barred = true, Refused = miner.Refused + 1 }) : this;

    /// <summary>A try ended without a result.</summary>
    public AssignmentState Fail(AttemptId id, AttemptFailure failure, string detail, TimeSpan now, ICollection<AssignmentEffect> effects)
    {
        if (!Attempts.TryGetValue(id, out var attempt))
        {
            return this;
        }

        var state = Close(attempt, effects);
        var miner = state.Miners[attempt.Miner];
        state = state.WithMiner(failure switch
        {
            AttemptFailure.Declined => miner with { AskAgainAt = now + Options.DeclineBackoff },
            AttemptFailure.MinerLost => miner,
            AttemptFailure.WrongResult => miner with { Barred = true, Refused = miner.Refused + 1 },
            _ => miner with
            {
                FailuresInARow = miner.FailuresInARow + 1,
                Barred = miner.Barred || miner.FailuresInARow + 1 >= Options.FailuresPerMiner,
                Stalled = miner.Stalled + (failure == AttemptFailure.Stalled ? 1 : 0),
                Failed = miner.Failed + (failure == AttemptFailure.Stalled ? 0 : 1),
            },
        });

        var counts = failure is not (AttemptFailure.Declined or AttemptFailure.MinerLost);
        var segment = state.Segments[id.Segment];
        if (counts)
        {
            segment = segment with { FailedTries = segment.FailedTries + 1, FailedOn = segment.FailedOn.Add(attempt.Miner) };
            state = state with { Segments = state.Segments.SetItem(id.Segment, segment) };
        }

        if (segment.FailedTries >= Options.TriesPerSegment)
        {
            effects.Add(new AssignmentEffect.GiveUp(id.Segment, detail));
        }

        return segment.Open.IsEmpty
            ? state with { Pending = state.Pending.Add(id.Segment), PendingFrames = state.PendingFrames + segment.Frames }
            : state;
    }

    /// <summary>Looks for tries that stand still. To be called about once a second.</summary>
    public AssignmentState Tick(TimeSpan now, ICollection<AssignmentEffect> effects)
    {
        var state = this;
        foreach (var miner in Miners.Values.Where(m => m.AskAgainAt > TimeSpan.Zero && m.AskAgainAt <= now))
        {
            state = state.WithMiner(miner with { AskAgainAt = TimeSpan.Zero });
        }

        foreach (var attempt in Attempts.Values.Where(a => IsStalled(a, now)))
        {
            state = state.Fail(attempt.Id, AttemptFailure.Stalled, "the miner made no progress", now, effects);
        }

        return state.IsEndGame ? state.Hedge(now, effects) : state;
    }

    /// <summary>Hands out what can be handed out.</summary>
    public AssignmentState Assign(TimeSpan now, ICollection<AssignmentEffect> effects)
    {
        var state = this;
        foreach (var segment in Pending)
        {
            if (state.MinerFor(segment) is not { } miner)
            {
                // Only a segment that failed before can be refused by a free miner; the ones after it may still be taken.
                if (state.Idle.IsEmpty && state.Reserve.IsEmpty)
                {
                    break;
                }

                if (state.Segments[segment].FailedOn.IsEmpty)
                {
                    break;
                }

                continue;
            }

            state = state.Open(segment, miner, now, effects);
        }

        // The end game looks at all open tries: at once where they are few, else only with the tick.
        return state.IsEndGame && state.Attempts.Count <= FewTries ? state.Hedge(now, effects) : state;
    }

    // A miner that failed this segment gets it again only when there is nobody else.
    private MinerLoad? MinerFor(int segment)
    {
        var (frames, failedOn) = (Segments[segment].Frames, Segments[segment].FailedOn);
        return Pick(Idle) is { } idle
            ? !failedOn.IsEmpty || !idle.Measured || idle.TimeFor(frames) <= Horizon(frames) ? idle : null
            : Pending.Count > TotalSlots && Pick(Reserve) is { } busy && 2 * busy.TimeFor(frames) <= Horizon(frames) ? busy : null;

        MinerLoad? Pick(ImmutableSortedSet<RankedMiner> from)
        {
            foreach (var ranked in from)
            {
                if (!failedOn.Contains(ranked.Address))
                {
                    return Miners[ranked.Address];
                }
            }

            return !from.IsEmpty && !failedOn.IsEmpty && Miners.Values.Where(m => m.Usable).All(m => failedOn.Contains(m.Address))
                ? Miners[from[0].Address]
                : null;
        }
    }

    // By when a segment would be done if it waited for a faster miner: all that is pending shared out, then two turns of the first to be asked.
    private TimeSpan Horizon(int frames) => TimeSpan.FromSeconds((PendingFrames / TotalRate) + (2 * frames / Miners[Asked[0].Address].FramesPerSecond));

    private AssignmentState TakeFromPending(int segment) => Pending.Contains(segment)
        ? this with { Pending = Pending.Remove(segment), PendingFrames = PendingFrames - Segments[segment].Frames }
        : this;

    // The end game: nothing is pending and miners are idle. Open tries number at most the slots, so looking at all of them is cheap.
    private AssignmentState Hedge(TimeSpan now, ICollection<AssignmentEffect> effects)
    {
        var state = this;
        var slowestFirst = new Lazy<List<(Attempt Attempt, TimeSpan Left)>>(() =>
            [.. Attempts.Values.Where(a => a.Stage < AttemptStage.Delivering).Select(a => (a, TimeLeft(a, now))).OrderByDescending(a => a.Item2).ThenBy(a => a.a.Id.Segment)]);
        while (!state.Idle.IsEmpty)
        {
            var free = state.Miners[state.Idle[0].Address];
            var victim = slowestFirst.Value
                .Where(a => a.Attempt.Miner != free.Address && state.Attempts.ContainsKey(a.Attempt.Id))
                .Where(a => state.Segments[a.Attempt.Id.Segment] is { Open.Count: 1 } s && !s.FailedOn.Contains(free.Address))
                .FirstOrDefault(a => IsWorthHedging(a.Attempt, a.Left, free));
            if (victim.Attempt is null)
            {
                return state;
            }

            if (victim.Attempt.Stage < AttemptStage.Encoding)
            {
                state = state.Close(victim.Attempt, effects);
            }

            state = state.Open(victim.Attempt.Id.Segment, free, now, effects);
        }

        return state;
    }

    private bool IsWorthHedging(Attempt attempt, TimeSpan left, MinerLoad free)
    {
        var saved = left - free.TimeFor(Segments[attempt.Id.Segment].Frames);
        return saved >= Options.HedgeMinimum && saved >= left * Options.HedgeGain;
    }

    private TimeSpan TimeLeft(Attempt attempt, TimeSpan now)
    {
        var frames = Segments[attempt.Id.Segment].Frames;
        var miner = Miners[attempt.Miner];
        if (attempt.EncodingSince is { } since && attempt.Stage == AttemptStage.Encoding && attempt.Amount > 0 && now > since)
        {
            return (now - since) * (Math.Max(0, frames - attempt.Amount) / (double)attempt.Amount);
        }

        var waits = attempt.EncodingSince is null && miner.InFlight > miner.Slots ? miner.TimeFor(frames) : TimeSpan.Zero;
        var left = miner.TimeFor(frames) + waits - (now - attempt.AssignedAt);
        // Overdue without a word: as likely as not it takes as long again.
        return left > TimeSpan.Zero ? left : now - attempt.AssignedAt;
    }

    private bool IsStalled(Attempt attempt, TimeSpan now)
    {
        if (attempt.Stage == AttemptStage.Checking)
        {
            return false;
        }

        var estimate = Miners[attempt.Miner].TimeFor(Segments[attempt.Id.Segment].Frames);
        var patience = estimate > Options.StallTimeout ? estimate : Options.StallTimeout;
        return now - attempt.AdvancedAt > (attempt.Stage == AttemptStage.Queued ? 2 * patience : patience);
    }

    private AssignmentState Open(int segment, MinerLoad miner, TimeSpan now, ICollection<AssignmentEffect> effects)
    {
        var load = Segments[segment];
        var id = new AttemptId(segment, load.LastTry + 1);
        effects.Add(new AssignmentEffect.Assign(id, miner.Address));
        var state = TakeFromPending(segment) with
        {
            Attempts = Attempts.Add(id, new Attempt(id, miner.Address, now)),
            Segments = Segments.SetItem(segment, load with { LastTry = id.Number, Open = load.Open.Add(id.Number) }),
        };
        return state.WithMiner(miner with { InFlight = miner.InFlight + 1 });
    }

    private AssignmentState Close(Attempt attempt, ICollection<AssignmentEffect> effects)
    {
        effects.Add(new AssignmentEffect.Release(attempt.Id, attempt.Miner));
        var segment = Segments[attempt.Id.Segment];
        var state = this with
        {
            Attempts = Attempts.Remove(attempt.Id),
            Segments = Segments.SetItem(attempt.Id.Segment, segment with { Open = segment.Open.Remove(attempt.Id.Number) }),
        };
        // A delivered try has given its slot back already.
        return Attempts[attempt.Id].Stage == AttemptStage.Checking
            ? state
            : state.WithMiner(state.Miners[attempt.Miner] with { InFlight = state.Miners[attempt.Miner].InFlight - 1 });
    }

    private AssignmentState WithMiner(MinerLoad miner)
    {
        var state = this;
        if (Miners.TryGetValue(miner.Address, out var old))
        {
            var ranked = new RankedMiner(old.Rank, old.Address);
            state = state with
            {
                Idle = state.Idle.Remove(ranked),
                Reserve = state.Reserve.Remove(ranked),
                Asked = state.Asked.Remove(ranked),
                TotalSlots = state.TotalSlots - (old.Usable ? old.Slots : 0),
                TotalRate = state.TotalRate - (old.Usable ? old.Slots * old.FramesPerSecond : 0),
            };
        }

        var rank = new RankedMiner(miner.Rank, miner.Address);
        var asks = miner.Usable && miner.AskAgainAt == TimeSpan.Zero;
        return state with
        {
            Miners = state.Miners.SetItem(miner.Address, miner),
            Idle = asks && miner.InFlight < miner.Slots ? state.Idle.Add(rank) : state.Idle,
            Reserve = asks && miner.InFlight == miner.Slots ? state.Reserve.Add(rank) : state.Reserve,
            Asked = asks ? state.Asked.Add(rank) : state.Asked,
            TotalSlots = state.TotalSlots + (miner.Usable ? miner.Slots : 0),
            TotalRate = state.TotalRate + (miner.Usable ? miner.Slots * miner.FramesPerSecond : 0),
        };
    }

    private IEnumerable<Attempt> AttemptsOf(Address miner) => Attempts.Values.Where(a => a.Miner == miner).OrderBy(a => a.Id.Segment);

    private bool TryOwn(AttemptId id, Address from, out Attempt attempt) => Attempts.TryGetValue(id, out attempt!) && attempt.Miner == from;

    private readonly record struct RankedMiner(double Rank, Address Address);

    private sealed class BestFirst : IComparer<RankedMiner>
    {
        public static BestFirst Instance { get; } = new();

        public int Compare(RankedMiner x, RankedMiner y)
        {
            var byRank = y.Rank.CompareTo(x.Rank);
            return byRank != 0 ? byRank : x.Address.CompareTo(y.Address);
        }
    }
}

/// <summary>A miner as this job sees it.</summary>
/// <param name="FramesPerSecond">Of one slot, for the whole set of renditions of this job; measured as results come in.</param>
public sealed record MinerLoad(Address Address, int Slots, double FramesPerSecond)
{
    public bool Up { get; init; } = true;

    /// <summary>It failed too often, or delivered rubbish once.</summary>
    public bool Barred { get; init; }

    public int InFlight { get; init; }

    /// <summary>It has delivered in this job: until then its announced speed is not held against the measured one of others.</summary>
    public bool Measured { get; init; }

    public int FailuresInARow { get; init; }

    /// <summary>What one frame a second of it is worth, above 0 and at most 1.</summary>
    public double Worth { get; init; } = 1;

    /// <summary>Frames a second that it promised.</summary>
    public double Promised { get; init; }

    /// <summary>Segments of it that were accepted, refused, stood still, or that it could not do.</summary>
    public int Accepted { get; init; }

    public int Refused { get; init; }

    public int Stalled { get; init; }

    public int Failed { get; init; }

    public double Rank => FramesPerSecond * Worth;

    /// <summary>It declined: do not ask before. Zero: may be asked.</summary>
    public TimeSpan AskAgainAt { get; init; }

    public bool Usable => Up && !Barred && Slots > 0;

    public TimeSpan TimeFor(int frames) => TimeSpan.FromSeconds(frames / FramesPerSecond);
}

/// <param name="Frames">Frames of the segment: its amount of work, since all segments of a job have the same renditions.</param>
public sealed record SegmentLoad(int Frames)
{
    /// <summary>The number of the last try.</summary>
    public int LastTry { get; init; }

    public ImmutableSortedSet<int> Open { get; init; } = [];

    public int FailedTries { get; init; }

    public ImmutableHashSet<Address> FailedOn { get; init; } = [];
}

/// <summary>An open try.</summary>
public sealed record Attempt(AttemptId Id, Address Miner, TimeSpan AssignedAt)
{
    public AttemptStage Stage { get; init; } = AttemptStage.Assigned;

    /// <summary>Frames encoded, or bytes moved, in this stage.</summary>
    public long Amount { get; init; }

    /// <summary>When stage or amount last advanced.</summary>
    public TimeSpan AdvancedAt { get; init; } = AssignedAt;

    public TimeSpan? EncodingSince { get; init; }
}
