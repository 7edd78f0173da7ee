using VideoMesh.Actors.ComputeMiner;
using VideoMesh.Actors.Earnings;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;
using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Earnings;

public sealed class EarningsStateTests : IDisposable
{
    private static readonly TimeSpan Now = TimeSpan.FromSeconds(1);

    private readonly PaidJob _job = new();

    public void Dispose() => _job.Dispose();

    [Fact]
    public void Work_that_is_paid_for_as_was_bid_is_taken() => Assert.Null(_job.State().Judge(_job.Order(1), _job.Escrow, Now));

    [Fact]
    public void Every_reason_not_to_work_has_a_name()
    {
        var state = _job.State();
        var order = _job.Order(1);
        var work = order.Escrowed!;
        Assert.Equal(DeclineReason.EscrowNeeded, state.Judge(order with { Escrowed = null }, escrow: null, Now));
        Assert.Equal(DeclineReason.EscrowUnknown, state.Judge(order, escrow: null, Now));
        Assert.Equal(DeclineReason.EscrowOver, state.Judge(order, _job.Escrow with { Deadline = 20 }, Now));
        Assert.Equal(DeclineReason.EscrowOver, state.Judge(order, _job.Escrow with { Over = true }, Now));
        Assert.Equal(DeclineReason.NotInEscrow, state.Judge(order, _job.Escrow with { Terms = _job.Escrow.Terms with { Miners = [new JobMiner(PaidJob.Link, new Amount(1), 3)] } }, Now));
        Assert.Equal(DeclineReason.PriceTooLow, _job.State(bid: PaidJob.Price + 1).Judge(order, _job.Escrow, Now));
        Assert.Equal(DeclineReason.PriceTooLow, state.Judge(order, _job.Escrow, TimeSpan.FromMinutes(2)));
        Assert.Equal(DeclineReason.OtherWork, state.Judge(order with { Source = _job.Order(2).Source }, _job.Escrow, Now));
        Assert.Equal(DeclineReason.OtherWork, state.Judge(order with { Frames = 99 }, _job.Escrow, Now));
        Assert.Equal(DeclineReason.OtherWork, state.Judge(order with { Renditions = [order.Renditions[0] with { Crf = 10 }] }, _job.Escrow, Now));
        Assert.Equal(DeclineReason.OtherWork, state.Judge(order, _job.Escrow with { Terms = _job.Escrow.Terms with { Class = Hash256.Zero } }, Now));
        Assert.Equal(DeclineReason.NotAssigned, state.Judge(order with { Escrowed = work with { Assigned = SegmentSet.Of([0]) } }, _job.Escrow, Now));
        Assert.Equal(DeclineReason.NotAssigned, state.Judge(order with { Escrowed = work with { Assigned = SegmentSet.Of([0, 1]) } }, _job.Escrow, Now));
        Assert.Equal(DeclineReason.BeyondReserve, _job.State(reservedVid: 0).Judge(order, _job.Escrow, Now));
    }

    [Fact]
    public void Who_bid_nothing_works_without_an_escrow() => Assert.Null(_job.State(bid: 0).Judge(_job.Order(1) with { Escrowed = null }, escrow: null, Now));

    [Fact]
    public void With_the_clients_word_work_is_claimed_at_once()
    {
        var state = _job.Done(0, 2);
        Assert.Empty(state.Due().Calls);
        var word = _job.Word(state, 0, 2);
        var job = state.Jobs[_job.Escrow.Id];
        Assert.True(state.IsWord(job, word.Work, word.Assigned, word.Assignment));

        var post = Assert.IsType<ContractOperation.PostClaim>(Assert.Single(state.Acknowledged(job, word.Work, word.Assigned, word.Assignment).Due().Calls).Operation);

        Assert.Equal((SegmentSet.Of([0, 2]), word.Work.Root, word.Work.Acceptance), (post.Segments, post.Root, post.Acceptance));
    }

    [Fact]
    public void A_word_about_anything_else_than_what_is_held_is_none()
    {
        var state = _job.Done(0, 1);
        var word = _job.Word(state, 0, 1);
        var job = state.Jobs[_job.Escrow.Id];

        Assert.False(state.IsWord(job, word.Work with { Segments = SegmentSet.Of([0]) }, word.Assigned, word.Assignment));
        Assert.False(state.IsWord(job, word.Work with { Segments = SegmentSet.Of([0, 1, 2]) }, word.Assigned, word.Assignment));
        Assert.False(state.IsWord(job, word.Work with { Root = Hash256.Zero }, word.Assigned, word.Assignment));
        Assert.False(state.IsWord(job, word.Work, SegmentSet.Of([0]), word.Assignment));
        Assert.False(state.IsWord(job, word.Work with { Acceptance = word.Assignment }, word.Assigned, word.Assignment));
    }

    [Fact]
    public void Without_a_word_work_is_claimed_before_the_job_ends_and_not_before()
    {
        var state = _job.Done(0);

        Assert.Empty(state.Sees(PaidJob.Sight(100, _job.Escrow)).Due().Calls);
        var late = state.Sees(PaidJob.Sight(100, _job.Escrow with { Deadline = 115 })).Due();

        Assert.Null(Assert.IsType<ContractOperation.PostClaim>(Assert.Single(late.Calls).Operation).Acceptance);
        Assert.Empty(late.Next.Sees(PaidJob.Sight(101)).Due().Calls);
        Assert.Single(late.Next.Sees(PaidJob.Sight(110)).Due().Calls);
    }

    [Fact]
    public void A_drawn_leaf_is_opened_once_the_verifier_has_committed()
    {
        var state = _job.Done(0, 1, 2);
        var claim = _job.Claim(state, 0, 1, 2);
        state = state.Sees(PaidJob.Sight(20, _job.Escrow with { Claims = 1, Claimed = claim.Segments })).Sees(PaidJob.Sight(20, claim));
        Assert.Contains(Challenge.KeyOf(Challenge.IdOf(claim.Id, 0)), state.Wanted);
        Assert.Empty(state.Sees(PaidJob.Sight(21, _job.Challenge(claim, 1, ChallengePhase.Commit))).Due().Calls);

        var open = Assert.IsType<ContractOperation.Open>(Assert.Single(state.Sees(PaidJob.Sight(22, _job.Challenge(claim, 1, ChallengePhase.Open))).Due().Calls).Operation);

        Assert.True(open.Path.StandsAt(1, 3));
        Assert.True(open.Path.Leads(WorkLeaf.Hash(_job.Escrow.Id, 1, 0, open.Packets, open.Salt).ToArray(), claim.Root));
    }

    [Fact]
    public void A_disputed_leaf_is_shown()
    {
        var state = _job.Done(0, 1);
        var claim = _job.Claim(state, 0, 1);
        var leaf = state.Jobs[_job.Escrow.Id].Held[1].Results[0].Result.Leaf;
        var seen = state.Sees(PaidJob.Sight(20, _job.Escrow with { Claims = 1, Claimed = claim.Segments }, claim))
            .Sees(PaidJob.Sight(21, new ClaimDispute(claim.Id, _job.Escrow.Client, leaf, 1, new Amount(1), 40)));

        var defend = Assert.IsType<ContractOperation.Defend>(Assert.Single(seen.Due().Calls).Operation);

        Assert.True(defend.Path.Leads(leaf.ToArray(), claim.Root));
    }

    [Fact]
    public void A_receipt_is_news_once_and_the_job_is_over_when_nothing_more_can_come_of_it()
    {
        var state = _job.Done(0);
        var claim = _job.Claim(state, 0);
        state = state.Sees(PaidJob.Sight(20, _job.Escrow with { Claims = 1, Claimed = claim.Segments }, claim));
        Assert.Empty(state.News().Receipts);
        Assert.Empty(state.News().Over);

        state = state.Sees(PaidJob.Sight(60, _job.Escrow with { Claims = 1, Claimed = claim.Segments }, _job.Receipt(ClaimVerdict.Accepted)));
        Assert.Equal(new Amount(7), Assert.Single(state.News().Receipts).Paid);
        Assert.Empty(state.News().Over);
        state = state with { Settled = state.News().Receipts };
        state = state.Sees(PaidJob.Sight(61, new JobReceipt(_job.Escrow.Id, _job.Escrow.Client, 1, Amount.FromVid(1), new Amount(7), new Amount(1), Amount.Zero, 61)));

        Assert.Empty(state.News().Receipts);
        Assert.Equal(_job.Escrow.Id, Assert.Single(state.News().Over));
    }

    [Fact]
    public void Who_was_found_cheating_claims_nothing_more_of_the_job()
    {
        var state = _job.Done(0, 1).Sees(PaidJob.Sight(60, _job.Escrow with { Claims = 1, Deadline = 70 }, _job.Receipt(ClaimVerdict.Rejected)));

        Assert.Empty(state.Due().Calls);
    }

    [Fact]
    public void What_was_signed_for_is_known_after_a_restart()
    {
        using var folder = new TemporaryFolder();
        var time = new ManualTime();
        var state = _job.Done(0, 2);
        var word = _job.Word(state, 0, 2);
        using (var file = EventJournal.Open(Path.Combine(folder.Path, "earnings.db"), time))
        {
            var journal = new EarningsJournal(file);
            journal.Opened(_job.Escrow);
            journal.Holds(_job.Held(0, 2));
            journal.Holds(_job.Held(2, 0));
            journal.Acknowledged(_job.Escrow.Id, EarningsMessages.ToWire(word));
            journal.Settled(_job.Receipt(ClaimVerdict.Accepted));
        }

        using var again = EventJournal.Open(Path.Combine(folder.Path, "earnings.db"), time);
        var restored = new EarningsJournal(again).Load(_job.State());

        var job = restored.Jobs[_job.Escrow.Id];
        Assert.Equal([0, 2], job.Held.Keys);
        Assert.Equal(word.Work, job.Word);
        Assert.Equal<IEnumerable<SignedResult>>(state.Jobs[_job.Escrow.Id].Held[2].Results, job.Held[2].Results);
        Assert.Equal(new Amount(7), Assert.Single(restored.Settled).Paid);
        Assert.IsType<ContractOperation.PostClaim>(Assert.Single(restored.Due().Calls).Operation);
    }
}
