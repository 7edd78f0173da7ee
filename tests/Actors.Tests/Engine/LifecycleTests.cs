using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Engine;

public sealed class LifecycleTests : EngineTest
{
    [Fact]
    public void Gives_an_actor_without_a_name_one_of_its_own()
    {
        var first = NewProbe().Ref;
        var second = NewProbe().Ref;

        Assert.StartsWith("$", first.Path.Name, StringComparison.Ordinal);
        Assert.NotEqual(first.Path, second.Path);
        Assert.Equal("akka://tests/user/" + first.Path.Name, first.Path.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("$mine")]
    [InlineData("with space")]
    [InlineData("a/b")]
    [InlineData("émile")]
    public void Refuses_a_name_that_is_not_one(string name) =>
        Assert.Throws<InvalidActorNameException>(() => System.ActorOf(TestActor.Of(ActorRefs.Nobody, "a"), name));

    [Fact]
    public async Task Refuses_a_name_until_its_bearer_has_stopped()
    {
        var probe = NewProbe();
        var bearer = System.ActorOf(TestActor.Of(ActorRefs.Nobody, "a"), "unique");
        Assert.Throws<InvalidActorNameException>(() => System.ActorOf(TestActor.Of(ActorRefs.Nobody, "a"), "unique"));

        Assert.True(await bearer.GracefulStop(Eventually.Limit));
        IActorRef? successor = null;
        await Eventually.TrueAsync(() => (successor = TryName("unique")) is not null);

        Assert.Equal(bearer.Path, successor!.Path);
        Assert.NotEqual(bearer, successor);
        await probe.Watch(bearer);
        await probe.Expect<Terminated>();
    }

    [Fact]
    public async Task Finds_children_by_name()
    {
        var parent = System.ActorOf(TestActor.Of(ActorRefs.Nobody, "p"));
        var child = await parent.Ask<IActorRef>(new TestActor.NewChild(TestActor.Of(ActorRefs.Nobody, "c"), "child"), Eventually.Limit);

        Assert.Equal(child, await parent.Ask<IActorRef>(new TestActor.FindChild("child"), Eventually.Limit));
        Assert.True((await parent.Ask<IActorRef>(new TestActor.FindChild("stranger"), Eventually.Limit)).IsNobody());
    }

    [Fact]
    public async Task Stops_children_before_their_parent()
    {
        var log = NewProbe();
        var parent = System.ActorOf(TestActor.Of(log.Ref, "p"));
        var child = await parent.Ask<IActorRef>(new TestActor.NewChild(TestActor.Of(log.Ref, "c")), Eventually.Limit);
        var grandchild = await child.Ask<IActorRef>(new TestActor.NewChild(TestActor.Of(log.Ref, "g")), Eventually.Limit);
        await Settled(grandchild);
        await log.ExpectInOrder("p made", "p started", "c made", "c started", "g made", "g started");

        System.Stop(parent);

        await log.ExpectInOrder("g stopped", "c stopped", "p stopped");
    }

    [Fact]
    public async Task Handles_what_came_before_a_poison_pill_and_nothing_after()
    {
        var letters = Subscribed<DeadLetter>();
        var log = NewProbe();
        var actor = System.ActorOf(TestActor.Of(log.Ref, "a"));
        actor.Tell("before");
        actor.Tell(PoisonPill.Instance);
        actor.Tell("after");

        await log.ExpectInOrder("a made", "a started", "a before", "a stopped");
        Assert.Equal("after", (await letters.Expect<DeadLetter>()).Message);
    }

    [Fact]
    public async Task Finishes_the_message_it_handles_when_it_stops_itself()
    {
        var log = NewProbe();
        var actor = System.ActorOf(TestActor.Of(log.Ref, "a"));
        actor.Tell(new TestActor.StopSelf());

        await log.ExpectInOrder("a made", "a started", "a stopped");
    }

    [Fact]
    public async Task Makes_what_is_told_to_a_stopped_actor_a_dead_letter()
    {
        var letters = Subscribed<DeadLetter>();
        var probe = NewProbe();
        var actor = System.ActorOf(TestActor.Of(ActorRefs.Nobody, "a"));
        Assert.True(await actor.GracefulStop(Eventually.Limit));

        probe.Tell(actor, "too late");

        var letter = await letters.Expect<DeadLetter>();
        Assert.Equal(("too late", probe.Ref, actor), ((string)letter.Message, letter.Sender, letter.Recipient));
    }

    [Fact]
    public async Task Does_not_wait_for_ever_for_an_actor_that_will_not_stop()
    {
        var probe = NewProbe();

        Assert.False(await Eventually.Ends(probe.Ref.GracefulStop(TimeSpan.FromMilliseconds(20), "stay")));
        await probe.Expect("stay");
    }

    [Fact]
    public async Task Stops_in_the_middle_of_an_asynchronous_handler_and_never_comes_back()
    {
        var log = NewProbe();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var actor = System.ActorOf(Props.Create(() => new Sleeper(gate.Task, log.Ref)));
        actor.Tell("sleep");
        await log.Expect("asleep");

        System.Stop(actor);
        await log.Expect("stopped");
        gate.SetResult();
        await log.Watch(actor);

        await log.Expect<Terminated>();
        log.ExpectNothingMore();
    }

    [Fact]
    public async Task Ends_with_all_its_actors()
    {
        var other = ActorSystem.Create("other");
        var log = NewProbe();
        other.ActorOf(TestActor.Of(log.Ref, "a"));
        await log.ExpectInOrder("a made", "a started");
        Assert.False(other.WhenTerminated.IsCompleted);

        await Eventually.Ends(other.Terminate());

        await log.Expect("a stopped");
        Assert.True(other.WhenTerminated.IsCompletedSuccessfully);
        Assert.ThrowsAny<Exception>(() => other.ActorOf(TestActor.Of(log.Ref, "late")));
    }

    [Fact]
    public void Refuses_a_factory_that_is_not_a_new_expression() =>
        Assert.ThrowsAny<Exception>(() => Props.Create(() => Made()));

    [Fact]
    public async Task Evaluates_the_arguments_of_a_factory_once()
    {
        var log = NewProbe();
        var calls = 0;
        Func<string> name = () => $"call {++calls}";
        var actor = System.ActorOf(Props.Create(() => new TestActor(log.Ref, name(), null, null)));
        actor.Tell(new OopsException());
        await Settled(actor);

        Assert.Equal(1, calls);
        await log.ExpectInOrder("call 1 made", "call 1 started");
    }

    private static TestActor Made() => throw new InvalidOperationException("Never called.");

    private IActorRef? TryName(string name)
    {
        try
        {
            return System.ActorOf(TestActor.Of(ActorRefs.Nobody, "a"), name);
        }
        catch (InvalidActorNameException)
        {
            return null;
        }
    }

    private sealed class Sleeper : ReceiveActor
    {
        private readonly IActorRef _log;

        public Sleeper(Task gate, IActorRef log)
        {
            _log = log;
            ReceiveAsync<string>(async _ =>
            {
                log.Tell("asleep");
                await gate;
                log.Tell("awake");
            });
        }

        protected override void PostStop() => _log.Tell("stopped");
    }
}
