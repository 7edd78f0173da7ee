using System.Collections.Immutable;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Proofs;

namespace VideoMesh.Actors.Proofs;

/// <summary>
/// A verifier's checks. All it does follows from the ledger after each block and from what it has found and kept: so it goes on after a restart at any moment, and needs no queue. Pure: each method
/// gives the next state and adds what is to be done to <c>effects</c>; what is to be kept comes first, and a state counts only once it is kept.
/// </summary>
public sealed record ProofState
{
    private ProofState(ProofOptions options, Address own, ImmutableArray<Hash256> classes) => (Options, Own, Classes) = (options, own, classes);

    public ProofOptions Options { get; }

    /// <summary>The verifier's account.</summary>
    public Address Own { get; }

    /// <summary>The classes it can check, rising.</summary>
    public ImmutableArray<Hash256> Classes { get; }

    /// <summary>The last height heard of.</summary>
    public ulong Height { get; private init; }

    public ImmutableDictionary<Hash256, ProofTask> Tasks { get; private init; } = ImmutableDictionary<Hash256, ProofTask>.Empty;

    public ProofTally Tally { get; private init; } = ProofTally.Zero;

    private ulong ServeUntil { get; init; }

    /// <param name="options">How to go about it.</param>
    /// <param name="own">The verifier's account.</param>
    /// <param name="classes">The classes it can check.</param>
    /// <param name="kept">All that was found and kept before.</param>
    public static ProofState Create(ProofOptions options, Address own, IEnumerable<Hash256> classes, IEnumerable<FoundPackets> kept) => new(options, own, [.. classes.Order()])
    {
        Tasks = kept.ToImmutableDictionary(found => found.Challenge, found => new ProofTask(found.Challenge, ProofStage.Found) { Found = found }),
    };

    /// <summary>A block is final.</summary>
    public ProofState Advance(ProofView view, ICollection<ProofEffect> effects)
    {
        var state = (this with { Height = view.Height }).Forget(view, effects);
        foreach (var seat in view.Seats)
        {
            state = state.See(seat);
        }

        foreach (var seat in view.Seats.Where(seat => state.Tasks.ContainsKey(seat.Id)))
        {
            state = state.GoOn(state.Tasks[seat.Id], seat, effects);
        }

        if (view.IsVerifier && state.ServeUntil <= view.Height && !view.Classes.SequenceEqual(Classes))
        {
            effects.Add(new ProofEffect.Serve());
        }

        return state;
    }

    /// <summary>Somebody offers a source. What does not fit the escrow is passed over.</summary>
    public ProofState Offered(Address from, SourceOffer offer, ICollection<ProofEffect> effects)
    {
        if (!Tasks.TryGetValue(offer.Challenge, out var task) || task is not { Stage: ProofStage.Seeking, Seat: { } seat } || !IsOf(seat, from, offer))
        {
            return this;
        }

        if (task.Offers.ContainsKey(from) || task.Spoilt.GetValueOrDefault(from) >= Options.Tries)
        {
            return this;
        }

        var wanted = LooksAtPictures(seat) ? offer : offer with { Result = null };
        return With(task with { Offers = task.Offers.Add(from, (wanted, false)) }).Start(offer.Challenge, effects);
    }

    /// <summary>The source is in the store, or did not come.</summary>
    /// <param name="id">Of the challenge.</param>
    /// <param name="from">Who offered it.</param>
    /// <param name="isHere">Whether it is in the store.</param>
    /// <param name="effects">Gets what is to be done.</param>
    public ProofState Fetched(Hash256 id, Address from, bool isHere, ICollection<ProofEffect> effects)
    {
        if (!Tasks.TryGetValue(id, out var task) || task.Stage != ProofStage.Seeking || !task.Offers.TryGetValue(from, out var offered))
        {
            return this;
        }

        if (!isHere)
        {
            return With(Spoil(task, from)).StartNext(effects);
        }

        effects.Add(new ProofEffect.StopFetching(id));
        return With(task with { Stage = ProofStage.Ready, Offer = offered.Offer, Offers = task.Offers.Clear() }).StartNext(effects);
    }

    /// <summary>The encode ended.</summary>
    /// <param name="id">Of the challenge.</param>
    /// <param name="own">What it came to.</param>
    /// <param name="salt">Random, should there be something to commit to.</param>
    /// <param name="effects">Gets what is to be done.</param>
    public ProofState Encoded(Hash256 id, OwnEncode own, Hash256 salt, ICollection<ProofEffect> effects)
    {
        if (!Tasks.TryGetValue(id, out var task) || task.Stage != ProofStage.Encoding)
        {
            return this;
        }

        if (own is OwnEncode.Failed failed)
        {
            return Fail(task, failed.Reason, effects).StartNext(effects);
        }

        var cpu = TimeSpan.FromMilliseconds(Math.Floor(own.CpuTime.TotalMilliseconds));
        var found = new FoundPackets(id, ((OwnEncode.Done)own).Packets, salt, cpu, Height);
        effects.Add(new ProofEffect.Keep(found));
        return (With(task with { Stage = ProofStage.Found, Found = found, Offer = null }) with { Tally = Tally with { CpuTime = Tally.CpuTime + cpu } }).StartNext(effects);
    }

    /// <summary>The ledger took a transaction.</summary>
    public ProofState Sent(ProofCall call) => Tasks.TryGetValue(call.Challenge, out var task)
        ? With(call.Operation is ContractOperation.Commit ? task with { CommitmentUntil = call.Until } : task with { RevealUntil = call.Until })
        : this;

    /// <summary>The ledger takes the word about classes until a height.</summary>
    public ProofState Served(ulong until) => this with { ServeUntil = until };

    /// <summary>Whether an offer is the source and the rendition that the escrow names, from somebody who was asked.</summary>
    private bool IsOf(ProofSeat seat, Address from, SourceOffer offer) =>
        (from == seat.Miner || from == seat.Client)
        && offer.Bytes > 0 && offer.Bytes <= Options.MaxSourceBytes
        && (!LooksAtPictures(seat) || offer.Result?.Bytes <= Options.MaxSourceBytes)
        && CanonicalRendition.IsOf(seat.Terms.Renditions[seat.Challenge.Rendition], offer.Spec)
        && SourceTree.Holds(seat.Terms, seat.Challenge.Segment, offer.Source, offer.Path);

    /// <summary>Whether the weak rule holds and bytes say nothing, as this verifier is of another class than the work.</summary>
    private bool LooksAtPictures(ProofSeat seat) => seat.Challenge is { Weak: true, Opened: not null } && !Classes.Contains(seat.Terms.Class);

    private ProofState With(ProofTask task) => this with { Tasks = Tasks.SetItem(task.Id, task) };

    // What the ledger has no more needs nothing any more. But a state from before an answer was found, as after fetching the whole chain anew, does not know of it yet.
    private ProofState Forget(ProofView view, ICollection<ProofEffect> effects)
    {
        var known = view.Seats.Select(seat => seat.Id).ToHashSet();
        var state = this;
        foreach (var task in Tasks.Values.Where(task => !known.Contains(task.Id) && (task.Found is not { } found || found.Height <= view.Height)))
        {
            state = state with { Tasks = state.Tasks.Remove(task.Id) };
            effects.Add(task.Found is null ? new ProofEffect.Release(task.Id) : new ProofEffect.Forget(task.Id));
        }

        return state;
    }

    private ProofState See(ProofSeat seat) => Tasks.TryGetValue(seat.Id, out var task) ? With(task with { Seat = seat })
        : seat.WaitsForCommitment(Height) && Tasks.Values.Count(open => open.IsOpen) < Options.Tasks ? With(new ProofTask(seat.Id, ProofStage.Seeking) { Seat = seat })
        : this;

    private ProofState GoOn(ProofTask task, ProofSeat seat, ICollection<ProofEffect> effects)
    {
        var state = Count(task, seat, effects);
        task = state.Tasks[task.Id];
        if (task.Found is { } found)
        {
            Answer(task, seat, found, effects);
            return state;
        }

        if (!task.IsOpen)
        {
            return state;
        }

        if (!seat.WaitsForCommitment(Height))
        {
            return state.GiveUp(task, task.HasSource ? InconclusiveReason.LimitHit : InconclusiveReason.SourceUnavailable, effects);
        }

        if (seat.Terms.CheckFee < Options.LeastFee)
        {
            return state.GiveUp(task, InconclusiveReason.FeeTooLow, effects);
        }

        if (task.Stage == ProofStage.Seeking && task.Offers.Count < 2 && task.AskAt <= Height)
        {
            effects.Add(new ProofEffect.Ask(task.Id, seat.Miner, seat.Client));
            return state.With(task with { AskAt = Height + Options.AskAgainBlocks });
        }

        return state.Start(task.Id, effects);
    }

    private void Answer(ProofTask task, ProofSeat seat, FoundPackets found, ICollection<ProofEffect> effects)
    {
        // what comes too late would stand in the way of the account's next transactions
        var until = Math.Min(Height + Options.SendAgainBlocks, seat.Challenge.Deadline);
        if (seat.WaitsForCommitment(Height) && task.CommitmentUntil <= Height)
        {
            effects.Add(new ProofEffect.Send(new ProofCall(task.Id, new ContractOperation.Commit(task.Id, found.CommitmentOf(Own)), seat.Challenge.Bond, until)));
        }

        if (seat.WaitsForReveal(Height) && task.RevealUntil <= Height && seat.Own?.Commitment == found.CommitmentOf(Own))
        {
            effects.Add(new ProofEffect.Send(new ProofCall(task.Id, new ContractOperation.Reveal(task.Id, found.Packets, found.Salt), Amount.Zero, until)));
        }
    }

    // Once the miner has opened the leaf, or cannot any more, this verifier knows its verdict. The ledger's needs more than one.
    private ProofState Count(ProofTask task, ProofSeat seat, ICollection<ProofEffect> effects)
    {
        var isOver = seat.Challenge is { Phase: ChallengePhase.Decided, Reason: ClaimReason.LeafNotOpened };
        if (task.IsCounted || task.Found is not { } found || (seat.Challenge.Opened is null && !isOver))
        {
            return this;
        }

        var verdict = TranscodeCheck.Judge(new OwnEncode.Done(found.Packets, found.CpuTime), seat.Challenge.Opened);
        effects.Add(new ProofEffect.Note($"segment {seat.Challenge.Segment} of claim {seat.Challenge.ClaimId}: {(verdict is Verdict.Rejected rejected ? rejected.Reason.Sentence() : "the miner has what this verifier found.")}"));
        return With(task with { IsCounted = true, Seat = seat }) with { Tally = Tally.With(verdict) };
    }

    private ProofState Start(Hash256 id, ICollection<ProofEffect> effects)
    {
        var task = Tasks[id];
        switch (task)
        {
            case { Stage: ProofStage.Seeking }:
                return task.Offers.Where(waiting => !waiting.Value.IsFetching).Select(waiting => waiting.Key).ToList().Aggregate(this, (state, from) => state.Fetch(id, from, effects));
            case { Stage: ProofStage.Ready, Offer: { } offer, Seat: { } seat } when Tasks.Values.All(other => other.Stage != ProofStage.Encoding):
                var frames = (int)seat.Terms.FramesOf(seat.Challenge.Segment);
                var shown = offer.Result is { } result && seat.Challenge.Opened is { } opened ? new ShownWork(opened, result.Content) : null;
                effects.Add(new ProofEffect.Encode(
                    id, new LeafToCheck(offer.Source, frames, offer.Spec, seat.Terms.Renditions[seat.Challenge.Rendition].Spec, seat.Terms.Class) { Shown = shown }));
                return With(task with { Stage = ProofStage.Encoding });
            default:
                return this;
        }
    }

    private ProofState Fetch(Hash256 id, Address from, ICollection<ProofEffect> effects)
    {
        if (Tasks.Values.Sum(task => task.Offers.Values.Count(other => other.IsFetching)) >= Options.Fetches)
        {
            return this;
        }

        var (offer, _) = Tasks[id].Offers[from];
        effects.Add(new ProofEffect.Fetch(offer, from));
        return With(Tasks[id] with { Offers = Tasks[id].Offers.SetItem(from, (offer, true)) });
    }

    private ProofTask Spoil(ProofTask task, Address from) => task with
    {
        Offers = task.Offers.Remove(from), Spoilt = task.Spoilt.SetItem(from, task.Spoilt.GetValueOrDefault(from) + 1), AskAt = Height + 1,
    };

    // What ends first goes first.
    private ProofState StartNext(ICollection<ProofEffect> effects) => Tasks.Values.Where(task => task.IsOpen && task.Seat is not null)
        .OrderBy(task => task.Seat!.Challenge.Deadline).ThenBy(task => task.Id).Select(task => task.Id).ToList().Aggregate(this, (state, id) => state.Start(id, effects));

    // A source may have been evicted, and this machine may be well again: both are tried a few times.
    private ProofState Fail(ProofTask task, InconclusiveReason reason, ICollection<ProofEffect> effects)
    {
        if (reason is not (InconclusiveReason.SourceUnavailable or InconclusiveReason.ResultUnavailable or InconclusiveReason.VerifierFailed) || task.Failures + 1 >= Options.Tries)
        {
            return GiveUp(task, reason, effects);
        }

        effects.Add(new ProofEffect.Release(task.Id));
        return With(task with { Stage = ProofStage.Seeking, Offer = null, Failures = task.Failures + 1, AskAt = Height + 1 });
    }

    private ProofState GiveUp(ProofTask task, InconclusiveReason reason, ICollection<ProofEffect> effects)
    {
        effects.Add(new ProofEffect.Release(task.Id));
        effects.Add(new ProofEffect.Note($"challenge {task.Id} is given up: {reason.Sentence()}"));
        return With(task with { Stage = ProofStage.GivenUp, Offer = null, Offers = task.Offers.Clear() }) with { Tally = Tally.With(new Verdict.Inconclusive(reason)) };
    }
}
