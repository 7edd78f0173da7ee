using System.Collections.Immutable;
using VideoMesh.Actors.ComputeMiner;
using VideoMesh.Actors.Market;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Proofs;

namespace VideoMesh.Actors.Earnings;

/// <summary>What a compute miner is owed, and what it has to do for it. Pure. Times are a monotonic clock's reading.</summary>
public sealed record EarningsState(EarningsOptions Options, ContractParameters Rules)
{
    public ImmutableSortedDictionary<Hash256, OwedJob> Jobs { get; init; } = ImmutableSortedDictionary<Hash256, OwedJob>.Empty;

    /// <summary>Receipts of this miner's claims, the oldest first.</summary>
    public ImmutableArray<ClaimReceipt> Settled { get; init; } = [];

    public ulong Height { get; private init; }

    /// <summary>Null: nothing stands behind this miner's claims.</summary>
    public MinerReserve? Reserve { get; private init; }

    private ImmutableDictionary<Address, (Amount Price, TimeSpan Until)> Bids { get; init; } = ImmutableDictionary<Address, (Amount Price, TimeSpan Until)>.Empty;

    // What was called, and at which height.
    private ImmutableDictionary<Hash256, ulong> Called { get; init; } = ImmutableDictionary<Hash256, ulong>.Empty;

    /// <summary>Keys of what has to be looked at in the ledger.</summary>
    public IEnumerable<Hash256> Wanted => Jobs.Values.SelectMany(job => job.Wanted(Options.Miner, Options.Samples)).Append(MinerReserve.KeyOf(Options.Miner));

    public EarningsState HasBid(Address client, Amount price, TimeSpan until)
    {
        var others = Bids.Remove(client);
        var kept = others.Count < Options.MaxBids ? others : others.Remove(others.MinBy(bid => bid.Value.Until).Key);
        return this with { Bids = kept.Add(client, (price, until)) };
    }

    /// <summary>Whether work is paid for as it should be; the rules run from cheap to dear.</summary>
    /// <param name="escrow">As the ledger has it; null: it has none.</param>
    /// <returns>Null: it may be done.</returns>
    public DeclineReason? Judge(WorkOrder order, JobEscrow? escrow, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(order);
        var bid = Bids.GetValueOrDefault(order.Key.Client);
        var asked = bid.Until > now ? bid.Price : Amount.Zero;
        if (order.Escrowed is not { } work)
        {
            return bid.Until > now && asked == Amount.Zero ? null : DeclineReason.EscrowNeeded;
        }

        if (escrow is null)
        {
            return DeclineReason.EscrowUnknown;
        }

        var place = escrow.PlaceOf(Options.Miner);
        var terms = escrow.Terms;
        var segment = order.Key.Attempt.Segment;
        return escrow.Over || Height + Options.ClaimMarginBlocks > escrow.Deadline ? DeclineReason.EscrowOver
            : place < 0 || work.Assigned.Count > terms.Miners[place].MaxSegments || (!Jobs.ContainsKey(escrow.Id) && Jobs.Count >= Options.MaxJobs) ? DeclineReason.NotInEscrow
            : bid.Until <= now || terms.Miners[place].Price < asked ? DeclineReason.PriceTooLow
            : terms.Class != Options.Class || !IsWorkOf(terms, order, work) ? DeclineReason.OtherWork
            : !work.Assigned.Contains(segment) || work.Assigned.Last >= terms.Segments || !IsSigned(escrow, work) ? DeclineReason.NotAssigned
            : !IsCovered(escrow, work.Assigned) ? DeclineReason.BeyondReserve
            : null;
    }

    /// <summary>The client has given this miner more of a job.</summary>
    public EarningsState Assigned(JobEscrow escrow, EscrowedWork work)
    {
        var job = Jobs.GetValueOrDefault(escrow.Id) ?? new OwedJob(escrow.Id, escrow.Client, escrow.Terms) { Seen = escrow };
        return With(Grown(job, work.Assigned, work.Assignment) with { NewsAt = Height });
    }

    /// <summary>A segment was signed for.</summary>
    public EarningsState Holds(HeldSegment held)
    {
        var work = held.Order.Escrowed!;
        var job = Jobs[work.Escrow];
        return With(Grown(job, work.Assigned, work.Assignment) with { Held = job.Held.SetItem(held.Order.Key.Attempt.Segment, held), NewsAt = Height });
    }

    /// <summary>Whether a client's word is what it should be: over the root of what this miner holds, and signed by the escrow's client.</summary>
    public bool IsWord(OwedJob job, AcknowledgedWork word, SegmentSet assigned, Signature assignment) =>
        job.LeavesOf(word.Segments) is { Count: > 0 } leaves && leaves.Root == word.Root && word.Segments.IsWithin(assigned)
        && word.Acceptance.TryRecover(ClientWord.Acceptance(Options.Chain, job.Id, Options.Miner, word.Root), out var accepted) && accepted == job.Client
        && assignment.TryRecover(ClientWord.Assignment(Options.Chain, job.Id, Options.Miner, assigned), out var assigner) && assigner == job.Client;

    /// <summary>The client has said that it has everything.</summary>
    public EarningsState Acknowledged(OwedJob job, AcknowledgedWork word, SegmentSet assigned, Signature assignment) =>
        With(Grown(job, assigned, assignment) with { Word = word, NewsAt = Height });

    /// <summary>What the ledger shows.</summary>
    public EarningsState Sees(ContractSight sight)
    {
        ArgumentNullException.ThrowIfNull(sight);
        var jobs = Jobs.ToDictionary(job => job.Key, job => job.Value with { Disputes = ImmutableDictionary<Hash256, ClaimDispute>.Empty });
        foreach (var seen in sight.Objects.OfType<ContractObject>())
        {
            var id = seen switch
            {
                JobEscrow escrow => escrow.Id,
                JobReceipt receipt => receipt.Id,
                Claim claim => claim.JobId,
                ClaimReceipt receipt => receipt.JobId,
                Challenge challenge => JobOf(challenge.ClaimId),
                ClaimDispute dispute => JobOf(dispute.ClaimId),
                _ => Hash256.Zero,
            };
            if (jobs.TryGetValue(id, out var job))
            {
                jobs[id] = Seeing(job, seen);
            }
        }

        return this with
        {
            Height = Math.Max(Height, sight.Height),
            Jobs = jobs.ToImmutableSortedDictionary(),
            Reserve = sight.Objects.OfType<MinerReserve>().FirstOrDefault(reserve => reserve.Miner == Options.Miner),
        };
    }

    /// <summary>Receipts that are new, and jobs that are over.</summary>
    public (ImmutableArray<ClaimReceipt> Receipts, ImmutableArray<Hash256> Over) News()
    {
        var known = Settled.Select(receipt => receipt.Id).ToHashSet();
        return (
            [.. Jobs.Values.SelectMany(job => job.Settled(Options.Miner)).Where(receipt => !known.Contains(receipt.Id)).OrderBy(receipt => receipt.Height).ThenBy(receipt => receipt.Id)],
            [.. Jobs.Values.Where(job => job.IsOver(Options.Miner, Height)).Select(job => job.Id)]);
    }

    /// <summary>What has to be called now, and the state in which it was.</summary>
    public (EarningsState Next, ImmutableArray<EarningsCall> Calls) Due()
    {
        ImmutableArray<EarningsCall> calls = [.. Jobs.Values.SelectMany(CallsOf).Where(call => !Called.TryGetValue(call.About, out var at) || Height >= at + Options.CallAgainBlocks)];
        var still = Called.Where(call => Height < call.Value + Options.CallAgainBlocks).ToImmutableDictionary();
        return (this with { Called = still.SetItems(calls.Select(call => KeyValuePair.Create(call.About, Height))) }, calls);
    }

    private IEnumerable<EarningsCall> CallsOf(OwedJob job)
    {
        foreach (var claim in job.Open(Options.Miner))
        {
            foreach (var challenge in job.Challenges.Values.Where(c => c.ClaimId == claim.Id && c.Phase == ChallengePhase.Open && c.Opened is null))
            {
                if (job.LeavesOf(claim.Segments) is { } leaves && leaves.Root == claim.Root)
                {
                    var (result, path) = leaves.Open((int)challenge.Leaf);
                    yield return new EarningsCall(challenge.Id, new ContractOperation.Open(challenge.Id, result.Packets, result.Salt, path));
                }
            }

            if (job.Disputes.TryGetValue(claim.Id, out var dispute) && job.LeavesOf(claim.Segments) is { } own)
            {
                yield return new EarningsCall(claim.Id, new ContractOperation.Defend(claim.Id, own.Open((int)dispute.Index).Path));
            }
        }

        if (ClaimOf(job) is { } post)
        {
            yield return new EarningsCall(job.Id, post);
        }
    }

    // With the client's word at once; without it when the job ends, or when the client has been silent for long.
    private ContractOperation.PostClaim? ClaimOf(OwedJob job)
    {
        if (job.Seen is not JobEscrow { Over: false } escrow || Height >= escrow.Deadline || job.Settled(Options.Miner).Any(receipt => receipt.Verdict == ClaimVerdict.Rejected))
        {
            return null;
        }

        var mine = SegmentSet.Of(job.Held.Keys.Where(job.Assigned.Contains)).Without(escrow.Claimed);
        if (job.Word is { } word && word.Segments.IsWithin(mine))
        {
            return new ContractOperation.PostClaim(job.Id, word.Segments, word.Root, job.Assigned, job.Assignment, word.Acceptance);
        }

        var isLate = Height + Options.ClaimMarginBlocks >= escrow.Deadline || Height >= job.NewsAt + Options.QuietBlocks;
        return isLate && !mine.IsEmpty ? new ContractOperation.PostClaim(job.Id, mine, job.LeavesOf(mine)!.Root, job.Assigned, job.Assignment, Acceptance: null) : null;
    }

    private static bool IsWorkOf(JobTerms terms, WorkOrder order, EscrowedWork work) =>
        SourceTree.Holds(terms, order.Key.Attempt.Segment, order.Source, work.Path) && terms.FramesOf(order.Key.Attempt.Segment) == order.Frames
        && terms.Renditions.Length == order.Renditions.Length && terms.Renditions.Zip(order.Renditions).All(pair => CanonicalRendition.IsOf(pair.First, pair.Second));

    private bool IsSigned(JobEscrow escrow, EscrowedWork work) =>
        work.Assignment.TryRecover(ClientWord.Assignment(Options.Chain, escrow.Id, Options.Miner, work.Assigned), out var signer) && signer == escrow.Client;

    // The ledger refuses claims that the reserve does not cover; what is not claimed yet needs room as well.
    private bool IsCovered(JobEscrow escrow, SegmentSet assigned)
    {
        var others = Jobs.Values.Where(job => job.Id != escrow.Id && !job.Open(Options.Miner).Any()).Aggregate(UInt128.Zero, (sum, job) => sum + Needed(job.Terms, job.Assigned));
        return Reserve is { } reserve && reserve.Required.Nano + others + Needed(escrow.Terms, assigned) <= reserve.Reserved.Nano;

        UInt128 Needed(JobTerms terms, SegmentSet segments)
        {
            var price = terms.Miners.First(miner => miner.Address == Options.Miner).Price;
            return MinerReserve.RequiredFor(WorkSchedule.Price(terms.WattsOf(segments), price)!.Value, Math.Min(Rules.Samples, segments.Count * terms.Renditions.Length), Rules);
        }
    }

    private Hash256 JobOf(Hash256 claim) => Jobs.Values.FirstOrDefault(job => job.Claims.ContainsKey(claim))?.Id ?? Hash256.Zero;

    private static OwedJob Seeing(OwedJob job, ContractObject seen) => seen switch
    {
        JobEscrow or JobReceipt => job with { Seen = seen },
        Claim claim => job with { Claims = job.Claims.SetItem(claim.Id, claim) },
        ClaimReceipt receipt => job with { Claims = job.Claims.SetItem(receipt.Id, receipt) },
        Challenge challenge => job with { Challenges = job.Challenges.SetItem(challenge.Id, challenge) },
        ClaimDispute dispute => job with { Disputes = job.Disputes.SetItem(dispute.ClaimId, dispute) },
        _ => job,
    };

    private static OwedJob Grown(OwedJob job, SegmentSet assigned, Signature assignment) =>
        job.Assigned.IsWithin(assigned) ? job with { Assigned = assigned, Assignment = assignment } : job;

    private EarningsState With(OwedJob job) => this with { Jobs = Jobs.SetItem(job.Id, job) };
}
