using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Engine;

public sealed class StashTests : EngineTest
{
    [Fact]
    public async Task Puts_messages_aside_and_back_in_order_before_what_came_later()
    {
        var (log, actor) = await Actor();
        foreach (var message in new[] { "keep 1", "keep 2", "keep 3", "open", "later" })
        {
            actor.Tell(message);
        }

        await log.ExpectInOrder("a keep 1", "a keep 2", "a keep 3", "a later");
    }

    [Fact]
    public async Task Keeps_the_sender_of_a_stashed_message()
    {
        var probe = NewProbe();
        var actor = System.ActorOf(Props.Create(() => new Echo()));
        probe.Tell(actor, "echo");
        actor.Tell("open");

        await probe.Expect("echo");
    }

    [Fact]
    public async Task Puts_everything_back_when_it_is_restarted()
    {
        var (log, actor) = await Actor();
        actor.Tell("keep 1");
        actor.Tell("keep 2");
        actor.Tell(new OopsException());
        actor.Tell("open");

        await log.ExpectInOrder("a failed on OopsException: oops", "a stopped", "a made", "a restarted", "a started", "a keep 1", "a keep 2");
    }

    [Fact]
    public async Task Makes_what_is_stashed_dead_letters_when_it_stops()
    {
        var letters = Subscribed<DeadLetter>();
        var (_, actor) = await Actor();
        actor.Tell("keep 1");
        actor.Tell("keep 2");
        actor.Tell(PoisonPill.Instance);

        Assert.Equal("keep 1", (await letters.Expect<DeadLetter>()).Message);
        Assert.Equal("keep 2", (await letters.Expect<DeadLetter>()).Message);
    }

    [Fact]
    public async Task Refuses_to_stash_a_message_twice()
    {
        var events = Subscribed<LogEvent>();
        System.ActorOf(Props.Create(() => new Greedy())).Tell("message");

        Assert.IsType<IllegalActorStateException>((await events.Expect<LogEvent>()).Cause);
    }

    [Fact]
    public async Task Refuses_more_than_its_capacity()
    {
        var events = Subscribed<LogEvent>();
        var actor = System.ActorOf(TestActor.Of(NewProbe().Ref, "a").WithStashCapacity(2));
        actor.Tell("keep 1");
        actor.Tell("keep 2");
        actor.Tell("keep 3");

        Assert.IsType<StashOverflowException>((await events.Expect<LogEvent>()).Cause);
    }

    [Fact]
    public async Task Stashes_the_notice_of_a_death_like_any_message()
    {
        var probe = NewProbe();
        var subject = NewProbe().Ref;
        var actor = System.ActorOf(Props.Create(() => new Mourner(subject, probe.Ref)));
        await probe.Expect("ready");
        Assert.True(await subject.GracefulStop(Eventually.Limit));
        await probe.Expect("later");

        actor.Tell("open");

        await probe.Expect("mourned");
    }

    private async Task<(Probe Log, IActorRef Actor)> Actor()
    {
        var log = NewProbe();
        var actor = System.ActorOf(TestActor.Of(log.Ref, "a"));
        await log.ExpectInOrder("a made", "a started");
        return (log, actor);
    }

    private sealed class Echo : ReceiveActor, IWithStash
    {
        public Echo()
        {
            Receive<string>(
                _ =>
                {
                    Become(() => Receive<string>(message => Sender.Tell(message)));
                    Stash.UnstashAll();
                },
                message => message is "open");
            ReceiveAny(_ => Stash.Stash());
        }

        public IStash Stash { get; set; } = null!;
    }

    private sealed class Greedy : ReceiveActor, IWithStash
    {
        public Greedy() => ReceiveAny(_ =>
        {
            Stash.Stash();
            Stash.Stash();
        });

        public IStash Stash { get; set; } = null!;
    }

    private sealed class Mourner : ReceiveActor, IWithStash
    {
        public Mourner(IActorRef subject, IActorRef log)
        {
            Context.Watch(subject);
            Receive<Terminated>(_ =>
            {
                Stash.Stash();
                log.Tell("later");
            });
            Receive<string>(_ =>
            {
                Become(() => Receive<Terminated>(_ => log.Tell("mourned")));
                Stash.Unstash();
            });
            log.Tell("ready");
        }

        public IStash Stash { get; set; } = null!;
    }
}
