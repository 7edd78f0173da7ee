using System.Collections.Immutable;
using VideoMesh.Actors.Client;
using VideoMesh.Actors.Market;
using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Market;

public class AssignmentTests
{
    private static readonly MarketOptions Options = new();

    [Fact]
    public void The_fastest_free_miner_gets_the_next_segment_in_play_order()
    {
        var effects = new List<AssignmentEffect>();
        AssignmentState.Create(Options)
            .MinerUp(Miner(1), slots: 1, framesPerSecond: 30)
            .MinerUp(Miner(2), slots: 1, framesPerSecond: 50)
            .AddSegment(0, 100)
            .AddSegment(1, 100)
            .Assign(TimeSpan.Zero, effects);

        Assert.Equal([Assigned(0, 1, 2), Assigned(1, 1, 1)], effects);
    }

    [Fact]
    public void A_miner_holds_one_segment_in_reserve_only_while_there_is_more_than_a_round_of_work()
    {
        var effects = new List<AssignmentEffect>();
        var state = With(miners: 1, segments: 4).Assign(TimeSpan.Zero, effects);

        Assert.Equal([Assigned(0, 1, 0), Assigned(1, 1, 0)], effects);
        effects.Clear();
        state = Deliver(state, new AttemptId(0, 1), TimeSpan.FromSeconds(1), effects);
        Assert.Contains(Assigned(2, 1, 0), effects);
        effects.Clear();
        Deliver(state, new AttemptId(1, 1), TimeSpan.FromSeconds(2), effects);
        Assert.DoesNotContain(Assigned(3, 1, 0), effects);
    }

    [Fact]
    public void A_slow_miner_gets_nothing_that_a_faster_one_would_finish_sooner()
    {
        var effects = new List<AssignmentEffect>();
        var state = AssignmentState.Create(Options).MinerUp(Miner(1), slots: 1, framesPerSecond: 5).AddSegment(0, 100).Assign(TimeSpan.Zero, effects);
        state = Deliver(state, new AttemptId(0, 1), TimeSpan.FromSeconds(20), effects);
        effects.Clear();

        state.MinerUp(Miner(2), slots: 1, framesPerSecond: 50).AddSegment(1, 100).AddSegment(2, 100).Assign(TimeSpan.FromSeconds(20), effects);

        Assert.Equal([Assigned(1, 1, 2)], effects);
    }

    [Fact]
    public void What_a_lost_miner_had_goes_to_others()
    {
        var effects = new List<AssignmentEffect>();
        var state = With(miners: 2, segments: 2).Assign(TimeSpan.Zero, effects);
        effects.Clear();
        var victim = ((AssignmentEffect.Assign)Assign(With(miners: 2, segments: 2), TimeSpan.Zero)[0]).Miner;

        state.MinerDown(victim, TimeSpan.FromSeconds(1), effects).MinerUp(Miner(7), 1, 100).Assign(TimeSpan.FromSeconds(1), effects);

        Assert.Contains(Assigned(0, 2, 7), effects);
    }

    [Fact]
    public void A_miner_that_delivers_rubbish_once_gets_no_more_work()
    {
        var effects = new List<AssignmentEffect>();
        var state = With(miners: 1, segments: 3).Assign(TimeSpan.Zero, effects);
        effects.Clear();

        state = state.Fail(new AttemptId(0, 1), AttemptFailure.WrongResult, "rubbish", TimeSpan.FromSeconds(1), effects);
        state.Assign(TimeSpan.FromSeconds(1), effects);

        Assert.DoesNotContain(effects, e => e is AssignmentEffect.Assign);
        Assert.Equal(0, state.TotalSlots);
    }

    [Fact]
    public void A_segment_that_fails_goes_to_a_miner_that_has_not_failed_it()
    {
        var effects = new List<AssignmentEffect>();
        var state = With(miners: 2, segments: 1).Assign(TimeSpan.Zero, effects);
        var first = ((AssignmentEffect.Assign)effects[0]).Miner;
        effects.Clear();

        state.Fail(new AttemptId(0, 1), AttemptFailure.MinerFailed, "no", TimeSpan.FromSeconds(1), effects).Assign(TimeSpan.FromSeconds(1), effects);

        Assert.NotEqual(first, effects.OfType<AssignmentEffect.Assign>().Single().Miner);
    }

    [Fact]
    public void The_only_miner_is_tried_again_until_the_job_gives_up()
    {
        var effects = new List<AssignmentEffect>();
        var state = AssignmentState.Create(Options with { FailuresPerMiner = 99 }).MinerUp(Miner(0), 1, 10).AddSegment(0, 100);
        for (var number = 1; number <= Options.TriesPerSegment; number++)
        {
            Assert.DoesNotContain(effects, e => e is AssignmentEffect.GiveUp);
            state = state.Assign(TimeSpan.Zero, effects).Fail(new AttemptId(0, number), AttemptFailure.MinerFailed, "no", TimeSpan.Zero, effects);
        }

        Assert.Single(effects.OfType<AssignmentEffect.GiveUp>());
    }

    [Fact]
    public void A_miner_that_declines_is_asked_again_later_and_is_not_blamed()
    {
        var effects = new List<AssignmentEffect>();
        var state = With(miners: 1, segments: 1).Assign(TimeSpan.Zero, effects);
        effects.Clear();
        state = state.Fail(new AttemptId(0, 1), AttemptFailure.Declined, "full", TimeSpan.FromSeconds(1), effects).Assign(TimeSpan.FromSeconds(1), effects);
        Assert.DoesNotContain(effects, e => e is AssignmentEffect.Assign);

        state.Tick(TimeSpan.FromSeconds(2.5), effects).Assign(TimeSpan.FromSeconds(2.5), effects);

        Assert.Contains(Assigned(0, 2, 0), effects);
    }

    [Fact]
    public void A_segment_without_progress_moves_on()
    {
        var effects = new List<AssignmentEffect>();
        var state = With(miners: 2, segments: 1, Options with { HedgeGain = 2 }).Assign(TimeSpan.Zero, effects);
        var first = ((AssignmentEffect.Assign)effects[0]).Miner;
        effects.Clear();

        state = state.Progress(new AttemptId(0, 1), first, AttemptStage.Encoding, 5, TimeSpan.FromSeconds(1));
        state.Tick(TimeSpan.FromSeconds(29), effects);
        Assert.Empty(effects);
        state.Tick(TimeSpan.FromSeconds(32), effects).Assign(TimeSpan.FromSeconds(32), effects);

        Assert.Contains(new AssignmentEffect.Release(new AttemptId(0, 1), first), effects);
        Assert.NotEqual(first, effects.OfType<AssignmentEffect.Assign>().Single().Miner);
    }

    [Fact]
    public void An_idle_fast_miner_doubles_the_slowest_segment_and_the_first_result_counts()
    {
        var effects = new List<AssignmentEffect>();
        var state = AssignmentState.Create(Options).MinerUp(Miner(0), 1, 1).AddSegment(0, 100).Assign(TimeSpan.Zero, effects);
        state = state.Progress(new AttemptId(0, 1), Miner(0), AttemptStage.Encoding, 0, TimeSpan.Zero)
            .Progress(new AttemptId(0, 1), Miner(0), AttemptStage.Encoding, 10, TimeSpan.FromSeconds(10));
        effects.Clear();

        state = state.MinerUp(Miner(1), 1, 50).Assign(TimeSpan.FromSeconds(10), effects);
        Assert.Equal([Assigned(0, 2, 1)], effects);
        effects.Clear();
        state = Deliver(state, new AttemptId(0, 2), TimeSpan.FromSeconds(12), effects);

        Assert.Contains(new AssignmentEffect.Release(new AttemptId(0, 1), Miner(0)), effects);
        Assert.Empty(state.Attempts);
        Assert.False(state.TryDeliver(new AttemptId(0, 1), Miner(0), TimeSpan.FromSeconds(13), out _));
    }

    [Fact]
    public void Nobody_doubles_a_segment_while_others_are_still_being_cut()
    {
        var effects = new List<AssignmentEffect>();
        var state = AssignmentState.Create(Options).Expect(2).MinerUp(Miner(0), 1, 1).AddSegment(0, 100).Assign(TimeSpan.Zero, effects);
        effects.Clear();

        state = state.MinerUp(Miner(1), 1, 50).Tick(TimeSpan.FromSeconds(10), effects).Assign(TimeSpan.FromSeconds(10), effects);
        Assert.Empty(effects);

        state.AddSegment(1, 100).Assign(TimeSpan.FromSeconds(10), effects);
        Assert.Equal([Assigned(1, 1, 1)], effects);
    }

    [Fact]
    public void A_result_of_somebody_else_for_a_try_is_ignored()
    {
        var state = With(miners: 1, segments: 1).Assign(TimeSpan.Zero, []);

        Assert.False(state.TryDeliver(new AttemptId(0, 1), Miner(9), TimeSpan.FromSeconds(1), out _));
        Assert.Same(state, state.Progress(new AttemptId(0, 1), Miner(9), AttemptStage.Encoding, 5, TimeSpan.FromSeconds(1)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Every_segment_is_done_whatever_miners_do_as_long_as_some_are_honest(int seed)
    {
        var random = new Random(seed);
        var miners = Enumerable.Range(0, 12).Select(i => new SimulatedMiner(random.Next(1, 4), 10 + (random.NextDouble() * 40), 5 + (random.NextDouble() * 50))
        {
            Fails = i % 4 == 1 ? 0.3 : 0,
            Hangs = i % 4 == 2 ? 0.2 : 0,
            Stutters = i % 3 == 0,
            DiesAt = i % 5 == 4 ? TimeSpan.FromSeconds(random.Next(1, 60)) : null,
        }).ToList();

        var run = ScheduleSimulation.Run(seed, miners, [.. Enumerable.Range(0, 150).Select(_ => random.Next(1, 240))]);

        Assert.True(run.Job.Outcome?.Status == JobStatus.Completed, $"seed {seed}: {run.Job.Outcome}");
        Assert.Equal(150, run.Job.Accepted.Count);
        Assert.Empty(run.Job.Assignments.Attempts);
        Assert.All(run.Job.Assignments.Miners.Values, m => Assert.Equal(0, m.InFlight));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void The_makespan_of_unequal_miners_is_near_the_ideal(int seed)
    {
        var random = new Random(seed);
        var miners = Enumerable.Range(0, 20).Select(_ => 10 + (random.NextDouble() * 50)).Select(speed => new SimulatedMiner(random.Next(1, 5), speed, speed * (0.8 + (random.NextDouble() * 0.4)))).ToList();

        var run = ScheduleSimulation.Run(seed, miners, [.. Enumerable.Repeat(100, 2000)]);

        var ideal = 2000 * 100 / miners.Sum(m => m.Slots * m.Actual);
        Assert.True(run.Makespan.TotalSeconds < ideal * 1.08, $"seed {seed}: {run.Makespan.TotalSeconds:0.0} s against {ideal:0.0} s");
    }

    private static VideoMesh.Chain.Primitives.Address Miner(int number) => ScheduleSimulation.AddressOf(number);

    private static AssignmentEffect.Assign Assigned(int segment, int number, int miner) => new(new AttemptId(segment, number), Miner(miner));

    private static AssignmentState With(int miners, int segments, MarketOptions? options = null)
    {
        var state = AssignmentState.Create(options ?? Options);
        for (var i = 0; i < miners; i++)
        {
            state = state.MinerUp(Miner(i), 1, 50);
        }

        return Enumerable.Range(0, segments).Aggregate(state, (s, i) => s.AddSegment(i, 100));
    }

    private static ImmutableArray<AssignmentEffect> Assign(AssignmentState state, TimeSpan now)
    {
        var effects = new List<AssignmentEffect>();
        state.Assign(now, effects);
        return [.. effects];
    }

    private static AssignmentState Deliver(AssignmentState state, AttemptId attempt, TimeSpan now, List<AssignmentEffect> effects)
    {
        Assert.True(state.TryDeliver(attempt, state.Attempts[attempt].Miner, now, out var delivered));
        return delivered.Settle(attempt, effects).Assign(now, effects);
    }
}
