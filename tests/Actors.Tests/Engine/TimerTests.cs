using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Engine;

public sealed class TimerTests : EngineTest
{
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(5);

    [Fact]
    public async Task Ticks_once_or_again_and_again()
    {
        var log = NewProbe();
        var actor = System.ActorOf(Props.Create(() => new Clock(log.Ref)));
        actor.Tell(new Clock.Once("once", s_soon));
        await log.Expect("once");
        await log.Expect("active: ");

        actor.Tell(new Clock.Every("again", s_soon));
        await log.ExpectInOrder("again", "active: again", "again", "active: again", "again");
    }

    [Fact]
    public async Task Tells_an_idle_actor_so()
    {
        var log = NewProbe();
        System.ActorOf(Props.Create(() => new Idler(log.Ref, s_soon)));

        await log.ExpectInOrder("idle", "idle");
    }

    public sealed class Clock : ReceiveActor, IWithTimers
    {
        public Clock(IActorRef log)
        {
            Receive<Once>(once => Timers.StartSingleTimer(once.Name, once.Name, once.After));
            Receive<Every>(every => Timers.StartPeriodicTimer(every.Name, every.Name, every.Interval));
            Receive<string>(name =>
            {
                log.Tell(name);
                log.Tell("active: " + (Timers.IsTimerActive(name) ? name : ""));
            });
        }

        public ITimerScheduler Timers { get; set; } = null!;

        public sealed record Once(string Name, TimeSpan After);

        public sealed record Every(string Name, TimeSpan Interval);
    }

    public sealed class Idler : ReceiveActor
    {
        public Idler(IActorRef log, TimeSpan after)
        {
            Context.SetReceiveTimeout(after);
            Receive<ReceiveTimeout>(_ => log.Tell("idle"));
        }
    }
}
