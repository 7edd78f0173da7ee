using VideoMesh.Actors.Proofs;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Proofs;

namespace VideoMesh.Actors.Tests.Proofs;

public sealed class ProofStateTests
{
    private static readonly Hash256 Salt = Keccak.Hash("salt"u8);
    private readonly List<ProofEffect> _effects = [];

    [Fact]
    public void A_drawn_verifier_asks_miner_and_client_fetches_encodes_keeps_commits_and_reveals()
    {
        var challenge = Seats.Drawn(3);
        var state = Seats.New().Advance(Seats.View(10, challenge), _effects);
        Assert.Equal([new ProofEffect.Ask(challenge.Id, Seats.Miner, Seats.Client)], Taken());

        var offer = Seats.Offer(3);
        state = state.Offered(Seats.Miner, offer, _effects);
        Assert.Equal([new ProofEffect.Fetch(offer, Seats.Miner)], Taken());

        state = state.Fetched(challenge.Id, Seats.Miner, isHere: true, _effects);
        var effects = Taken();
        Assert.Equal(new ProofEffect.StopFetching(challenge.Id), effects[0]);
        var encode = Assert.IsType<ProofEffect.Encode>(effects[1]);
        Assert.Equal(new LeafToCheck(Seats.Source(3), 48, Seats.Spec, CanonicalRendition.Hash(Seats.Spec), Seats.Class), encode.Leaf);

        state = state.Encoded(challenge.Id, Found(3), Salt, _effects);
        var found = Assert.IsType<ProofEffect.Keep>(Assert.Single(Taken())).Found;
        Assert.Equal(new FoundPackets(challenge.Id, Seats.Truth(3), Salt, TimeSpan.FromMilliseconds(1500), 10), found);

        state = state.Advance(Seats.View(11, challenge), _effects);
        var call = Sent();
        Assert.Equal(new ContractOperation.Commit(challenge.Id, Challenge.Commitment(challenge.Id, Seats.Truth(3), Salt, Seats.Verifier)), call.Operation);
        Assert.Equal(Seats.Bond, call.Bond);
        state = state.Sent(call);

        challenge = challenge.Committed(found.CommitmentOf(Seats.Verifier));
        state = state.Advance(Seats.View(12, challenge), _effects);
        Assert.Empty(Taken());

        challenge = challenge.Opened(Seats.Truth(3)) with { Deadline = 32 };
        state = state.Advance(Seats.View(13, challenge), _effects);
        Assert.Equal(new ProofCall(challenge.Id, new ContractOperation.Reveal(challenge.Id, Seats.Truth(3), Salt), Amount.Zero, 21), Sent());
        Assert.Equal(new ProofTally(1, 0, 0, TimeSpan.FromMilliseconds(1500)), state.Tally);

        state = state.Advance(Seats.View(14, challenge.Revealed(Seats.Truth(3))), _effects);
        Assert.Empty(Taken());
        state = state.Advance(Seats.View(15), _effects);
        Assert.Equal([new ProofEffect.Forget(challenge.Id)], Taken());
        Assert.Empty(state.Tasks);
    }

    [Fact]
    public void After_a_restart_it_says_what_it_has_kept_and_encodes_nothing_again()
    {
        var challenge = Seats.Drawn(3);
        var kept = new FoundPackets(challenge.Id, Seats.Truth(3), Salt, TimeSpan.Zero, 10);
        Seats.New(kept: kept).Advance(Seats.View(11, challenge), _effects);
        Assert.Equal(new ContractOperation.Commit(challenge.Id, kept.CommitmentOf(Seats.Verifier)), Sent().Operation);

        challenge = challenge.Committed(kept.CommitmentOf(Seats.Verifier)).Opened(Seats.Truth(3));
        Seats.New(kept: kept).Advance(Seats.View(12, challenge), _effects);
        Assert.Equal(new ContractOperation.Reveal(challenge.Id, Seats.Truth(3), Salt), Sent().Operation);
    }

    [Fact]
    public void A_ledger_that_is_fetched_anew_does_not_make_it_forget_what_it_has_committed_to()
    {
        var kept = new FoundPackets(Seats.Id(3), Seats.Truth(3), Salt, TimeSpan.Zero, 10);
        var state = Seats.New(kept: kept).Advance(Seats.View(4), _effects);
        Assert.Empty(Taken());
        state.Advance(Seats.View(10), _effects);
        Assert.Equal([new ProofEffect.Forget(Seats.Id(3))], Taken());
    }

    [Fact]
    public void Says_again_what_no_block_took_and_not_before()
    {
        var challenge = Seats.Drawn(3);
        var kept = new FoundPackets(challenge.Id, Seats.Truth(3), Salt, TimeSpan.Zero, 1);
        var state = Seats.New(kept: kept).Advance(Seats.View(10, challenge), _effects);
        var call = Sent();
        state = state.Sent(call);
        state = state.Advance(Seats.View(call.Until - 1, challenge), _effects);
        Assert.Empty(Taken());
        state.Advance(Seats.View(call.Until, challenge), _effects);
        Assert.Equal(call.Operation, Sent().Operation);
    }

    [Fact]
    public void Reveals_nothing_against_a_commitment_that_is_not_its_own()
    {
        var kept = new FoundPackets(Seats.Id(3), Seats.Truth(3), Salt, TimeSpan.Zero, 1);
        Seats.New(kept: kept).Advance(Seats.View(12, Seats.Drawn(3).Committed(Keccak.Hash("of a twin"u8)).Opened(Seats.Truth(3))), _effects);
        Assert.DoesNotContain(Taken(), effect => effect is ProofEffect.Send);
    }

    [Fact]
    public void Says_nothing_that_would_come_after_the_deadline()
    {
        var kept = new FoundPackets(Seats.Id(3), Seats.Truth(3), Salt, TimeSpan.Zero, 1);
        Seats.New(kept: kept).Advance(Seats.View(98, Seats.Drawn(3, deadline: 100)), _effects);
        Assert.Equal(100UL, Sent().Until);
        Seats.New(kept: kept).Advance(Seats.View(100, Seats.Drawn(3, deadline: 100)), _effects);
        Assert.Empty(Taken());
    }

    [Fact]
    public void Encodes_one_at_a_time_and_first_what_ends_first()
    {
        Challenge[] drawn = [Seats.Drawn(1, deadline: 300), Seats.Drawn(2, deadline: 100), Seats.Drawn(3, deadline: 200)];
        var state = Seats.New(new ProofOptions { Fetches = 3 }).Advance(Seats.View(10, drawn), _effects);
        state = drawn.Aggregate(state, (s, challenge) => s.Offered(Seats.Miner, Seats.Offer(challenge.Segment), _effects));
        Taken();
        state = drawn.Aggregate(state, (s, challenge) => s.Fetched(challenge.Id, Seats.Miner, isHere: true, _effects));
        Assert.Equal(Seats.Id(1), Encoding());
        state = state.Encoded(Seats.Id(1), Found(1), Salt, _effects);
        Assert.Equal(Seats.Id(2), Encoding());
        state = state.Encoded(Seats.Id(2), Found(2), Salt, _effects);
        Assert.Equal(Seats.Id(3), Encoding());
        state.Encoded(Seats.Id(3), Found(3), Salt, _effects);
        Assert.Equal([Seats.Id(3)], Taken().OfType<ProofEffect.Keep>().Select(keep => keep.Found.Challenge));
    }

    [Fact]
    public void Fetches_few_at_a_time_and_works_on_a_bounded_number()
    {
        var drawn = Enumerable.Range(0, 8).Select(segment => Seats.Drawn(segment, deadline: 100 + (ulong)segment)).ToList();
        var state = Seats.New(new ProofOptions { Fetches = 2, Tasks = 5 }).Advance(Seats.View(10, drawn), _effects);
        Assert.Equal(Enumerable.Range(0, 5).Select(Seats.Id), Taken().OfType<ProofEffect.Ask>().Select(ask => ask.Challenge));
        state = drawn.Aggregate(state, (s, challenge) => s.Offered(Seats.Miner, Seats.Offer(challenge.Segment), _effects));
        Assert.Equal(2, state.Tasks.Values.Count(task => task.Offers.Values.Any(offer => offer.IsFetching)));
        Assert.Equal(2, Taken().OfType<ProofEffect.Fetch>().Count());
    }

    [Fact]
    public void Passes_over_offers_that_do_not_fit_the_escrow_or_come_from_a_stranger()
    {
        var state = Seats.New(new ProofOptions { MaxSourceBytes = 1000 }).Advance(Seats.View(10, Seats.Drawn(3)), _effects);
        Taken();
        var good = Seats.Offer(3);
        SourceOffer[] bad =
        [
            good with { Source = Seats.Source(4) }, good with { Path = Seats.Offer(4).Path }, good with { Bytes = 1001 }, good with { Spec = Seats.Spec with { Crf = 31 } },
            good with { Spec = Seats.Spec with { Preset = "no such preset" } }, Seats.Offer(4), good with { Challenge = Seats.Id(5) },
        ];
        Assert.All(bad, offer => Assert.Same(state, state.Offered(Seats.Miner, offer, _effects)));
        Assert.Same(state, state.Offered(Seats.Other, good, _effects));
        Assert.Empty(_effects);
        state.Offered(Seats.Client, good, _effects);
        Assert.IsType<ProofEffect.Fetch>(Assert.Single(_effects));
    }

    [Fact]
    public void Asks_again_until_somebody_has_the_source_and_commits_to_nothing_when_nobody_has()
    {
        var challenge = Seats.Drawn(3, deadline: 30);
        var state = Seats.New(new ProofOptions { AskAgainBlocks = 4 }).Advance(Seats.View(10, challenge), _effects);
        Taken();
        Assert.Empty(After(ref state, 13, challenge));
        Assert.IsType<ProofEffect.Ask>(Assert.Single(After(ref state, 14, challenge)));
        state = state.Offered(Seats.Miner, Seats.Offer(3), _effects).Fetched(challenge.Id, Seats.Miner, isHere: false, _effects);
        Taken();
        Assert.IsType<ProofEffect.Ask>(Assert.Single(After(ref state, 15, challenge)));
        Assert.Contains(new ProofEffect.Release(challenge.Id), After(ref state, 30, challenge));
        Assert.Equal(1, state.Tally.Inconclusive);
        Assert.Empty(After(ref state, 31, challenge));
    }

    [Fact]
    public void Who_spoils_a_source_or_sits_on_it_does_not_keep_it_from_coming_from_another()
    {
        var challenge = Seats.Drawn(3);
        var state = Seats.New(new ProofOptions { Tries = 2 }).Advance(Seats.View(10, challenge), _effects);
        for (var time = 0; time < 2; time++)
        {
            state = state.Offered(Seats.Client, Seats.Offer(3), _effects).Fetched(challenge.Id, Seats.Client, isHere: false, _effects);
        }

        Assert.Same(state, state.Offered(Seats.Client, Seats.Offer(3), _effects));
        state = state.Offered(Seats.Miner, Seats.Offer(3), _effects).Fetched(challenge.Id, Seats.Miner, isHere: true, _effects);
        Assert.Contains(Taken(), effect => effect is ProofEffect.Encode);

        // both at once, and the first to come counts
        state = Seats.New().Advance(Seats.View(10, challenge), _effects).Offered(Seats.Client, Seats.Offer(3), _effects).Offered(Seats.Miner, Seats.Offer(3), _effects);
        Assert.Equal(2, Taken().OfType<ProofEffect.Fetch>().Count());
        state = state.Fetched(challenge.Id, Seats.Miner, isHere: true, _effects);
        Assert.Contains(new ProofEffect.StopFetching(challenge.Id), Taken());
        Assert.Same(state, state.Fetched(challenge.Id, Seats.Client, isHere: false, _effects));
    }

    [Theory]
    [InlineData(InconclusiveReason.SourceUnplayable)]
    [InlineData(InconclusiveReason.SourceDoesNotFit)]
    [InlineData(InconclusiveReason.ClassNotServed)]
    [InlineData(InconclusiveReason.LimitHit)]
    public void Commits_to_nothing_when_the_check_has_no_result(InconclusiveReason reason)
    {
        var challenge = Seats.Drawn(3);
        var state = Encodes(challenge).Encoded(challenge.Id, new OwnEncode.Failed(reason), Salt, _effects);
        Assert.DoesNotContain(Taken(), effect => effect is ProofEffect.Keep);
        Assert.Equal(1, state.Tally.Inconclusive);
        Assert.Empty(After(ref state, 20, challenge));
    }

    [Fact]
    public void Tries_again_when_its_own_machine_failed()
    {
        var challenge = Seats.Drawn(3);
        var state = Encodes(challenge).Encoded(challenge.Id, new OwnEncode.Failed(InconclusiveReason.VerifierFailed), Salt, _effects);
        Taken();
        Assert.IsType<ProofEffect.Ask>(Assert.Single(After(ref state, 20, challenge)));
    }

    [Fact]
    public void Lets_go_of_a_check_whose_time_is_over()
    {
        var challenge = Seats.Drawn(3, deadline: 20);
        var state = Encodes(challenge);
        Assert.Contains(new ProofEffect.Release(challenge.Id), After(ref state, 20, challenge));
        Assert.Same(state, state.Encoded(challenge.Id, Found(3), Salt, _effects));
        Assert.Empty(_effects);
    }

    [Fact]
    public void Works_for_no_less_than_it_asks()
    {
        var state = Seats.New(new ProofOptions { LeastFee = Seats.Terms.CheckFee + new Amount(1) }).Advance(Seats.View(10, Seats.Drawn(3)), _effects);
        Assert.DoesNotContain(Taken(), effect => effect is ProofEffect.Ask);
        Assert.Equal(1, state.Tally.Inconclusive);
    }

    [Fact]
    public void Tells_what_it_thinks_of_a_miner_that_opened_something_else_or_nothing()
    {
        var kept = new FoundPackets(Seats.Id(3), Seats.Truth(3), Salt, TimeSpan.Zero, 1);
        var committed = Seats.Drawn(3).Committed(kept.CommitmentOf(Seats.Verifier));
        Assert.Equal(1, Seats.New(kept: kept).Advance(Seats.View(12, committed.Opened(Seats.Truth(4))), _effects).Tally.Rejected);
        var silent = committed with { Phase = ChallengePhase.Decided, Verdict = ClaimVerdict.Rejected, Reason = ClaimReason.LeafNotOpened };
        Assert.Equal(1, Seats.New(kept: kept).Advance(Seats.View(12, silent), _effects).Tally.Rejected);
    }

    [Fact]
    public void Under_the_weak_rule_a_verifier_of_another_class_wants_to_see_what_the_miner_opened()
    {
        var result = new ResultOffer(ContentHash.Of([9]), 500, "another ticket");
        var weak = Seats.Drawn(3) with { Weak = true, Opened = Seats.Truth(3) };
        var state = ProofState.Create(new ProofOptions(), Seats.Verifier, [Keccak.Hash("another class"u8)], []).Advance(Seats.View(10, weak), _effects);
        Assert.Same(state, state.Offered(Seats.Miner, Seats.Offer(3), _effects));
        Taken();
        state.Offered(Seats.Miner, Seats.Offer(3) with { Result = result }, _effects).Fetched(weak.Id, Seats.Miner, isHere: true, _effects);
        Assert.Equal(new ShownWork(Seats.Truth(3), result.Content), Assert.Single(Taken().OfType<ProofEffect.Encode>()).Leaf.Shown);

        // of the same class, bytes decide
        state = Seats.New().Advance(Seats.View(10, weak), _effects);
        state.Offered(Seats.Miner, Seats.Offer(3) with { Result = result }, _effects).Fetched(weak.Id, Seats.Miner, isHere: true, _effects);
        var effects = Taken();
        Assert.Null(Assert.Single(effects.OfType<ProofEffect.Fetch>()).Offer.Result);
        Assert.Null(Assert.Single(effects.OfType<ProofEffect.Encode>()).Leaf.Shown);
    }

    [Fact]
    public void Says_which_classes_it_serves_when_the_ledger_does_not_know()
    {
        var view = Seats.View(10) with { Classes = [] };
        var state = Seats.New().Advance(view, _effects);
        Assert.Equal([new ProofEffect.Serve()], Taken());
        state.Served(18).Advance(view with { Height = 17 }, _effects);
        Assert.Empty(Taken());
        state.Served(18).Advance(view with { Height = 18 }, _effects);
        Assert.Equal([new ProofEffect.Serve()], Taken());
        state.Advance(view with { IsVerifier = false }, _effects);
        Assert.Empty(Taken());
    }

    private static OwnEncode.Done Found(int segment) => new(Seats.Truth(segment), TimeSpan.FromMilliseconds(1500.25));

    private ProofState Encodes(Challenge challenge)
    {
        var state = Seats.New().Advance(Seats.View(10, challenge), _effects).Offered(Seats.Miner, Seats.Offer(challenge.Segment), _effects).Fetched(challenge.Id, Seats.Miner, isHere: true, _effects);
        Assert.Contains(Taken(), effect => effect is ProofEffect.Encode);
        return state;
    }

    private List<ProofEffect> After(ref ProofState state, ulong height, Challenge challenge)
    {
        state = state.Advance(Seats.View(height, challenge), _effects);
        return Taken();
    }

    private List<ProofEffect> Taken()
    {
        var taken = _effects.ToList();
        _effects.Clear();
        return taken;
    }

    private ProofCall Sent() => Assert.Single(Taken().OfType<ProofEffect.Send>()).Call;

    private Hash256 Encoding() => Assert.Single(Taken().OfType<ProofEffect.Encode>()).Challenge;
}
