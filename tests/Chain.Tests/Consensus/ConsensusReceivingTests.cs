using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Tests.Primitives;

namespace VideoMesh.Chain.Tests.Consensus;

/// <summary>What strangers may say, and what they are told.</summary>
public sealed class ConsensusReceivingTests
{
    private static readonly Hash256 Block0 = FourVoters.Header(0).Hash;

    [Fact]
    public void Refuses_votes_by_name()
    {
        using var stranger = A.Key(99);
        var node = FourVoters.Begun();
        var other = node.Others.First();
        var vote = FourVoters.Vote(other, 0, VoteStep.Prevote, Block0);

        Assert.Equal(ConsensusRefusal.NotAVoter, node.Hears(Vote.Sign(FourVoters.ChainId, FourVoters.Height, 0, VoteStep.Prevote, null, stranger)).Refusal);
        Assert.Equal(ConsensusRefusal.WrongSignature, node.Hears(vote with { Round = 1 }).Refusal);
        Assert.Equal(ConsensusRefusal.WrongSignature, node.Hears(Vote.Sign("elsewhere", FourVoters.Height, 0, VoteStep.Prevote, null, FourVoters.Keys[other])).Refusal);
        Assert.Equal(ConsensusRefusal.FutureHeight, node.Hears(FourVoters.Vote(other, 0, VoteStep.Prevote, null, FourVoters.Height + 1)).Refusal);
        Assert.Equal(ConsensusRefusal.OldHeight, node.Hears(FourVoters.Vote(other, 0, VoteStep.Prevote, null, FourVoters.Height - 1)).Refusal);
        Assert.Null(node.Hears(vote).Refusal);
        Assert.Equal(ConsensusRefusal.Duplicate, node.Hears(vote).Refusal);
    }

    [Fact]
    public void Refuses_proposals_by_name()
    {
        var node = FourVoters.Begun();
        var proposal = FourVoters.Proposal(0, FourVoters.Header(0));
        var usurper = FourVoters.Keys[FourVoters.IndexOfProposer(1)];

        Assert.Equal(ConsensusRefusal.NotTheProposer, node.Hears(Proposal.Sign(FourVoters.ChainId, FourVoters.Height, 0, null, proposal.HeaderBytes, usurper)).Refusal);
        Assert.Equal(ConsensusRefusal.WrongSignature, node.Hears(proposal with { HeaderBytes = FourVoters.Header(0, "another").Encode() }).Refusal);
        Assert.Equal(ConsensusRefusal.FutureRound, node.Hears(proposal with { Round = 5 }).Refusal);
        Assert.Equal(ConsensusRefusal.FutureHeight, node.Hears(proposal with { Height = 8 }).Refusal);
        Assert.Equal(ConsensusRefusal.OldHeight, node.Hears(proposal with { Height = 6 }).Refusal);
        Assert.Null(node.Hears(proposal).Refusal);
        Assert.Equal(ConsensusRefusal.Duplicate, node.Hears(proposal).Refusal);
    }

    [Fact]
    public void Every_refusal_has_its_sentence_and_only_lies_are_hostile()
    {
        var all = Enum.GetValues<ConsensusRefusal>();

        Assert.Equal(all.Length, all.Select(reason => reason.Sentence()).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(
            [ConsensusRefusal.NotAVoter, ConsensusRefusal.NotTheProposer, ConsensusRefusal.WrongSignature, ConsensusRefusal.InvalidCertificate],
            all.Where(reason => reason.IsHostile()));
    }

    [Fact]
    public void Two_votes_of_one_step_are_shown_and_count_for_both_blocks_but_once_in_all()
    {
        var node = FourVoters.Begun();
        var liar = node.Others.First();
        var (first, second) = (FourVoters.Vote(liar, 0, VoteStep.Prevote, Block0), FourVoters.Vote(liar, 0, VoteStep.Prevote, null));

        Assert.Null(node.Hears(first).Accusation);
        Assert.Equal(new Misbehaviour.TwoVotes(first, second), node.Hears(second).Accusation);

        var held = node.State.Rounds[0].Prevotes;
        Assert.Equal(held.Power, held.PowerFor(Block0));
        Assert.Equal(held.Power, held.PowerFor(null));
    }

    [Fact]
    public void A_third_vote_is_surplus_until_more_than_a_third_stand_behind_its_block()
    {
        var node = FourVoters.Begun();
        var others = node.Others.ToList();
        var third = FourVoters.Vote(others[0], 0, VoteStep.Prevote, Block0);
        node.Hears(FourVoters.Vote(others[0], 0, VoteStep.Prevote, null)).Hears(FourVoters.Vote(others[0], 0, VoteStep.Prevote, Keccak.Hash("a"u8)));
        Assert.Equal(ConsensusRefusal.Surplus, node.Hears(third).Refusal);

        node.Hears(FourVoters.Vote(others[1], 0, VoteStep.Prevote, Block0)).Hears(FourVoters.Vote(others[2], 0, VoteStep.Prevote, Block0));

        Assert.Null(node.Hears(third).Refusal);
        Assert.Equal(3 * (UInt128)Amount.FromVid(1000).Nano, node.State.Rounds[0].Prevotes.PowerFor(Block0));
    }

    [Fact]
    public void Two_proposals_of_one_round_are_shown_and_a_third_is_surplus()
    {
        var node = FourVoters.Begun();
        var (first, second) = (FourVoters.Proposal(0, FourVoters.Header(0)), FourVoters.Proposal(0, FourVoters.Header(0, "second")));

        Assert.Equal(new Misbehaviour.TwoProposals(first, second), node.Hears(first).Hears(second).Accusation);
        Assert.Equal(ConsensusRefusal.Surplus, node.Hears(FourVoters.Proposal(0, FourVoters.Header(0, "third"))).Refusal);
    }

    [Fact]
    public void A_signed_proposal_that_holds_no_header_is_shown_and_prevoted_down()
    {
        var node = FourVoters.Begun();
        var proposal = FourVoters.ProposalOf(0, [1, 2, 3]);

        Assert.Equal(new Misbehaviour.UnreadableProposal(proposal), node.Hears(proposal).Accusation);
        Assert.Null(Assert.Single(node.Votes).Block);
    }

    [Fact]
    public void A_header_that_cannot_belong_here_is_prevoted_down_without_being_fetched()
    {
        var header = FourVoters.Header(0);
        var expected = new Dictionary<ProposalRefusal, Proposal>
        {
            [ProposalRefusal.WrongChain] = FourVoters.Proposal(0, header with { ChainId = "elsewhere" }),
            [ProposalRefusal.WrongHeight] = FourVoters.Proposal(0, header with { Height = 8 }),
            [ProposalRefusal.WrongParent] = FourVoters.Proposal(0, header with { ParentHash = default }),
            [ProposalRefusal.WrongVoters] = FourVoters.Proposal(0, header with { VotersHash = default }),
            [ProposalRefusal.WrongRound] = FourVoters.Proposal(0, header with { Round = 1 }),
            [ProposalRefusal.WrongAuthor] = FourVoters.Proposal(0, header with { Author = FourVoters.Order.Of(1) }),
        };
        Assert.All(expected, pair =>
        {
            var node = FourVoters.Begun().Hears(pair.Value);

            Assert.Equal(new BlockVerdict.Refused(pair.Key.ToString()), node.State.Blocks[pair.Value.Block].Verdict);
            Assert.Empty(node.Effects.OfType<ConsensusEffect.Judge>());
            Assert.Null(Assert.Single(node.Votes).Block);
            Assert.Null(node.Accusation);
        });
    }

    [Fact]
    public void A_block_made_after_its_valid_round_cannot_have_been_valid_in_it()
    {
        var late = FourVoters.Proposal(2, FourVoters.Header(1), validRound: 0);

        Assert.Equal(ProposalRefusal.WrongRound, ProposalRules.Check(late, FourVoters.Header(1), FourVoters.ChainId, FourVoters.Context()));
        Assert.Null(ProposalRules.Check(late with { ValidRound = 1 }, FourVoters.Header(1), FourVoters.ChainId, FourVoters.Context()));
    }

    [Fact]
    public void Rounds_far_ahead_cost_one_vote_a_voter()
    {
        var node = FourVoters.Begun();
        var liar = node.Others.First();
        foreach (var round in new uint[] { 5, 1000, uint.MaxValue, 70 })
        {
            node.Hears(FourVoters.Vote(liar, round, VoteStep.Prevote, Keccak.Hash(BitConverter.GetBytes(round))));
        }

        Assert.Equal(ConsensusRefusal.Duplicate, node.Refusal);
        Assert.Empty(node.State.Rounds);
        Assert.Equal([uint.MaxValue], node.State.LatestVotes.OfType<Vote>().Select(vote => vote.Round));
        Assert.Equal(0u, node.State.Round);
    }

    [Fact]
    public void Rounds_long_over_are_forgotten()
    {
        var node = FourVoters.Begun().Hears(1, 0, VoteStep.Prevote, Block0);
        for (uint round = 0; round < 12; round++)
        {
            node.Hears(3, round, VoteStep.Precommit, null).TimesOut(round, ConsensusPhase.Precommit);
        }

        Assert.Equal(12u, node.State.Round);
        Assert.Equal(4u, node.State.Rounds.Keys.First());
        Assert.Equal(ConsensusRefusal.OldRound, node.Hears(FourVoters.Vote(node.Others.Last(), 0, VoteStep.Prevote, Block0)).Refusal);
    }

    [Fact]
    public void Late_precommits_add_to_the_certificate_of_the_height_before_and_late_lies_are_shown()
    {
        var node = Finished(FourVoters.Begun());
        var final = node.Final!;
        node.Feed(new ConsensusInput.HeightStarted(FourVoters.Context(FourVoters.Height + 1)));
        var last = node.Others.Last();
        Assert.Equal(3, final.Certificate.Precommits.Length);

        Assert.Null(node.Hears(FourVoters.Vote(last, 0, VoteStep.Precommit, Block0)).Refusal);
        Assert.Equal(4, node.State.Past!.Certificate.Precommits.Length);
        Assert.Null(node.State.Past.Certificate.Check(FourVoters.ChainId, FourVoters.Voters));

        Assert.IsType<Misbehaviour.TwoVotes>(node.Hears(FourVoters.Vote(last, 0, VoteStep.Precommit, null)).Accusation);
    }

    [Fact]
    public void Inputs_of_another_height_or_round_change_nothing()
    {
        var node = FourVoters.Begun().Hears(FourVoters.Proposal(0, FourVoters.Header(0)));
        var before = node.State;
        ConsensusInput[] stale =
        [
            new ConsensusInput.BlockDue(FourVoters.Height), new ConsensusInput.BlockDue(FourVoters.Height - 1),
            new ConsensusInput.TimedOut(new ConsensusTimeout(FourVoters.Height, 1, ConsensusPhase.Propose)),
            new ConsensusInput.TimedOut(new ConsensusTimeout(FourVoters.Height - 1, 0, ConsensusPhase.Propose)),
            new ConsensusInput.TimedOut(new ConsensusTimeout(FourVoters.Height, 0, ConsensusPhase.Prevote)),
            new ConsensusInput.BlockBuilt(FourVoters.Height, 0, FourVoters.Header(0).Encode()),
            new ConsensusInput.BlockJudged(FourVoters.Height - 1, Block0, new BlockVerdict.Accepted()),
            new ConsensusInput.BlockJudged(FourVoters.Height, Keccak.Hash("unknown"u8), new BlockVerdict.Accepted()),
            new ConsensusInput.HeightStarted(FourVoters.Context()),
        ];
        Assert.All(stale, input =>
        {
            Assert.Empty(node.Feed(input).Effects);
            Assert.Equal(before, node.State);
        });
    }

    internal static FourVoters Finished(FourVoters node)
    {
        node.Hears(FourVoters.Proposal(0, FourVoters.Header(0))).Accepts(Block0).Hears(2, 0, VoteStep.Prevote, Block0).Hears(2, 0, VoteStep.Precommit, Block0);
        Assert.NotNull(node.Final);
        return node;
    }
}
