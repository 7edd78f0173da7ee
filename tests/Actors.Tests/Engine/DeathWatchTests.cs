using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Engine;

public sealed class DeathWatchTests : EngineTest
{
    [Fact]
    public async Task Tells_when_a_watched_actor_has_stopped()
    {
        var probe = NewProbe();
        var actor = NewActor();
        await probe.Watch(actor);

        actor.Tell(PoisonPill.Instance);

        var death = await probe.Expect<Terminated>();
        Assert.Equal((actor, true), (death.ActorRef, death.ExistenceConfirmed));
    }

    [Fact]
    public async Task Tells_at_once_when_it_had_stopped_already()
    {
        var probe = NewProbe();
        var actor = NewActor();
        Assert.True(await actor.GracefulStop(Eventually.Limit));

        await probe.Watch(actor);

        Assert.Equal(actor, (await probe.Expect<Terminated>()).ActorRef);
    }

    [Fact]
    public async Task Tells_after_everything_the_dead_told()
    {
        var probe = NewProbe();
        var talker = System.ActorOf(Props.Create(() => new Talker(probe.Ref)));
        await probe.Watch(talker);

        talker.Tell(500);

        await probe.ExpectInOrder([.. Enumerable.Range(0, 500).Append(-1)]);
        await probe.Expect<Terminated>();
    }

    [Fact]
    public async Task Tells_once_however_often_it_was_watched()
    {
        var probe = NewProbe();
        var actor = NewActor();
        await probe.Watch(actor);
        await probe.Watch(actor);

        Assert.True(await actor.GracefulStop(Eventually.Limit));
        await probe.Expect<Terminated>();
        probe.Ref.Tell("end");

        await probe.Expect("end");
    }

    [Fact]
    public async Task Tells_nothing_after_unwatch()
    {
        var probe = NewProbe();
        var actor = NewActor();
        await probe.Watch(actor);
        await probe.Unwatch(actor);

        Assert.True(await actor.GracefulStop(Eventually.Limit));
        probe.Ref.Tell("end");

        await probe.Expect("end");
    }

    [Fact]
    public async Task Takes_back_a_notice_that_is_already_in_the_mailbox()
    {
        var log = NewProbe();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var subject = NewActor();
        var watcher = System.ActorOf(Props.Create(() => new SlowWatcher(subject, gate.Task, log.Ref)));
        watcher.Tell("unwatch when the gate opens");
        await log.Expect("waiting");
        Assert.True(await subject.GracefulStop(Eventually.Limit));
        await Settled(subject: log);

        gate.SetResult();
        watcher.Tell("end");

        await log.ExpectInOrder("unwatched", "end");
    }

    [Fact]
    public async Task Gives_ones_own_message_in_place_of_the_notice()
    {
        var log = NewProbe();
        var watcher = System.ActorOf(TestActor.Of(log.Ref, "w"));
        await log.ExpectInOrder("w made", "w started");
        var actor = NewActor();
        await watcher.Ask<string>(new TestActor.WatchItWith(actor, "he is gone"), Eventually.Limit);

        actor.Tell(PoisonPill.Instance);

        await log.Expect("w he is gone");
    }

    [Fact]
    public async Task Dies_with_the_watched_when_it_does_not_handle_the_notice()
    {
        var log = NewProbe();
        var events = Subscribed<LogEvent>();
        var watcher = System.ActorOf(TestActor.Of(log.Ref, "w"));
        await log.ExpectInOrder("w made", "w started");
        var actor = NewActor();
        await watcher.Ask<string>(new TestActor.WatchIt(actor), Eventually.Limit);

        actor.Tell(PoisonPill.Instance);

        await log.Expect("w stopped");
        Assert.Equal(actor, Assert.IsType<DeathPactException>((await events.Expect<LogEvent>()).Cause).DeadActor);
    }

    [Fact]
    public async Task Keeps_watching_over_its_own_restart()
    {
        var log = NewProbe();
        var watcher = System.ActorOf(TestActor.Of(log.Ref, "w"));
        var actor = NewActor();
        await watcher.Ask<string>(new TestActor.WatchItWith(actor, "he is gone"), Eventually.Limit);
        watcher.Tell(new OopsException());
        await Settled(watcher);

        actor.Tell(PoisonPill.Instance);

        await log.ExpectInOrder("w made", "w started", "w failed on OopsException: oops", "w stopped", "w made", "w restarted", "w started", "w he is gone");
    }

    [Fact]
    public async Task Tells_a_parent_of_its_childs_death_and_frees_the_name()
    {
        var log = NewProbe();
        var parent = System.ActorOf(TestActor.Of(log.Ref, "p"));
        var child = await parent.Ask<IActorRef>(new TestActor.NewChild(TestActor.Of(ActorRefs.Nobody, "c"), "child"), Eventually.Limit);
        await parent.Ask<string>(new TestActor.WatchItWith(child, "gone"), Eventually.Limit);
        await log.ExpectInOrder("p made", "p started");

        parent.Tell(new TestActor.StopChild("child"));

        await log.Expect("p gone");
        Assert.True((await parent.Ask<IActorRef>(new TestActor.FindChild("child"), Eventually.Limit)).IsNobody());
    }

    private IActorRef NewActor() => System.ActorOf(TestActor.Of(ActorRefs.Nobody, "subject"));

    private static async Task Settled(Probe subject)
    {
        subject.Ref.Tell("settled");
        await subject.Expect("settled");
    }

    private sealed class Talker : ReceiveActor
    {
        private readonly IActorRef _listener;

        public Talker(IActorRef listener)
        {
            _listener = listener;
            Receive<int>(count =>
            {
                for (var i = 0; i < count; i++)
                {
                    listener.Tell(i);
                }

                Context.Stop(Self);
            });
        }

        protected override void PostStop() => _listener.Tell(-1);
    }

    private sealed class SlowWatcher : ReceiveActor
    {
        public SlowWatcher(IActorRef subject, Task gate, IActorRef log)
        {
            Context.Watch(subject);
            ReceiveAsync<string>(
                async _ =>
                {
                    log.Tell("waiting");
                    await gate;
                    Context.Unwatch(subject);
                    log.Tell("unwatched");
                },
                message => message.StartsWith("unwatch", StringComparison.Ordinal));
            ReceiveAny(log.Tell);
        }
    }
}
