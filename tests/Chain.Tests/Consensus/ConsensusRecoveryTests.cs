using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Consensus;

/// <summary>Crashes, losses and latecomers.</summary>
public sealed class ConsensusRecoveryTests
{
    private static readonly Hash256 Block0 = FourVoters.Header(0).Hash;
    private static readonly Hash256 Block1 = FourVoters.Header(1).Hash;

    [Fact]
    public void After_a_crash_the_same_bytes_are_sent_again_and_nothing_else_is_signed()
    {
        var before = FourVoters.Begun().Hears(FourVoters.Proposal(0, FourVoters.Header(0))).Accepts(Block0);
        var vote = Assert.Single(before.Votes);

        var after = before.Restarted();

        Assert.Equal([new ConsensusMessage.OfVote(vote)], after.Effects.OfType<ConsensusEffect.SendAgain>().Select(again => again.Message));
        after.BlockDue().TimesOut(0, ConsensusPhase.Propose).Hears(FourVoters.Proposal(0, FourVoters.Header(0, "another")));
        Assert.Empty(after.Votes);
        Assert.Equal(ConsensusPhase.Prevote, after.State.Phase);
    }

    [Fact]
    public void A_proposal_survives_a_crash()
    {
        var before = new FourVoters(FourVoters.IndexOfProposer(0)).BlockDue().Feed(new ConsensusInput.BlockBuilt(FourVoters.Height, 0, FourVoters.Header(0).Encode()));
        var proposed = before.Proposals.Single().Encode();
        before.Records.RemoveAt(1);

        var after = before.Restarted();

        var again = Assert.IsType<ConsensusMessage.OfProposal>(Assert.Single(after.Effects.OfType<ConsensusEffect.SendAgain>()).Message);
        Assert.Equal(proposed, again.Proposal.Encode());
        Assert.Empty(after.Effects.OfType<ConsensusEffect.Build>());
        Assert.Equal(Block0, Assert.Single(after.Accepts(Block0).Votes).Block);
    }

    [Fact]
    public void The_lock_is_durable_before_the_precommit_goes_out()
    {
        var node = Locked();

        Assert.Equal(new RoundBlock(0, Block0), node.Records[^1].Locked);
        Assert.Equal(new SigningPlace(FourVoters.Height, 0, SigningStep.Precommit), node.Records[^1].Place);
    }

    [Fact]
    public void A_lock_survives_a_crash_and_can_be_shown_to_others()
    {
        var after = Locked().Restarted();
        Assert.Equal(new RoundBlock(0, Block0), after.State.Locked);

        after.Hears(3, 0, VoteStep.Precommit, null).TimesOut(0, ConsensusPhase.Precommit);
        Assert.Null(after.Hears(FourVoters.Proposal(1, FourVoters.Header(1))).Accepts(Block1).Votes[^1].Block);

        // a node that saw nothing of round 0 gets the prevotes of the valid round
        var asks = new ConsensusStatus(FourVoters.Height, 1, [new ConsensusStatus.Holding(0, false, false, 0, 0)]);
        after.Feed(new ConsensusInput.StatusReceived(default, asks));
        var answer = Assert.Single(after.Effects.OfType<ConsensusEffect.Answer>()).Messages;
        Assert.Equal(3, answer.OfType<ConsensusMessage.OfVote>().Count(message => message.Vote is { Round: 0, Step: VoteStep.Prevote } vote && vote.Block == Block0));
    }

    [Fact]
    public void A_restarted_node_can_bring_others_into_its_round()
    {
        var ahead = FourVoters.Begun().Hears(3, 0, VoteStep.Precommit, null).TimesOut(0, ConsensusPhase.Precommit).TimesOut(1, ConsensusPhase.Propose).Restarted();
        Assert.Equal(1u, ahead.State.Round);
        var behind = new FourVoters(FourVoters.IndexOfProposer(2)).BlockDue();

        behind.Feed(new ConsensusInput.StatusDue());
        ahead.Feed(new ConsensusInput.StatusReceived(default, behind.Effects.OfType<ConsensusEffect.TellStatus>().Single().Status));
        foreach (var message in ahead.Effects.OfType<ConsensusEffect.Answer>().Single().Messages.OfType<ConsensusMessage.OfVote>())
        {
            behind.Hears(message.Vote);
        }

        Assert.Equal(1u, behind.TimesOut(0, ConsensusPhase.Precommit).State.Round);
    }

    [Fact]
    public void A_record_of_a_later_height_forbids_to_sign_at_this_one()
    {
        var record = new ConsensusRecord(new SigningPlace(FourVoters.Height + 1, 0, SigningStep.Prevote), null, null, default, null, []);

        var node = new FourVoters(0, record).BlockDue().TimesOut(0, ConsensusPhase.Propose);

        Assert.Equal(ConsensusPhase.Prevote, node.State.Phase);
        Assert.Empty(node.Votes);
    }

    [Fact]
    public void A_vote_of_its_own_that_it_does_not_remember_keeps_it_from_signing_another()
    {
        var node = FourVoters.Begun();

        node.Hears(FourVoters.Vote(node.Self!.Value, 0, VoteStep.Prevote, Block0)).TimesOut(0, ConsensusPhase.Propose);

        Assert.Empty(node.Votes);
        Assert.Null(node.Accusation);
    }

    [Fact]
    public void A_node_on_the_height_before_gets_the_final_block()
    {
        var node = ConsensusReceivingTests.Finished(FourVoters.Begun());
        var final = node.Final;
        var status = new ConsensusStatus(FourVoters.Height, 0, []);
        ConsensusMessage expected = new ConsensusMessage.OfFinal(final!);

        node.Feed(new ConsensusInput.StatusReceived(default, status));
        Assert.Equal(expected, Assert.Single(node.Effects.OfType<ConsensusEffect.Answer>().Single().Messages));

        node.Feed(new ConsensusInput.HeightStarted(FourVoters.Context(FourVoters.Height + 1))).Feed(new ConsensusInput.StatusReceived(default, status));
        Assert.Equal(expected, Assert.Single(node.Effects.OfType<ConsensusEffect.Answer>().Single().Messages));

        node.Feed(new ConsensusInput.StatusReceived(default, status with { Height = 3 }));
        Assert.Equal(new ConsensusEffect.HelpPeer(default, 3), Assert.Single(node.Effects));
        node.Feed(new ConsensusInput.StatusReceived(default, status with { Height = 30 }));
        Assert.Equal(new ConsensusEffect.CatchUp(default, FourVoters.Height + 1), Assert.Single(node.Effects));
    }

    [Fact]
    public void Who_was_shown_another_vote_gets_the_whole_quorum()
    {
        var knows = FourVoters.Begun().Hears(FourVoters.Proposal(0, FourVoters.Header(0))).Accepts(Block0).Hears(2, 0, VoteStep.Prevote, Block0);
        var allHeard = new ConsensusStatus.Holding(0, HasProposal: true, HasPolka: false, Prevotes: 15, Precommits: 15);

        knows.Feed(new ConsensusInput.StatusReceived(default, new ConsensusStatus(FourVoters.Height, 0, [allHeard])));
        Assert.Equal(3, knows.Effects.OfType<ConsensusEffect.Answer>().Single().Messages.Length);

        knows.Feed(new ConsensusInput.StatusReceived(default, new ConsensusStatus(FourVoters.Height, 0, [allHeard with { HasPolka = true }])));
        Assert.Empty(knows.Effects);
    }

    [Fact]
    public void Records_and_statuses_are_read_as_they_are_written()
    {
        var record = Locked().Records[^1];
        Assert.Equal(record.Encode(), ConsensusRecord.Decode(record.Encode()).Encode());
        Assert.Throws<RlpException>(() => ConsensusRecord.Decode(record.Encode().AsSpan(1)));
        Assert.Throws<RlpException>(() => ConsensusRecord.Decode(record.Encode().AsSpan()[..^1]));

        var status = new ConsensusStatus(9, 3, [new(3, true, false, UInt128.MaxValue, 1), new(1, false, true, 0, 5)]);
        var read = ConsensusStatus.Decode(status.Encode());
        Assert.Equal((status.Height, status.Round), (read.Height, read.Round));
        Assert.Equal(status.Rounds.AsEnumerable(), read.Rounds.AsEnumerable());
        Assert.True(new ConsensusStatus(ulong.MaxValue, uint.MaxValue, [.. Enumerable.Repeat(new ConsensusStatus.Holding(uint.MaxValue, true, true, UInt128.MaxValue, UInt128.MaxValue), 4)])
            .Encode().Length <= ConsensusStatus.MaxBytes);
        Assert.Throws<RlpException>(() => ConsensusStatus.Decode(new ConsensusStatus(1, 1, [.. new ConsensusStatus.Holding[5]]).Encode()));
    }

    private static FourVoters Locked()
    {
        var node = FourVoters.Begun().Hears(FourVoters.Proposal(0, FourVoters.Header(0))).Accepts(Block0).Hears(2, 0, VoteStep.Prevote, Block0);
        Assert.Equal(new RoundBlock(0, Block0), node.State.Locked);
        return node;
    }
}
