using VideoMesh.Actors.Kernel.Configuration;

namespace VideoMesh.Actors.Kernel.Engine;

internal sealed class LocalActorSystem : ActorSystem
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Config _config;
    private readonly ActorPath _temp;
    private readonly DeadLettersRef _deadLetters;
    private readonly LocalRef _user;
    private long _uids;

    public LocalActorSystem(string name, Config config, TimeProvider time)
    {
        if (name is not { Length: > 0 } || name[0] == '-' || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
        {
            throw new ArgumentException($"The name of a system has only letters, digits and hyphens, and begins with none of the last: {name}", nameof(name));
        }

        Name = name;
        Time = time;
        _config = config;
        var root = ActorPath.Root(name);
        _temp = root.ChildPath("temp", 0);
        _deadLetters = new DeadLettersRef(this, root.ChildPath("deadLetters", 0));
        var top = new RootRef(this, root, () => _ended.TrySetResult());
        _user = new LocalRef(this, Props.Create<Guardian>(), root.ChildPath("user", 0), top);
        _user.SendSystem(CreateActor.Instance);
    }

    public override string Name { get; }

    public override IActorRef DeadLetters => _deadLetters;

    public override EventStream EventStream { get; } = new();

    public override Task WhenTerminated => _ended.Task;

    public TimeProvider Time { get; }

    public override IActorRef ActorOf(Props props, string? name = null) => _user.Cell.ActorOf(props, name);

    public override void Stop(IActorRef actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        ((IInternalRef)actor).SendSystem(StopActor.Instance);
    }

    public override Task Terminate()
    {
        _user.SendSystem(StopActor.Instance);
        return WhenTerminated;
    }

    public long NextUid() => Interlocked.Increment(ref _uids);

    public ActorPath NextTempPath() => TempPath(NextUid());

    public int CapacityOf(Props props) => props.Mailbox is { } mailbox
        ? _config.MailboxOf(mailbox, typeof(IWithStash).IsAssignableFrom(props.Type))
        : 0;

    public void PublishDeadLetter(object message, IActorRef? sender, IActorRef recipient)
    {
        // What the engine itself put into the mailbox is nobody's loss, and a lost dead letter must not make another.
        if (message is not (DeadLetter or Terminated or PoisonPill or Tick or IdleTick))
        {
            EventStream.Publish(new DeadLetter(message, sender ?? _deadLetters, recipient));
        }
    }

    private ActorPath TempPath(long uid) => _temp.ChildPath($"${uid}", uid);

    private sealed class Guardian : ActorBase
    {
        public Guardian()
        {
        }

        protected override bool Receive(object message) => false;
    }
}
