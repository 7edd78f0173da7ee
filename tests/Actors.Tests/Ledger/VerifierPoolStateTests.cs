using VideoMesh.Actors.VerifierPool;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Tests.Blocks;

namespace VideoMesh.Actors.Tests.Ledger;

public sealed class VerifierPoolStateTests
{
    private static readonly VerifierPoolOptions s_options = new() { BlockInterval = TimeSpan.FromSeconds(1), IdleInterval = TimeSpan.FromSeconds(30), AwayAfter = TimeSpan.FromSeconds(5) };
    private static readonly VoterSet s_voters = VotersOf(1, 2, 3, 4);
    private static readonly TimeSpan s_began = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_ended = TimeSpan.FromSeconds(10.2);

    [Fact]
    public void A_full_block_is_due_at_once_some_work_after_the_interval_and_nothing_at_the_slow_beat()
    {
        var height = new VerifierPoolState(s_options).BeginHeight(BlockWork.Some, s_voters, TimeSpan.Zero).Begin(s_began);

        Assert.Equal(s_ended, height.BeginHeight(BlockWork.FullBlock, s_voters, s_ended).Due);
        Assert.Equal(s_began + s_options.BlockInterval, height.BeginHeight(BlockWork.Some, s_voters, s_ended).Due);
        Assert.Equal(s_began + s_options.IdleInterval, height.BeginHeight(BlockWork.None, s_voters, s_ended).Due);
        Assert.Equal(s_ended, height.BeginHeight(BlockWork.None, s_voters, s_ended).With(BlockWork.FullBlock).Due);
    }

    [Fact]
    public void Only_voters_are_remembered_however_many_strangers_talk()
    {
        var state = Enumerable.Range(1, 100).Aggregate(
            new VerifierPoolState(s_options).BeginHeight(BlockWork.None, s_voters, TimeSpan.Zero), (state, number) => state.Hear(TestChain.Key(number).Address, s_voters, s_began));

        Assert.Equal(4, state.Heard.Count);
        Assert.Equal(4, state.Present(s_voters, self: null, s_ended).Count());
        Assert.Empty(state.Present(s_voters, self: null, s_began + (2 * s_options.AwayAfter)));
        Assert.Equal([TestChain.Key(2).Address], state.BeginHeight(BlockWork.None, VotersOf(2, 5), s_ended).Heard.Keys);
        Assert.Empty(new VerifierPoolState(s_options).Hear(TestChain.Key(1).Address, voters: null, s_began).Heard);
    }

    private static VoterSet VotersOf(params int[] keys) => new([.. keys.Select(key => new Voter(TestChain.Key(key).Address, new Amount(1)))]);
}
