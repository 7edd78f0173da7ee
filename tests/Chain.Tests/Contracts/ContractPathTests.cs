using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Tests.Contracts;

/// <summary>How jobs and claims end. After every block the chain counts its coins.</summary>
public sealed class ContractPathTests
{
    private readonly ComputeMarket _market = new();

    [Fact]
    public void An_honest_claim_is_paid_and_the_client_gets_the_rest_back()
    {
        var job = _market.OpenJob();
        var (client, miner) = (_market.Balance(_market.Client), _market.Balance(_market.Miner));
        var value = WorkSchedule.Price(_market.Terms().WattsOf(ComputeMarket.All), new Amount(1_000_000))!.Value;
        var id = _market.PostClaim(job, _market.Miner, ComputeMarket.All, accepted: true);
        _market.Settle();

        var settled = _market.Settled(id);
        Assert.Equal((ClaimVerdict.Accepted, ClaimReason.None, value), (settled.Verdict, settled.Reason, settled.Paid));
        Assert.Equal((3U, 0U, 0U), settled.Samples);
        Assert.Equal(_market.Terms().CheckFee * 3, settled.Fees);
        Assert.True(_market.Balance(_market.Miner) > miner + ComputeMarket.Without(value) - new Amount(10_000_000));
        Assert.Equal(client + Amount.FromVid(1) - value - settled.Fees, _market.Balance(_market.Client));
        Assert.Equal(value, _market.Receipt(job).Paid);
        Assert.DoesNotContain(_market.State.Objects(), found => found.Held > Amount.Zero);
        Assert.Empty(_market.State.Deadlines);
    }

    [Fact]
    public void A_claim_without_the_clients_acceptance_waits_for_disputes_and_is_paid_without_the_client()
    {
        var job = _market.OpenJob();
        var id = _market.PostClaim(job, _market.Miner, ComputeMarket.All);
        var until = _market.Claimed(id).DisputeUntil;
        _market.Settle();

        Assert.Equal(ClaimVerdict.Accepted, _market.Settled(id).Verdict);
        Assert.True(_market.Settled(id).Height > until);
    }

    [Fact]
    public void The_least_budget_covers_as_many_claims_as_there_may_be_and_who_claims_in_crumbs_takes_nothing_from_others()
    {
        var terms = _market.Terms();
        var job = _market.OpenJob(terms, new Amount((ulong)terms.LeastBudget(ComputeMarket.Quick)));
        foreach (var (miner, place) in _market.Miners.Select((miner, place) => (miner, place)))
        {
            for (var claim = 0; claim < 3; claim++)
            {
                _market.Call(miner, _market.ClaimOf(job, miner, place < 2 ? ComputeMarket.Set((3 * place) + claim) : ComputeMarket.Set((2 * claim) + 6, (2 * claim) + 7), accepted: true));
            }
        }

        _market.Next();
        Assert.Equal(9U, _market.Job(job).Claims);
        _market.Settle();
        Assert.Equal(terms.CheckFee * 9 * 2 + terms.CheckFee * 3, _market.Receipt(job).Fees);
    }

    [Fact]
    public void A_cheater_loses_what_stands_behind_it_earns_nothing_and_its_segments_are_done_again_elsewhere()
    {
        var job = _market.OpenJob();
        var free = _market.Job(job).Free;
        var id = _market.PostClaim(job, _market.Miner, ComputeMarket.All, faked: ComputeMarket.All, accepted: true);
        _market.Settle();

        var settled = _market.Settled(id);
        Assert.Equal((ClaimVerdict.Rejected, ClaimReason.OtherBytes), (settled.Verdict, settled.Reason));
        Assert.Equal(Amount.FromVid(1000), settled.Forfeited);
        Assert.Equal(Amount.Zero, settled.Paid);
        Assert.Equal(Amount.FromVid(1000), _market.State.Find(_market.Miner.Address).Stake);
        Assert.Null(_market.State.FindReserve(_market.Miner.Address));
        Assert.Equal(free, _market.Job(job).Free);

        var again = _market.PostClaim(job, _market.Miners[1], ComputeMarket.All, accepted: true);
        _market.Settle();
        Assert.Equal(ClaimVerdict.Accepted, _market.Settled(again).Verdict);
        Assert.Equal(2U, _market.Receipt(job).Claims);
    }

    [Fact]
    public void Silence_about_a_drawn_leaf_costs_as_much_as_a_lie_and_the_verifiers_are_paid()
    {
        var job = _market.OpenJob();
        _market.Opens = _ => false;
        var id = _market.PostClaim(job, _market.Miner, ComputeMarket.All, accepted: true);
        _market.Settle();

        Assert.Equal((ClaimVerdict.Rejected, ClaimReason.LeafNotOpened), (_market.Settled(id).Verdict, _market.Settled(id).Reason));
        Assert.Equal(Amount.FromVid(1000), _market.Settled(id).Forfeited);
        Assert.Equal(_market.Terms().CheckFee * 3, _market.Settled(id).Fees);
    }

    [Fact]
    public void When_nobody_commits_three_are_asked_and_the_client_is_refunded_without_a_burn()
    {
        var job = _market.OpenJob();
        var free = _market.Job(job).Free;
        _market.Finds = (_, _) => null;
        var id = _market.PostClaim(job, _market.Miner, ComputeMarket.All, accepted: true);
        _market.Idle(3);
        Assert.Equal(3, _market.Challenges.Count());
        _market.Idle(12);

        Assert.Equal((ClaimVerdict.Inconclusive, ClaimReason.NobodyRevealed), (_market.Settled(id).Verdict, _market.Settled(id).Reason));
        Assert.Equal(Amount.FromVid(1000), _market.State.FindReserve(_market.Miner.Address)!.Reserved);
        Assert.Equal(free, _market.Receipt(job).Refunded);
    }

    [Fact]
    public void A_verifier_that_commits_and_does_not_reveal_loses_its_bond_and_a_panel_is_asked_since_one_could_repeat_what_is_open()
    {
        var job = _market.OpenJob();
        var before = _market.Everybody.ToDictionary(key => key.Address, key => _market.Balance(key));
        var seen = new List<Challenge>();
        _market.Finds = (_, challenge) =>
        {
            seen.Add(challenge);
            return ComputeMarket.Truth(challenge.Segment, challenge.Rendition);
        };
        Address? silent = null;
        _market.Reveals = (verifier, challenge) => challenge.Sample != 0 || challenge.First > 0 || (silent = verifier.Address) is null;
        var id = _market.PostClaim(job, _market.Miner, ComputeMarket.All, accepted: true);
        _market.Settle();

        Assert.Equal(ClaimVerdict.Accepted, _market.Settled(id).Verdict);

        // block rewards and other checks earn it a little
        var panel = seen.Where(challenge => challenge.Sample == 0 && challenge.First > 0).ToList();
        Assert.NotEmpty(panel);
        Assert.All(panel, challenge => Assert.Equal((ChallengeStage.Panel, 3), (challenge.Stage, challenge.Asked.Count())));
        Assert.True(_market.Balance(_market.KeyOf(silent!.Value)) < before[silent.Value] + Amount.FromVid(3) - _market.Bond);
        Assert.Equal(_market.Terms().CheckFee * 2, _market.Settled(id).Fees);
    }

    [Fact]
    public void Hostile_verifiers_with_a_fifth_of_the_stake_cannot_burn_an_honest_miner()
    {
        var hostile = _market.Chain.Verifiers[0].Address;
        for (var round = 0; round < 4; round++)
        {
            _market.Finds = (verifier, challenge) => verifier.Address == hostile
                ? ComputeMarket.Rubbish(challenge.Segment, challenge.Rendition)
                : ComputeMarket.Truth(challenge.Segment, challenge.Rendition);
            var job = _market.OpenJob();
            var id = _market.PostClaim(job, _market.Miner, ComputeMarket.All, accepted: true);
            _market.Settle();
            Assert.Equal(ClaimVerdict.Accepted, _market.Settled(id).Verdict);
        }

        Assert.Equal(Amount.FromVid(2000), _market.State.Find(_market.Miner.Address).Stake);
    }

    [Fact]
    public void Without_two_thirds_of_one_mind_nothing_burns_and_nothing_is_paid()
    {
        var job = _market.OpenJob();
        var half = _market.Chain.Verifiers.Take(3).Select(key => key.Address).ToHashSet();
        _market.Finds = (verifier, challenge) => challenge.Stage == ChallengeStage.One || half.Contains(verifier.Address)
            ? ComputeMarket.Rubbish(challenge.Segment, challenge.Rendition)
            : ComputeMarket.Truth(challenge.Segment, challenge.Rendition);
        var id = _market.PostClaim(job, _market.Miner, ComputeMarket.All, accepted: true);
        _market.Settle();

        Assert.Equal((ClaimVerdict.Inconclusive, ClaimReason.NoMajority), (_market.Settled(id).Verdict, _market.Settled(id).Reason));
        Assert.Equal(Amount.Zero, _market.Settled(id).Forfeited);
    }

    [Fact]
    public void A_yes_sayer_that_copies_what_is_opened_is_outvoted_and_loses_its_bond()
    {
        var yes = _market.Chain.Verifiers[6];
        _market.Finds = (verifier, challenge) => verifier.Address == yes.Address
            ? ComputeMarket.Rubbish(challenge.Segment, challenge.Rendition)
            : ComputeMarket.Truth(challenge.Segment, challenge.Rendition);
        var job = _market.OpenJob();
        var rejected = 0;
        var before = _market.Balance(yes);
        foreach (var cheater in _market.Miners)
        {
            var id = _market.PostClaim(job, cheater, ComputeMarket.All, faked: ComputeMarket.All, accepted: true);
            _market.Settle();
            rejected += _market.Settled(id).Verdict == ClaimVerdict.Rejected ? 1 : 0;
        }

        Assert.Equal(3, rejected);

        // nobody escapes, and in a class of seven it sat in every escalation: three cheaters, three leaves each but for those it was the first to see
        Assert.True(_market.Balance(yes) < before + Amount.FromVid(4));
        Assert.True(_market.State.Totals.Burnt > Amount.FromVid(2990));
    }

    [Fact]
    public void A_copied_commitment_reveals_nothing_for_the_copier()
    {
        var (panel, keys) = _market.AtPanel();
        var truth = ComputeMarket.Truth(panel.Segment, panel.Rendition);
        _market.Call(keys[0], ComputeMarket.CommitmentTo(keys[0], panel, truth), panel.Bond);
        _market.Call(keys[1], ComputeMarket.CommitmentTo(keys[0], panel, truth), panel.Bond);
        _market.Call(keys[2], ComputeMarket.CommitmentTo(keys[2], panel, truth), panel.Bond);
        _market.Next();

        Assert.Equal(TxResult.WrongReveal, _market.Outcome(keys[1], ComputeMarket.RevealOf(panel, truth)));
    }

    [Fact]
    public void A_weak_class_pays_no_more_than_the_cap_and_never_burns()
    {
        var market = new ComputeMarket(verifiers: 4, parameters => parameters with { WeakClaimCapNano = 50_000_000 });
        market.Stake(market.Chain.Verifiers[0], new StakeOperation.Serve([]));
        market.Next();
        market.Finds = (_, challenge) => challenge.Opened;
        var job = market.OpenJob();
        var id = market.PostClaim(job, market.Miner, ComputeMarket.Set(0, 1, 2, 3, 4, 5), accepted: true);
        market.Settle();
        Assert.Equal((ClaimVerdict.Accepted, true, new Amount(50_000_000)), (market.Settled(id).Verdict, market.Settled(id).Weak, market.Settled(id).Paid));

        market.Finds = (_, challenge) => ComputeMarket.Truth(challenge.Segment, challenge.Rendition);
        var fake = market.PostClaim(job, market.Miner, ComputeMarket.Set(6, 7, 8, 9, 10, 11), faked: ComputeMarket.All, accepted: true);
        market.Settle();
        Assert.Equal((ClaimVerdict.Rejected, ClaimReason.FoundWeak), (market.Settled(fake).Verdict, market.Settled(fake).Reason));
        Assert.Equal(Amount.FromVid(2000), market.State.Find(market.Miner.Address).Stake);
    }

    [Fact]
    public void A_leaf_that_differs_from_the_signed_result_costs_the_stake()
    {
        var job = _market.OpenJob();

        // it delivered rubbish, signed it, and claims what an honest encoder makes
        var id = _market.PostClaim(job, _market.Miner, ComputeMarket.All);
        var delivered = ComputeMarket.Result(job, 5, 1, fake: true).Sign("test", _market.Miner);
        _market.Call(_market.Client, new ContractOperation.Dispute(id, delivered), _market.Bond);
        _market.Next();
        Assert.NotNull(_market.State.FindDispute(id));
        Assert.Equal(TxResult.WrongLeaf, _market.Outcome(_market.Miner, new ContractOperation.Defend(id, _market.Path(_market.Claimed(id), 11))));
        _market.Settle();

        Assert.Equal((ClaimVerdict.Rejected, ClaimReason.LeafAltered), (_market.Settled(id).Verdict, _market.Settled(id).Reason));
        Assert.Equal(Amount.FromVid(1000), _market.Settled(id).Forfeited);
    }

    [Fact]
    public void A_dispute_about_a_leaf_that_is_there_costs_the_client_its_bond()
    {
        var job = _market.OpenJob();
        var id = _market.PostClaim(job, _market.Miner, ComputeMarket.All);
        var before = _market.Balance(_market.Miner);
        _market.Call(_market.Client, new ContractOperation.Dispute(id, ComputeMarket.Result(job, 5, 1).Sign("test", _market.Miner)), _market.Bond);
        _market.Next();
        _market.Call(_market.Miner, new ContractOperation.Defend(id, _market.Path(_market.Claimed(id), 11)));
        _market.Next();

        Assert.True(_market.Balance(_market.Miner) > before);
        _market.Settle();
        Assert.Equal(ClaimVerdict.Accepted, _market.Settled(id).Verdict);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_is_wrong_about_a_delivery_pays_for_it(bool delivered)
    {
        var job = _market.OpenJob();
        var id = _market.PostClaim(job, _market.Miner, ComputeMarket.All);
        var value = _market.Claimed(id).Value;
        _market.Complain(id, ComputeMarket.Set(3, 4));
        var bond = _market.ComplaintBond(id, ComputeMarket.Set(3, 4));
        _market.Next();
        var client = _market.Balance(_market.Client);
        while (_market.State.FindDelivery(id)!.Custodian is null)
        {
            _market.Answer();
            _market.Next();
        }

        var custodian = _market.KeyOf(_market.State.FindDelivery(id)!.Custodian!.Value);
        _market.Call(custodian, new ContractOperation.Attest(id, delivered ? ComputeMarket.Set(3, 4) : ComputeMarket.Set(3)));
        _market.Settle();

        var fee = _market.Terms().CheckFee;
        var missing = WorkSchedule.Price(_market.Terms().WattsOf(ComputeMarket.Set(4)), new Amount(1_000_000))!.Value;
        Assert.Equal(ClaimVerdict.Accepted, _market.Settled(id).Verdict);
        Assert.Equal(delivered ? value : value - fee - missing, _market.Settled(id).Paid);
        if (!delivered)
        {
            // what did not come may be claimed by whoever does it in its place
            Assert.Equal(ComputeMarket.All.Without(ComputeMarket.Set(4)), _market.Job(job).Claimed);
            _market.PostClaim(job, _market.Miners[1], ComputeMarket.Set(4), accepted: true);
            _market.Settle();
        }

        var refunded = _market.Receipt(job).Refunded;
        Assert.Equal(client + refunded + (delivered ? Amount.Zero : bond), _market.Balance(_market.Client));
    }

    [Fact]
    public void Custodians_that_keep_silent_are_replaced_and_in_the_end_nobody_loses_a_bond()
    {
        var job = _market.OpenJob();
        var id = _market.PostClaim(job, _market.Miner, ComputeMarket.All);
        _market.Complain(id, ComputeMarket.Set(3, 4));
        _market.Settle();

        Assert.Equal(ClaimVerdict.Accepted, _market.Settled(id).Verdict);
        Assert.Equal(_market.Settled(id).Paid, WorkSchedule.Price(_market.Terms().WattsOf(ComputeMarket.All), new Amount(1_000_000)));
    }

    [Fact]
    public void A_job_ends_by_itself_at_its_deadline_and_sooner_when_its_client_closes_it()
    {
        var ending = _market.OpenJob(_market.Terms() with { Deadline = _market.State.Height + 5 });
        var closed = _market.OpenJob();
        Assert.True(_market.State.HasDeadlines);
        _market.Call(_market.Client, new ContractOperation.CloseJob(closed));
        _market.Idle(7);

        Assert.Equal(Amount.FromVid(1), _market.Receipt(ending).Refunded);
        Assert.Equal(Amount.FromVid(1), _market.Receipt(closed).Refunded);
        Assert.Empty(_market.State.Deadlines);
    }

    [Fact]
    public void A_thin_client_can_be_shown_a_job_a_claim_and_a_challenge()
    {
        var job = _market.OpenJob();
        var id = _market.PostClaim(job, _market.Miner, ComputeMarket.All);
        _market.Idle(3);
        foreach (var key in new[] { JobEscrow.KeyOf(job), Claim.KeyOf(id), Challenge.KeyOf(Challenge.IdOf(id, 2)) })
        {
            Assert.True(_market.State.Tree.Prove(key).TryVerify(_market.State.Root, key, out var value));
            Assert.Equal(ContractObject.TryDecode(value!.Value.AsSpan()), _market.State.FindObject(key));
        }
    }
}
