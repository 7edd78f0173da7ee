namespace VideoMesh.Actors.Kernel.Engine;

internal interface IInternalRef : IActorRef
{
    LocalActorSystem? System { get; }

    void SendSystem(SystemMessage message);
}

internal static class RefOrder
{
    public static int Compare(IActorRef left, IActorRef? right)
    {
        if (right is null)
        {
            return 1;
        }

        var byPath = string.CompareOrdinal(left.Path.ToString(), right.Path.ToString());
        return byPath != 0 ? byPath : left.Path.Uid.CompareTo(right.Path.Uid);
    }
}

internal abstract class InternalRef(LocalActorSystem system, ActorPath path) : IInternalRef
{
    public LocalActorSystem System { get; } = system;

    public ActorPath Path { get; } = path;

    public void Tell(object message, IActorRef? sender) => Accept(message ?? throw new InvalidMessageException("Message is null"), sender);

    public abstract void SendSystem(SystemMessage message);

    public bool Equals(IActorRef? other) => ReferenceEquals(this, other);

    public int CompareTo(IActorRef? other) => RefOrder.Compare(this, other);

    public override string ToString() => $"[{Path}#{Path.Uid}]";

    protected abstract void Accept(object message, IActorRef? sender);

    /// <summary>A watcher must hear of the death even if the watched was never alive.</summary>
    protected static void AnswerForTheDead(SystemMessage message)
    {
        if (message is AddWatcher watch)
        {
            watch.Watcher.SendSystem(new ActorStopped(watch.Watchee, existenceConfirmed: false));
        }
    }
}

internal sealed class LocalRef : InternalRef
{
    private readonly ActorCell _cell;

    public LocalRef(LocalActorSystem system, Props props, ActorPath path, IInternalRef parent)
        : base(system, path) => _cell = new ActorCell(system, this, props, parent);

    public ActorCell Cell => _cell;

    public override void SendSystem(SystemMessage message)
    {
        if (!_cell.Mailbox.TryPost(message))
        {
            AnswerForTheDead(message);
        }
    }

    protected override void Accept(object message, IActorRef? sender)
    {
        if (!_cell.Mailbox.TryPost(new Envelope(message, sender)))
        {
            System.PublishDeadLetter(message, sender, this);
        }
    }
}

internal sealed class DeadLettersRef(LocalActorSystem system, ActorPath path) : InternalRef(system, path)
{
    public override void SendSystem(SystemMessage message) => AnswerForTheDead(message);

    protected override void Accept(object message, IActorRef? sender)
    {
        if (message is DeadLetter letter)
        {
            System.EventStream.Publish(letter);
        }
        else
        {
            System.PublishDeadLetter(message, sender, this);
        }
    }
}

/// <summary>Takes one answer for a task.</summary>
internal sealed class FutureRef<T>(LocalActorSystem system, ActorPath path, TaskCompletionSource<T> answer) : InternalRef(system, path)
{
    public override void SendSystem(SystemMessage message) => AnswerForTheDead(message);

    protected override void Accept(object message, IActorRef? sender)
    {
        var taken = message switch
        {
            T expected => answer.TrySetResult(expected),
            Status.Failure failure => answer.TrySetException(failure.Cause ?? new TaskCanceledException("Task cancelled by actor via Failure message.")),
            _ => answer.TrySetException(new ArgumentException(
                $"Received message of type [{message.GetType()}] - Ask expected message of type [{typeof(T)}]", nameof(message))),
        };
        if (!taken && !answer.Task.IsCanceled)
        {
            System.PublishDeadLetter(message, sender, this);
        }
    }
}

/// <summary>Watches one actor for a task.</summary>
internal sealed class WatcherRef(LocalActorSystem system, ActorPath path, TaskCompletionSource<bool> stopped) : InternalRef(system, path)
{
    public override void SendSystem(SystemMessage message)
    {
        if (message is ActorStopped)
        {
            stopped.TrySetResult(true);
        }
        else
        {
            AnswerForTheDead(message);
        }
    }

    protected override void Accept(object message, IActorRef? sender) => System.PublishDeadLetter(message, sender, this);
}

/// <summary>The parent of <c>/user</c>: ends the system when that stops.</summary>
internal sealed class RootRef(LocalActorSystem system, ActorPath path, Action ended) : InternalRef(system, path)
{
    public override void SendSystem(SystemMessage message)
    {
        switch (message)
        {
            case ActorStopped:
                ended();
                break;
            case ChildFailed failed:
                failed.Child.SendSystem(StopActor.Instance);
                break;
            default:
                AnswerForTheDead(message);
                break;
        }
    }

    protected override void Accept(object message, IActorRef? sender) => System.PublishDeadLetter(message, sender, this);
}
