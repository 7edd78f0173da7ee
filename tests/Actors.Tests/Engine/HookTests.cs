using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Engine;

/// <summary>Failures where an actor is least ready for them.</summary>
public sealed class HookTests : EngineTest
{
    [Theory]
    [InlineData("PreStart", typeof(ActorInitializationException))]
    [InlineData("PostRestart", typeof(PostRestartException))]
    public async Task Stops_an_actor_that_fails_while_it_starts(string hook, Type expected)
    {
        var events = Subscribed<LogEvent>();
        var log = NewProbe();
        var actor = System.ActorOf(Props.Create(() => new Fragile(hook, ActorRefs.Nobody)));
        actor.Tell(new OopsException("first"));
        await log.Watch(actor);

        await log.Expect<Terminated>();
        LogEvent failure;
        do
        {
            failure = await events.Expect<LogEvent>();
        }
        while (failure.Cause is not ActorInitializationException);

        Assert.IsType(expected, failure.Cause);
    }

    [Theory]
    [InlineData("PreRestart")]
    [InlineData("PostStop")]
    public async Task Restarts_an_actor_that_fails_while_it_cleans_up(string hook)
    {
        var log = NewProbe();
        var actor = System.ActorOf(Props.Create(() => new Fragile(hook, log.Ref)));
        actor.Tell(new OopsException("first"));
        actor.Tell("after");

        await log.Expect("after");
    }

    [Fact]
    public async Task Stops_an_actor_that_fails_in_its_last_moment()
    {
        var probe = NewProbe();
        var actor = System.ActorOf(Props.Create(() => new Fragile("PostStop", ActorRefs.Nobody)));
        await probe.Watch(actor);
        actor.Tell(PoisonPill.Instance);

        await probe.Expect<Terminated>();
    }

    [Fact]
    public async Task Restarts_the_children_that_a_restart_did_not_stop()
    {
        var log = NewProbe();
        var parent = System.ActorOf(Props.Create(() => new Protective(log.Ref)));
        var child = await parent.Ask<IActorRef>("child", Eventually.Limit);
        await log.ExpectInOrder("c made", "c started");

        parent.Tell(new OopsException());

        await log.ExpectInOrder("c failed on nothing: oops", "c stopped", "c made", "c restarted", "c started");
        Assert.Equal(child, await parent.Ask<IActorRef>("child", Eventually.Limit));
    }

    [Fact]
    public async Task Resumes_the_children_of_a_resumed_actor()
    {
        var log = NewProbe();
        var top = System.ActorOf(TestActor.Of(NewProbe().Ref, "top", new OneForOneStrategy(_ => Directive.Resume)));
        var middle = await top.Ask<IActorRef>(new TestActor.NewChild(TestActor.Of(log.Ref, "m")), Eventually.Limit);
        var bottom = await middle.Ask<IActorRef>(new TestActor.NewChild(TestActor.Of(log.Ref, "b")), Eventually.Limit);
        await Settled(bottom);
        await log.ExpectInOrder("m made", "m started", "b made", "b started");

        middle.Tell(new OopsException());
        middle.Tell("after");
        await log.Expect("m after");
        bottom.Tell("again");

        await log.Expect("b again");
    }

    [Fact]
    public async Task Shows_its_surroundings_on_its_own_turn_only()
    {
        var actor = System.ActorOf(Props.Create(() => new Leaky()));

        Assert.IsType<NotSupportedException>(await actor.Ask<Exception>("try", Eventually.Limit));
    }

    private sealed class Fragile : ReceiveActor
    {
        private readonly string _hook;

        public Fragile(string hook, IActorRef log)
        {
            _hook = hook;
            Receive<Exception>(e => throw e);
            Receive<string>(log.Tell);
        }

        protected override void PreStart() => Break("PreStart");

        protected override void PostStop() => Break("PostStop");

        protected override void PreRestart(Exception reason, object? message)
        {
            Break("PreRestart");
            base.PreRestart(reason, message);
        }

        protected override void PostRestart(Exception reason) => Break("PostRestart");

        private void Break(string hook)
        {
            if (string.Equals(hook, _hook, StringComparison.Ordinal))
            {
                throw new OopsException(hook);
            }
        }
    }

    private sealed class Protective : ReceiveActor
    {
        public Protective(IActorRef log)
        {
            Receive<string>(_ =>
            {
                var child = Context.Child("kept");
                Sender.Tell(child.IsNobody() ? Context.ActorOf(TestActor.Of(log, "c"), "kept") : child);
            });
            Receive<Exception>(e => throw e);
        }

        protected override void PreRestart(Exception reason, object? message)
        {
            // Its children stay.
        }
    }

    private sealed class Leaky : ReceiveActor
    {
        public Leaky() => ReceiveAsync<string>(async _ =>
        {
            var sender = Sender;
            try
            {
                await Task.Run(() => Self.Tell("never"));
            }
            catch (NotSupportedException e)
            {
                sender.Tell(e);
            }
        });
    }
}
