using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Consensus;

/// <summary>Four honest nodes whose messages, verdicts and timeouts come in any order, some twice.</summary>
public sealed class AgreementTests
{
    private const int MostInputs = 400;

    [Fact]
    public void In_whatever_order_things_come_no_two_nodes_take_different_blocks_for_final_and_nobody_is_accused() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var finals = Run(new Random(seed)).Distinct().ToList();
            return finals.Count <= 1;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));

    // Timeouts that come before everything else keep a height open for long; that enough of the orders end in a block is what makes the property above say something.
    [Fact]
    public void In_many_orders_a_block_becomes_final() =>
        Assert.InRange(Enumerable.Range(0, 20).Count(seed => Run(new Random(seed)).Count > 0), 5, 20);

    private static List<Hash256> Run(Random random)
    {
        FourVoters[] nodes = [.. Enumerable.Range(0, 4).Select(index => new FourVoters(index))];
        List<(int To, ConsensusInput Input)> pending = [.. nodes.Select((_, index) => (index, (ConsensusInput)new ConsensusInput.BlockDue(FourVoters.Height)))];
        var finals = new List<Hash256>();
        for (var inputs = 0; inputs < MostInputs && pending.Count > 0; inputs++)
        {
            // a timeout is as likely as any message: nothing is known about time
            var next = random.Next(pending.Count);
            var (to, input) = pending[next];
            if (random.Next(10) > 0)
            {
                pending.RemoveAt(next);
            }

            nodes[to].Feed(input);
            Assert.Null(nodes[to].Accusation);
            Assert.Null(nodes[to].Effects.OfType<ConsensusEffect.Refuse>().Select(effect => (ConsensusRefusal?)effect.Reason).FirstOrDefault(reason => reason!.Value.IsHostile()));
            if (nodes[to].Final is { } final)
            {
                finals.Add(final.Certificate.Block);
            }

            pending.AddRange(nodes[to].Effects.SelectMany(effect => Consequences(to, effect)));
        }

        return finals;
    }

    private static IEnumerable<(int To, ConsensusInput Input)> Consequences(int node, ConsensusEffect effect) => effect switch
    {
        ConsensusEffect.PersistThenSend { Message: ConsensusMessage.OfVote { Vote: var vote } } => Others(node).Select(to => (to, (ConsensusInput)new ConsensusInput.VoteReceived(vote.Voter, vote))),
        ConsensusEffect.PersistThenSend { Message: ConsensusMessage.OfProposal { Proposal: var proposal } } =>
            Others(node).Select(to => (to, (ConsensusInput)new ConsensusInput.ProposalReceived(proposal.Proposer, proposal))),
        ConsensusEffect.Build build => [(node, new ConsensusInput.BlockBuilt(build.Height, build.Round, FourVoters.Header(build.Round).Encode()))],
        ConsensusEffect.Judge judge => [(node, new ConsensusInput.BlockJudged(judge.Height, judge.Block, new BlockVerdict.Accepted()))],
        ConsensusEffect.Schedule schedule => [(node, new ConsensusInput.TimedOut(schedule.Timeout))],
        _ => [],
    };

    private static IEnumerable<int> Others(int node) => Enumerable.Range(0, 4).Where(other => other != node);
}
