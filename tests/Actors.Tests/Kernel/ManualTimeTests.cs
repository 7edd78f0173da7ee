using VideoMesh.Actors.Kernel.Engine;
using VideoMesh.Actors.Tests.Engine;
using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Kernel;

/// <summary>What depends on time, on a clock that the test moves.</summary>
public sealed class ManualTimeTests : IAsyncLifetime
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private readonly ManualTime _time = new();
    private readonly LocalActorSystem _system;

    public ManualTimeTests() => _system = new LocalActorSystem("manual", Actors.Kernel.Configuration.Config.Empty, _time);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Eventually.Ends(_system.Terminate());
        Assert.Equal(0, _time.PendingTimers);
    }

    [Fact]
    public async Task Ticks_at_every_interval_and_not_between()
    {
        var (log, actor) = await Busy();
        actor.Tell(new BusyActor.Every("tick", 3 * s_second));
        await Settled(actor);

        _time.Advance(2.9 * s_second);
        await NothingCame(log, actor);
        _time.Advance(0.1 * s_second);
        await log.Expect("tick");
        _time.Advance(6 * s_second);
        await log.ExpectInOrder("tick", "tick");
    }

    [Fact]
    public async Task Ticks_once_after_its_delay()
    {
        var (log, actor) = await Busy();
        actor.Tell(new BusyActor.Once("tick", s_second));
        await Settled(actor);

        _time.Advance(s_second);
        await log.Expect("tick");
        _time.Advance(10 * s_second);

        await NothingCame(log, actor);
    }

    [Fact]
    public async Task Stops_ticking_with_its_actor()
    {
        var (log, actor) = await Busy();
        actor.Tell(new BusyActor.Every("tick", s_second));
        await Settled(actor);

        Assert.True(await Eventually.Ends(actor.GracefulStop(TimeSpan.Zero)));

        Assert.Equal(0, _time.PendingTimers);
        _time.Advance(s_second);
        log.ExpectNothingMore();
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("cancel all")]
    [InlineData("replace")]
    [InlineData("fail")]
    public async Task Never_delivers_a_tick_that_was_already_in_the_mailbox_when_it_became_stale(string how)
    {
        var (log, actor) = await Busy();
        actor.Tell(new BusyActor.Every("tick", s_second));
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        actor.Tell(new BusyActor.WaitThen(gate.Task, how));
        await log.Expect("waiting");
        _time.Advance(3 * s_second);

        gate.SetResult();

        await NothingCame(log, actor);
    }

    [Fact]
    public async Task Lets_no_timer_outlive_an_actor_that_could_not_start()
    {
        var log = Probe.On(_system);
        var actor = _system.ActorOf(Props.Create(() => new StillBorn()));
        await log.Watch(actor);
        await log.Expect<Terminated>();

        Assert.Equal(0, _time.PendingTimers);
    }

    [Fact]
    public async Task Stashes_a_tick_as_the_message_it_brings()
    {
        var log = Probe.On(_system);
        var actor = _system.ActorOf(Props.Create(() => new Keeper(log.Ref)));
        await Settled(actor);
        _time.Advance(s_second);
        await Settled(actor);

        actor.Tell("open");

        await log.Expect("tick");
    }

    [Fact]
    public async Task Puts_off_the_receive_timeout_with_every_message_that_counts()
    {
        var (log, actor) = await Busy();
        actor.Tell(new BusyActor.IdleAfter(3 * s_second));
        await Settled(actor);
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(2 * s_second);
            await Settled(actor);
        }

        log.ExpectNothingMore();
        _time.Advance(3 * s_second);
        await log.Expect("idle");
        _time.Advance(3 * s_second);
        await log.Expect("idle");
    }

    [Fact]
    public async Task Does_not_put_off_the_receive_timeout_with_a_message_that_says_so()
    {
        var (log, actor) = await Busy();
        actor.Tell(new BusyActor.IdleAfter(3 * s_second));
        await Settled(actor);
        _time.Advance(2 * s_second);
        actor.Tell(new BusyActor.Discreet());
        await log.Expect("discreet");
        _time.Advance(s_second);

        await log.Expect("idle");
    }

    [Fact]
    public async Task Sends_no_receive_timeout_after_it_was_turned_off()
    {
        var (log, actor) = await Busy();
        actor.Tell(new BusyActor.IdleAfter(3 * s_second));
        actor.Tell(new BusyActor.IdleAfter(null));
        await Settled(actor);
        _time.Advance(10 * s_second);

        await NothingCame(log, actor);
    }

    [Fact]
    public async Task Drops_a_receive_timeout_that_a_message_overtook()
    {
        var (log, actor) = await Busy();
        actor.Tell(new BusyActor.IdleAfter(s_second));
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        actor.Tell(new BusyActor.WaitThen(gate.Task, "nothing"));
        await log.Expect("waiting");
        _time.Advance(2 * s_second);

        gate.SetResult();

        await NothingCame(log, actor);
    }

    [Fact]
    public async Task Gives_up_an_unanswered_question_exactly_at_its_timeout()
    {
        var silent = Probe.On(_system);
        var answer = silent.Ref.Ask<string>("anybody?", 5 * s_second);
        _time.Advance(4.999 * s_second);
        Assert.False(answer.IsCompleted);

        _time.Advance(0.001 * s_second);

        Assert.Contains("5.00 seconds", (await Assert.ThrowsAsync<AskTimeoutException>(() => Eventually.Ends(answer))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keeps_no_timer_for_a_question_that_was_answered()
    {
        var (_, actor) = await Busy();
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal("pong", await actor.Ask<string>("ping", 5 * s_second));
        }

        await Eventually.TrueAsync(() => _time.PendingTimers == 0);
    }

    [Fact]
    public async Task Forgets_restarts_that_are_longer_ago_than_the_time_range()
    {
        var log = Probe.On(_system);
        var strategy = new OneForOneStrategy(2, 60 * s_second, _ => Directive.Restart);
        var parent = _system.ActorOf(TestActor.Of(Probe.On(_system).Ref, "p", strategy));
        var child = await parent.Ask<IActorRef>(new TestActor.NewChild(TestActor.Of(ActorRefs.Nobody, "c")));
        await log.Watch(child);
        for (var minute = 0; minute < 5; minute++)
        {
            child.Tell(new OopsException());
            child.Tell(new OopsException());
            await Settled(child);
            _time.Advance(61 * s_second);
        }

        log.ExpectNothingMore();
        for (var i = 0; i < 3; i++)
        {
            child.Tell(new OopsException());
        }

        await log.Expect<Terminated>();
    }

    [Fact]
    public async Task Waits_for_a_graceful_stop_as_long_as_it_was_told()
    {
        var stubborn = Probe.On(_system);
        var stopping = stubborn.Ref.GracefulStop(2 * s_second, "please stop");
        await stubborn.Expect("please stop");
        Assert.False(stopping.IsCompleted);

        _time.Advance(2 * s_second);

        Assert.False(await Eventually.Ends(stopping));
    }

    private static async Task Settled(IActorRef actor) => Assert.Equal("pong", await Eventually.Ends(actor.Ask<string>("ping")));

    private static async Task NothingCame(Probe log, IActorRef actor)
    {
        await Settled(actor);
        log.ExpectNothingMore();
    }

    private async Task<(Probe Log, IActorRef Actor)> Busy()
    {
        var log = Probe.On(_system);
        var actor = _system.ActorOf(Props.Create(() => new BusyActor(log.Ref)));
        await Settled(actor);
        return (log, actor);
    }

    private sealed class BusyActor : ReceiveActor, IWithTimers
    {
        public BusyActor(IActorRef log)
        {
            Receive<string>(_ => Sender.Tell("pong"), message => message is "ping");
            Receive<Every>(every => Timers.StartPeriodicTimer("key", every.Message, every.Interval));
            Receive<Once>(once => Timers.StartSingleTimer("key", once.Message, once.After));
            Receive<IdleAfter>(idle => Context.SetReceiveTimeout(idle.Limit));
            Receive<ReceiveTimeout>(_ => log.Tell("idle"));
            Receive<Discreet>(_ => log.Tell("discreet"));
            ReceiveAsync<WaitThen>(async wait =>
            {
                log.Tell("waiting");
                await wait.Gate;
                switch (wait.What)
                {
                    case "cancel":
                        Timers.Cancel("key");
                        break;
                    case "cancel all":
                        Timers.CancelAll();
                        break;
                    case "replace":
                        Timers.StartSingleTimer("key", "another", TimeSpan.FromHours(1));
                        break;
                    case "fail":
                        throw new OopsException();
                }
            });
            Receive<string>(log.Tell);
        }

        public ITimerScheduler Timers { get; set; } = null!;

        public sealed record Every(string Message, TimeSpan Interval);

        public sealed record Once(string Message, TimeSpan After);

        public sealed record IdleAfter(TimeSpan? Limit);

        public sealed record Discreet : INotInfluenceReceiveTimeout;

        public sealed record WaitThen(Task Gate, string What);
    }

    private sealed class StillBorn : ReceiveActor, IWithTimers
    {
        public StillBorn()
        {
            Timers.StartPeriodicTimer("key", "tick", s_second);
            throw new OopsException();
        }

        public ITimerScheduler Timers { get; set; } = null!;
    }

    private sealed class Keeper : ReceiveActor, IWithTimers, IWithStash
    {
        public Keeper(IActorRef log)
        {
            Timers.StartSingleTimer("key", "tick", s_second);
            Receive<string>(_ => Sender.Tell("pong"), message => message is "ping");
            Receive<string>(
                _ =>
                {
                    Become(() => Receive<string>(log.Tell));
                    Stash.UnstashAll();
                },
                message => message is "open");
            ReceiveAny(_ => Stash.Stash());
        }

        public ITimerScheduler Timers { get; set; } = null!;

        public IStash Stash { get; set; } = null!;
    }
}
