using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Consensus;

/// <summary>Algorithm 1 of arXiv 1807.04938, a story a rule.</summary>
public sealed class ConsensusMachineTests
{
    private static readonly Hash256 Block0 = FourVoters.Header(0).Hash;
    private static readonly Hash256 Block1 = FourVoters.Header(1).Hash;

    [Fact]
    public void The_proposer_builds_a_block_and_proposes_it_once()
    {
        var node = new FourVoters(FourVoters.IndexOfProposer(0)).BlockDue();
        var build = Assert.Single(node.Effects.OfType<ConsensusEffect.Build>());
        Assert.Equal((FourVoters.Height, 0u), (build.Height, build.Round));

        node.Feed(new ConsensusInput.BlockBuilt(FourVoters.Height, 0, FourVoters.Header(0).Encode()));
        node.Feed(new ConsensusInput.BlockBuilt(FourVoters.Height, 0, FourVoters.Header(0, "another").Encode()));

        Assert.Equal(Block0, Assert.Single(node.Proposals).Block);
        Assert.Equal(Block0, Assert.Single(node.Votes).Block);
    }

    [Fact]
    public void A_block_is_final_with_three_of_four_precommits()
    {
        var node = Locked(FourVoters.Begun());

        Assert.Null(node.Hears(1, 0, VoteStep.Precommit, Block0).Final);
        node.Hears(FourVoters.Vote(node.Others.ElementAt(1), 0, VoteStep.Precommit, Block0));

        Assert.NotNull(node.Final);
        Assert.Null(node.Final.Certificate.Check(FourVoters.ChainId, FourVoters.Voters));
        Assert.Equal(3, node.Final.Certificate.Precommits.Length);
        Assert.Equal(ConsensusPhase.Final, node.State.Phase);
    }

    [Fact]
    public void What_is_refused_or_cannot_be_had_gets_a_prevote_for_none()
    {
        Assert.All<BlockVerdict>([new BlockVerdict.Refused("WrongStateRoot"), new BlockVerdict.Unavailable(), new BlockVerdict.Untimely()], verdict =>
        {
            var node = FourVoters.Begun().Hears(FourVoters.Proposal(0, FourVoters.Header(0)));
            Assert.Single(node.Effects.OfType<ConsensusEffect.Judge>());

            Assert.Null(Assert.Single(node.Judges(Block0, verdict).Votes).Block);
        });
    }

    [Fact]
    public void What_a_quorum_found_timely_is_precommitted_by_a_slow_clock_too()
    {
        var node = FourVoters.Begun().Hears(FourVoters.Proposal(0, FourVoters.Header(0))).Judges(Block0, new BlockVerdict.Untimely());

        node.Hears(3, 0, VoteStep.Prevote, Block0);

        Assert.Equal([null, Block0], node.Votes.Select(vote => vote.Block));
    }

    [Fact]
    public void An_unavailable_block_is_asked_for_again_when_a_quorum_has_it()
    {
        var node = FourVoters.Begun().Hears(FourVoters.Proposal(0, FourVoters.Header(0))).Judges(Block0, new BlockVerdict.Unavailable());

        node.Hears(2, 0, VoteStep.Prevote, Block0);
        Assert.Empty(node.Effects.OfType<ConsensusEffect.Judge>());
        node.Hears(FourVoters.Vote(node.Others.Last(), 0, VoteStep.Prevote, Block0));
        Assert.Single(node.Effects.OfType<ConsensusEffect.Judge>());

        Assert.Equal(Block0, node.Accepts(Block0).Votes[^1].Block);
    }

    [Fact]
    public void Without_a_proposal_in_time_it_prevotes_for_none_and_then_precommits_for_none()
    {
        var node = FourVoters.Begun();
        Assert.Equal([new ConsensusTimeout(FourVoters.Height, 0, ConsensusPhase.Propose)], node.Timers);

        node.TimesOut(0, ConsensusPhase.Propose);
        node.Hears(2, 0, VoteStep.Prevote, null);

        Assert.Equal([(VoteStep.Prevote, null), (VoteStep.Precommit, null)], node.Votes.Select(vote => (vote.Step, vote.Block)));
    }

    [Fact]
    public void Divided_prevotes_are_given_a_time_and_then_up()
    {
        var node = FourVoters.Begun().TimesOut(0, ConsensusPhase.Propose);

        node.Hears(FourVoters.Vote(node.Others.First(), 0, VoteStep.Prevote, Block0));
        Assert.Empty(node.Timers);
        node.Hears(FourVoters.Vote(node.Others.ElementAt(1), 0, VoteStep.Prevote, Block0));
        Assert.Equal([new ConsensusTimeout(FourVoters.Height, 0, ConsensusPhase.Prevote)], node.Timers);
        Assert.Single(node.Votes);

        Assert.Null(node.TimesOut(0, ConsensusPhase.Prevote).Votes[^1].Block);
    }

    [Fact]
    public void Even_unanimous_precommits_for_none_are_given_their_time()
    {
        var node = FourVoters.Begun().Hears(3, 0, VoteStep.Precommit, null);
        Assert.Equal(0u, node.State.Round);

        node.TimesOut(0, ConsensusPhase.Precommit);

        Assert.Equal((1u, ConsensusPhase.Propose), (node.State.Round, node.State.Phase));
        Assert.Equal([new ConsensusTimeout(FourVoters.Height, 1, ConsensusPhase.Propose)], node.Timers);
    }

    [Fact]
    public void Later_rounds_last_longer_up_to_a_limit()
    {
        var timeouts = new ConsensusTimeouts(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10));

        Assert.Equal([3, 5, 7, 9, 10, 10], Enumerable.Range(0, 6).Select(round => (int)timeouts.Of(ConsensusPhase.Propose, (uint)round).TotalSeconds));
        Assert.Equal(TimeSpan.FromSeconds(10), timeouts.Of(ConsensusPhase.Precommit, uint.MaxValue));
    }

    [Fact]
    public void A_locked_node_prevotes_no_new_block()
    {
        var node = NextRound(Locked(FourVoters.Begun()), 0);

        node.Hears(FourVoters.Proposal(1, FourVoters.Header(1))).Accepts(Block1);

        Assert.Null(node.Votes[^1].Block);
        Assert.Equal(new RoundBlock(0, Block0), node.State.Locked);
    }

    [Fact]
    public void A_locked_node_prevotes_its_own_block_again()
    {
        var node = NextRound(Locked(FourVoters.Begun()), 0);

        node.Hears(FourVoters.Proposal(1, FourVoters.Header(0), validRound: 0));

        Assert.Equal((1u, Block0), (node.Votes[^1].Round, node.Votes[^1].Block));
    }

    [Fact]
    public void A_later_quorum_unlocks()
    {
        // locked on block 0 in round 0; the others prevote block 1 in round 1, which comes too late for this node's own precommit
        var node = NextRound(Locked(FourVoters.Begun()), 0);
        node.Hears(FourVoters.Proposal(1, FourVoters.Header(1))).Accepts(Block1);
        node.Hears(2, 1, VoteStep.Precommit, null).Hears(FourVoters.Vote(node.Others.Last(), 1, VoteStep.Precommit, null)).TimesOut(1, ConsensusPhase.Precommit);
        node.Hears(FourVoters.Proposal(2, FourVoters.Header(1), validRound: 1));
        Assert.Equal(ConsensusPhase.Propose, node.State.Phase);

        node.Hears(3, 1, VoteStep.Prevote, Block1);

        Assert.Equal((2u, Block1), (node.Votes[^1].Round, node.Votes[^1].Block));
    }

    [Fact]
    public void An_older_quorum_does_not_unlock()
    {
        // block 0 had its quorum in round 0, unseen; this node is locked on block 1 since round 1
        var node = FourVoters.Begun().Hears(FourVoters.Proposal(0, FourVoters.Header(0))).Judges(Block0, new BlockVerdict.Unavailable());
        NextRound(node, 0).Hears(FourVoters.Proposal(1, FourVoters.Header(1))).Accepts(Block1).Hears(3, 1, VoteStep.Prevote, Block1);
        Assert.Equal(new RoundBlock(1, Block1), node.State.Locked);
        NextRound(node, 1).Hears(FourVoters.Proposal(2, FourVoters.Header(0), validRound: 0)).Accepts(Block0);

        node.Hears(3, 0, VoteStep.Prevote, Block0);

        Assert.Equal((2u, (Hash256?)null), (node.Votes[^1].Round, node.Votes[^1].Block));
    }

    [Fact]
    public void A_valid_round_is_believed_only_when_its_prevotes_are_seen()
    {
        var node = NextRound(FourVoters.Begun(), 0).Hears(FourVoters.Proposal(1, FourVoters.Header(0), validRound: 0)).Accepts(Block0);
        node.Hears(2, 0, VoteStep.Prevote, Block0);
        Assert.Empty(node.Votes);

        node.Hears(FourVoters.Vote(node.Others.Last(), 0, VoteStep.Prevote, Block0));

        Assert.Equal(Block0, Assert.Single(node.Votes).Block);
    }

    [Fact]
    public void A_proposer_proposes_the_valid_block_with_its_round()
    {
        var node = new FourVoters(FourVoters.IndexOfProposer(1)).BlockDue();

        NextRound(Locked(node), 0);

        var proposal = Assert.Single(node.Proposals);
        Assert.Equal((1u, 0u, Block0), (proposal.Round, proposal.ValidRound, proposal.Block));
        Assert.Equal(Block0, node.Votes[^1].Block);
    }

    [Fact]
    public void A_quorum_that_comes_late_makes_the_block_valid_without_a_lock()
    {
        var node = FourVoters.Begun().Hears(FourVoters.Proposal(0, FourVoters.Header(0))).Accepts(Block0);
        NextRound(node, 0);

        node.Hears(2, 0, VoteStep.Prevote, Block0);

        Assert.Equal(new RoundBlock(0, Block0), node.State.Valid);
        Assert.Null(node.State.Locked);
    }

    [Fact]
    public void More_than_a_third_in_later_rounds_take_a_node_along()
    {
        var node = FourVoters.Begun();
        node.Hears(FourVoters.Vote(node.Others.First(), 900, VoteStep.Prevote, null));
        Assert.Equal(0u, node.State.Round);

        node.Hears(FourVoters.Vote(node.Others.Last(), 3, VoteStep.Prevote, null));

        Assert.Equal(3u, node.State.Round);
    }

    [Fact]
    public void A_waiting_node_begins_when_the_proposer_or_more_than_a_third_have_begun()
    {
        var told = new FourVoters(FourVoters.IndexOfProposer(3));
        Assert.Equal(ConsensusPhase.Waiting, told.State.Phase);
        Assert.Equal(ConsensusPhase.Propose, told.Hears(FourVoters.Proposal(0, FourVoters.Header(0))).State.Phase);

        var overtaken = new FourVoters(FourVoters.IndexOfProposer(3)).Hears(2, 0, VoteStep.Prevote, null);
        Assert.Equal(ConsensusPhase.Propose, overtaken.State.Phase);
    }

    [Fact]
    public void A_certificate_ends_the_height_whatever_the_round()
    {
        var node = NextRound(NextRound(FourVoters.Begun(), 0), 1);
        var header = FourVoters.Header(0);
        var votes = Enumerable.Range(0, 3).Select(voter => FourVoters.Vote(voter, 0, VoteStep.Precommit, header.Hash)).ToList();
        var final = new FinalBlock(header.Encode(), CommitCertificate.Of(FourVoters.Height, 0, header.Hash, votes, FourVoters.Voters));
        var tooFew = final with { Certificate = final.Certificate with { Precommits = final.Certificate.Precommits[..2] } };
        var another = final with { HeaderBytes = FourVoters.Header(0, "another").Encode() };

        Assert.Equal(ConsensusRefusal.InvalidCertificate, node.Feed(new ConsensusInput.FinalReceived(default, tooFew)).Refusal);
        Assert.Equal(ConsensusRefusal.InvalidCertificate, node.Feed(new ConsensusInput.FinalReceived(default, another)).Refusal);
        Assert.Equal(header.Hash, node.Feed(new ConsensusInput.FinalReceived(default, FinalBlock.Decode(final.Encode()))).Final?.Certificate.Block);
        Assert.Equal(ConsensusRefusal.OldHeight, node.Feed(new ConsensusInput.FinalReceived(default, final)).Refusal);
    }

    [Fact]
    public void Precommits_of_an_earlier_round_finish_the_height_as_soon_as_the_block_is_known()
    {
        var node = NextRound(FourVoters.Begun(), 0);
        Assert.Null(node.Hears(3, 0, VoteStep.Precommit, Block0).Final);

        Assert.NotNull(node.Hears(FourVoters.Proposal(0, FourVoters.Header(0))).Final);
    }

    [Fact]
    public void Who_only_follows_signs_nothing_and_learns_all()
    {
        var node = new FourVoters(self: null).BlockDue().Hears(FourVoters.Proposal(0, FourVoters.Header(0))).Accepts(Block0);

        node.Hears(3, 0, VoteStep.Prevote, Block0).Hears(3, 0, VoteStep.Precommit, Block0);

        Assert.NotNull(node.Final);
        Assert.Empty(node.Records);
    }

    private static FourVoters Locked(FourVoters node)
    {
        node.Hears(FourVoters.Proposal(0, FourVoters.Header(0))).Accepts(Block0).Hears(2, 0, VoteStep.Prevote, Block0);
        Assert.Equal(new RoundBlock(0, Block0), node.State.Locked);
        return node;
    }

    private static FourVoters NextRound(FourVoters node, uint round) => node.Hears(3, round, VoteStep.Precommit, null).TimesOut(round, ConsensusPhase.Precommit);
}
