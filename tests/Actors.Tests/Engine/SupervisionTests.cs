using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Engine;

public sealed class SupervisionTests : EngineTest
{
    private static readonly TimeSpan s_long = TimeSpan.FromHours(1);

    [Fact]
    public async Task Restarts_a_failed_actor_with_fresh_state_and_the_rest_of_its_mailbox()
    {
        var log = NewProbe();
        var actor = System.ActorOf(TestActor.Of(log.Ref, "a"));
        actor.Tell("add");
        actor.Tell(new OopsException());
        actor.Tell("after");

        await log.ExpectInOrder(
            "a made", "a started",
            "a failed on OopsException: oops", "a stopped", "a made", "a restarted", "a started",
            "a after");
        Assert.Equal(0, await actor.Ask<int>("state", Eventually.Limit));
    }

    [Fact]
    public async Task Resumes_with_the_same_state()
    {
        var (log, child) = await Child(_ => Directive.Resume);
        child.Tell("add");
        child.Tell(new OopsException());
        child.Tell("after");

        await log.Expect("c after");
        Assert.Equal(1, await child.Ask<int>("state", Eventually.Limit));
    }

    [Fact]
    public async Task Stops_and_makes_the_rest_of_the_mailbox_dead_letters()
    {
        var letters = Subscribed<DeadLetter>();
        var (log, child) = await Child(_ => Directive.Stop);
        var gate = new ManualResetEventSlim();
        child.Tell(new OopsException());
        child.Tell("never");
        gate.Set();

        await log.Expect("c stopped");
        Assert.Equal("never", (await letters.Expect<DeadLetter>()).Message);
    }

    [Fact]
    public async Task Fails_itself_when_it_escalates()
    {
        var log = NewProbe();
        var top = System.ActorOf(TestActor.Of(log.Ref, "top", Strategy(Directive.Restart)));
        var middle = await top.Ask<IActorRef>(new TestActor.NewChild(TestActor.Of(log.Ref, "middle", Strategy(Directive.Escalate))), Eventually.Limit);
        var bottom = await middle.Ask<IActorRef>(new TestActor.NewChild(TestActor.Of(log.Ref, "bottom")), Eventually.Limit);
        await Settled(bottom);
        await log.ExpectInOrder("top made", "top started", "middle made", "middle started", "bottom made", "bottom started");

        bottom.Tell(new OopsException());

        // Its restart stops the child that failed; the child is gone before the fresh instance is made.
        await log.ExpectInOrder("middle failed on nothing: oops", "middle stopped", "bottom stopped", "middle made", "middle restarted", "middle started");
    }

    [Fact]
    public async Task Stops_a_child_that_failed_more_often_than_allowed()
    {
        var (log, child) = await Child(new OneForOneStrategy(2, s_long, _ => Directive.Restart));
        await log.Watch(child);
        for (var i = 0; i < 3; i++)
        {
            child.Tell(new OopsException());
        }

        for (var i = 0; i < 2; i++)
        {
            await log.ExpectInOrder("c failed on OopsException: oops", "c stopped", "c made", "c restarted", "c started");
        }

        await log.Expect("c stopped");
        await log.Expect<Terminated>();
    }

    [Fact]
    public async Task Restarts_never_when_no_retry_is_allowed()
    {
        var (log, child) = await Child(new OneForOneStrategy(0, s_long, _ => Directive.Restart));
        child.Tell(new OopsException());

        await log.Expect("c stopped");
    }

    [Fact]
    public async Task Restarts_all_children_when_the_strategy_is_all_for_one()
    {
        var log = NewProbe();
        var parent = System.ActorOf(TestActor.Of(NewProbe().Ref, "p", new AllForOneStrategy(5, s_long, _ => Directive.Restart)));
        var first = await parent.Ask<IActorRef>(new TestActor.NewChild(TestActor.Of(log.Ref, "first")), Eventually.Limit);
        var second = await parent.Ask<IActorRef>(new TestActor.NewChild(TestActor.Of(NewProbe().Ref, "second")), Eventually.Limit);
        await log.ExpectInOrder("first made", "first started");

        second.Tell(new OopsException());

        await log.ExpectInOrder("first failed on nothing: oops", "first stopped", "first made", "first restarted", "first started");
        await Settled(first);
    }

    [Fact]
    public async Task Stops_what_cannot_start_by_default()
    {
        var log = NewProbe();
        var events = Subscribed<LogEvent>();
        var actor = System.ActorOf(TestActor.Of(log.Ref, "a", refusesToStart: () => true));
        await log.Watch(actor);

        await log.Expect("a made");
        await log.Expect<Terminated>();
        Assert.IsType<ActorInitializationException>((await events.Expect<LogEvent>()).Cause);
    }

    [Fact]
    public async Task Creates_anew_what_could_not_start_when_told_to_restart_it()
    {
        var log = NewProbe();
        var attempts = new Attempts();
        var parent = System.ActorOf(TestActor.Of(NewProbe().Ref, "p", Strategy(Directive.Restart)));
        var child = await parent.Ask<IActorRef>(new TestActor.NewChild(TestActor.Of(log.Ref, "c", refusesToStart: attempts.IsFirst)), Eventually.Limit);
        child.Tell("first message");

        await log.ExpectInOrder("c made", "c made", "c started", "c first message");
    }

    [Fact]
    public async Task Stops_a_killed_actor_by_default()
    {
        var log = NewProbe();
        var actor = System.ActorOf(TestActor.Of(log.Ref, "a"));
        actor.Tell(Kill.Instance);

        await log.ExpectInOrder("a made", "a started", "a stopped");
    }

    [Fact]
    public async Task Keeps_its_name_and_reference_over_a_restart()
    {
        var log = NewProbe();
        var parent = System.ActorOf(TestActor.Of(NewProbe().Ref, "p"));
        var child = await parent.Ask<IActorRef>(new TestActor.NewChild(TestActor.Of(log.Ref, "c"), "kept"), Eventually.Limit);
        child.Tell(new OopsException());
        await Settled(child);

        Assert.Equal(child, await parent.Ask<IActorRef>(new TestActor.FindChild("kept"), Eventually.Limit));
    }

    [Fact]
    public async Task Lets_a_supervisor_override_what_the_actor_says()
    {
        var log = NewProbe();
        var props = TestActor.Of(NewProbe().Ref, "p", Strategy(Directive.Restart)).WithSupervisorStrategy(SupervisorStrategy.StoppingStrategy);
        var parent = System.ActorOf(props);
        var child = await parent.Ask<IActorRef>(new TestActor.NewChild(TestActor.Of(log.Ref, "c")), Eventually.Limit);
        child.Tell(new OopsException());

        await log.ExpectInOrder("c made", "c started", "c stopped");
    }

    [Fact]
    public async Task Publishes_the_cause_of_every_failure()
    {
        var events = Subscribed<LogEvent>();
        var actor = System.ActorOf(TestActor.Of(NewProbe().Ref, "a"), "culprit");
        actor.Tell(new OopsException("told so"));

        var logged = await events.Expect<LogEvent>();

        Assert.Equal("told so", Assert.IsType<OopsException>(logged.Cause).Message);
        Assert.Contains("/user/culprit", logged.LogSource, StringComparison.Ordinal);
    }

    private static OneForOneStrategy Strategy(Directive directive) => new(_ => directive);

    private Task<(Probe Log, IActorRef Child)> Child(Func<Exception, Directive> decider) => Child(new OneForOneStrategy(decider));

    private async Task<(Probe Log, IActorRef Child)> Child(SupervisorStrategy strategy)
    {
        var log = NewProbe();
        var parent = System.ActorOf(TestActor.Of(NewProbe().Ref, "p", strategy));
        var child = await parent.Ask<IActorRef>(new TestActor.NewChild(TestActor.Of(log.Ref, "c")), Eventually.Limit);
        await log.ExpectInOrder("c made", "c started");
        return (log, child);
    }

    private sealed class Attempts
    {
        private int _count;

        public bool IsFirst() => Interlocked.Increment(ref _count) == 1;
    }
}
