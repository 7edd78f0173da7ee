namespace VideoMesh.Actors.Tests.Engine;

/// <summary>Does what it is told, tells its log what happens to it, and supervises its children as its test says.</summary>
public sealed class TestActor : ReceiveActor, IWithStash
{
    private readonly IActorRef _log;
    private readonly string _name;
    private readonly SupervisorStrategy? _strategy;
    private int _state;

    public TestActor(IActorRef log, string name, SupervisorStrategy? strategy, Func<bool>? refusesToStart)
    {
        _log = log;
        _name = name;
        _strategy = strategy;
        Say("made");
        if (refusesToStart?.Invoke() == true)
        {
            throw new OopsException("cannot start");
        }

        Receive<string>(_ => Sender.Tell("pong"), message => message is "ping");
        Receive<string>(_ => _state++, message => message is "add");
        Receive<string>(_ => Sender.Tell(_state), message => message is "state");
        Receive<string>(_ => Stash.Stash(), message => message.StartsWith("keep", StringComparison.Ordinal) && _state == 0);
        Receive<string>(_ => { _state = 1; Stash.UnstashAll(); }, message => message is "open");
        Receive<Exception>(e => throw e);
        Receive<NewChild>(child => Sender.Tell(Context.ActorOf(child.Props, child.Name)));
        Receive<FindChild>(find => Sender.Tell(Context.Child(find.Name)));
        Receive<StopChild>(stop => Context.Stop(Context.Child(stop.Name)));
        Receive<StopSelf>(_ => Context.Stop(Self));
        Receive<WatchIt>(watch => { Context.Watch(watch.Subject); Sender.Tell("watching"); });
        Receive<WatchItWith>(watch => { Context.WatchWith(watch.Subject, watch.Message); Sender.Tell("watching"); });
        Receive<UnwatchIt>(unwatch => { Context.Unwatch(unwatch.Subject); Sender.Tell("unwatched"); });
        Receive<string>(Say);
    }

    public IStash Stash { get; set; } = null!;

    public static Props Of(IActorRef log, string name, SupervisorStrategy? strategy = null, Func<bool>? refusesToStart = null) =>
        Props.Create(() => new TestActor(log, name, strategy, refusesToStart));

    protected override SupervisorStrategy SupervisorStrategy() => _strategy ?? base.SupervisorStrategy();

    protected override void PreStart() => Say("started");

    protected override void PostStop() => Say("stopped");

    protected override void PreRestart(Exception reason, object? message)
    {
        Say($"failed on {(message is Exception or string ? message.GetType().Name : "nothing")}: {reason.Message}");
        base.PreRestart(reason, message);
    }

    protected override void PostRestart(Exception reason)
    {
        Say("restarted");
        base.PostRestart(reason);
    }

    private void Say(string what) => _log.Tell($"{_name} {what}");

    public sealed record NewChild(Props Props, string? Name = null);

    public sealed record FindChild(string Name);

    public sealed record StopChild(string Name);

    public sealed record StopSelf;

    public sealed record WatchIt(IActorRef Subject);

    public sealed record WatchItWith(IActorRef Subject, object Message);

    public sealed record UnwatchIt(IActorRef Subject);
}
