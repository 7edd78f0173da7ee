using System.Collections.Immutable;
using VideoMesh.Actors.Market;
using VideoMesh.Actors.Mesh;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Client;

// Who does the job, for how much, and the escrow that pays for it.
public sealed partial record JobState
{
    /// <summary>Who was asked to bid, and what came of it.</summary>
    public BidBook Bids { get; private init; } = new();

    /// <summary>The call that opens this job's escrow; null: none was signed, or it was void.</summary>
    public JobEvent.Funding? Funding { get; private init; }

    /// <summary>The escrow that pays for the job; null while there is none.</summary>
    public JobEvent.Funding? Escrow => IsFunded ? Funding : null;

    private bool IsFunded { get; init; }

    private bool IsFunding { get; init; }

    private int FundingTries { get; init; }

    private bool NeedsEscrow => Spec.BudgetNano > 0 && !IsFunded;

    public ChoiceTerms Terms => new(MaxPrice, Class: "", IsPlanned ? Frames.Length : 0, Options.RequiredStake);

    /// <summary>For a million ω; zero: the job pays nothing. Who names only a budget pays any price that it covers.</summary>
    private Amount MaxPrice => Spec.MaxPriceNano > 0 || Spec.BudgetNano == 0 || !IsPlanned
        ? new Amount(Spec.MaxPriceNano)
        : new Amount((ulong)UInt128.Min(ulong.MaxValue, (UInt128)Spec.BudgetNano * WorkSchedule.WattsPerPrice / UInt128.Max(1, EscrowPlan.Watts(this))));

    /// <summary>An offer with this hash is about to go to a miner.</summary>
    public Decision Offered(Address miner, Hash256 offer, MinerStanding standing, TimeSpan now) =>
        Peers.ContainsKey(miner) ? new Decision(this with { Bids = Bids.Ask(miner, offer, standing, now) }, [], []) : Nothing;

    /// <summary>What became of the offers: a bid that was taken, or a miner that will not.</summary>
    public Decision Answered(BidBook bids, TimeSpan now)
    {
        var state = this with { Bids = bids };
        // What was refused at the door changes nothing: a storm of it costs no choice.
        return Outcome is null && !ReferenceEquals(bids.Entries, Bids.Entries) ? Assign(state.Choose(now), now, []) : new Decision(state, [], []);
    }

    /// <summary>The call that opens the escrow is signed.</summary>
    public Decision Fund(JobEvent.Funding funding) =>
        Outcome is null && NeedsEscrow ? new Decision(Apply(funding), [funding], [new JobEffect.CompleteFunding(funding)]) : Nothing;

    /// <summary>The escrow is open: work can be handed out.</summary>
    public Decision FundingDone(TimeSpan now)
    {
        if (Outcome is not null || !NeedsEscrow)
        {
            return Nothing;
        }

        JobEvent.Funded funded = new();
        var next = Assign(Apply(funded).Choose(now), now, []);
        return next with { Events = [funded, .. next.Events], Notes = [$"escrow {Funding!.Escrow} holds {Funding.Budget} for {Funding.Terms.Miners.Length} miners"] };
    }

    /// <summary>The escrow could not be opened. A call that another took the place of is signed anew.</summary>
    public Decision FundingFailed(string reason, string sentence, bool isVoid, TimeSpan now)
    {
        if (Outcome is not null || !NeedsEscrow)
        {
            return Nothing;
        }

        if (!isVoid || FundingTries >= Options.FundingTries)
        {
            return End(JobOutcome.Failed(reason switch
            {
                nameof(JobReason.BudgetTooLow) => JobReason.BudgetTooLow,
                nameof(JobReason.NoMiner) => JobReason.NoMiner,
                _ => JobReason.EscrowRefused,
            }, sentence));
        }

        JobEvent.FundingVoid voided = new();
        var next = Assign(Apply(voided) with { IsFunding = false }, now, []);
        return next with { Events = [voided, .. next.Events] };
    }

    // Who could do the job and was not asked yet.
    private JobEffect[] OfferTo(Announcement peer) =>
        Outcome is null && !Bids.Entries.ContainsKey(peer.Address) && Hindrance(peer.Profile) is null ? [new JobEffect.Offer(peer.Address)] : [];

    // A job that pays hears everybody out before it commits itself; one that pays nothing begins with the first.
    private JobState Choose(TimeSpan now)
    {
        if (MaxPrice > Amount.Zero && !Bids.IsSettled(Options.BidPatience, now))
        {
            return this;
        }

        var assignments = Assignments;
        foreach (var verdict in MinerChoice.Choose(Bids.Entries.Values, Terms, now))
        {
            var slots = verdict is { Reason: ChoiceReason.Chosen, Bid: { } bid } && IsPaid(verdict.Miner, bid.Price) && Peers.GetValueOrDefault(verdict.Miner) is { } peer && Hindrance(peer.Profile) is null
                ? Math.Min(bid.Slots, peer.Profile.Slots)
                : 0;
            var known = assignments.Miners.GetValueOrDefault(verdict.Miner);
            if (known is null ? slots > 0 : !known.Up || known.Slots != slots || (slots > 0 && known.Worth != verdict.Worth))
            {
                assignments = assignments.MinerUp(verdict.Miner, slots, verdict.FramesPerSecond, slots > 0 ? verdict.Worth : 1);
            }
        }

        return this with { Assignments = assignments };
    }

    // An escrow names its miners and their prices for good.
    private bool IsPaid(Address miner, Amount price) => Escrow is not { } escrow || escrow.Terms.Miners.Any(named => named.Address == miner && named.Price >= price);

    /// <summary>The verdict on every compute miner that this client is linked to, the best first; empty before the job is planned.</summary>
    public ImmutableArray<MinerVerdict> Explain(TimeSpan now) => !IsPlanned ? [] :
    [
        .. MinerChoice.Choose(Bids.Entries.Values, Terms, now),
        .. Peers.Values.Where(p => !Bids.Entries.ContainsKey(p.Address) && IsCompute(p.Profile)).OrderBy(p => p.Address)
            .Select(p => new MinerVerdict(p.Address, Hindrance(p.Profile) ?? ChoiceReason.NoAnswer, null, 0, null)),
    ];

    /// <summary>Miners whose bid will do, the best first: those chosen, and those that would be in their place.</summary>
    public IReadOnlyList<MinerVerdict> Willing(TimeSpan now) =>
        [.. MinerChoice.Choose(Bids.Entries.Values, Terms, now).Where(verdict => verdict is { Reason: ChoiceReason.Chosen or ChoiceReason.Outbid, Bid.Price.Nano: > 0 })];

    /// <summary>What this run of the job saw of each miner.</summary>
    public ImmutableSortedDictionary<Address, OwnRecord> Records() => Assignments.Miners.Values.ToImmutableSortedDictionary(
        m => m.Address,
        m => new OwnRecord(m.Accepted, m.Refused, m.Stalled, m.Failed, m.Measured ? m.Promised : 0, m.Measured ? m.FramesPerSecond : 0));

    private static bool IsCompute(NodeProfile profile) => profile.Roles.Contains("compute", StringComparer.Ordinal);

    // Why a peer need not be asked; null: it can do the job.
    private ChoiceReason? Hindrance(NodeProfile miner) =>
        !IsCompute(miner) || SlotSpeed.Of(Renditions.Select(OfferedRendition.Of), miner.PixelsPerSecond) <= 0 ? ChoiceReason.CodecNotServed
        : !Dialable && miner.Url is null ? ChoiceReason.Unreachable
        : null;

    private static bool IsSigned(JobEvent.Funding escrow, int segment, int rendition, RenditionResult result, Address miner) =>
        result.Proof is { Result: var signed } proof && signed.JobId == escrow.Escrow && signed.Segment == segment && signed.Rendition == rendition
        && signed.Content == result.Hash && signed.Packets == result.PacketHash && proof.IsSignedBy(escrow.Chain, miner);
}
