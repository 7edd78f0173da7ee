using VideoMesh.Actors.Kernel.Engine;

namespace VideoMesh.Actors.Kernel;

/// <summary>Handles a message; false: not mine.</summary>
public delegate bool Receive(object message);

/// <summary>Handles a message.</summary>
public delegate void UntypedReceive(object message);

/// <summary>What every actor is: one message at a time, its own state, its own children. Construct through <see cref="Props"/> only.</summary>
public abstract class ActorBase
{
    private readonly ActorCell _cell;

    protected ActorBase()
    {
        _cell = ActorCell.Current ?? throw new ActorInitializationException(
            "Do not create actors using 'new', always create them using an ActorContext/System");
        if (this is IWithTimers withTimers)
        {
            withTimers.Timers = _cell.NewTimers();
        }

        _cell.Become(Receive);
    }

    /// <summary>The actor's surroundings; only valid on the actor's own turn.</summary>
    protected static IActorContext Context => ActorCell.Current ?? throw OffTurn();

    /// <inheritdoc cref="IActorContext.Self"/>
    protected IActorRef Self => Cell.Self;

    /// <inheritdoc cref="IActorContext.Sender"/>
    protected IActorRef Sender => Cell.Sender;

    // Akka.NET throws as well when these are read off the actor's turn; a handler that got away with it here would break there.
    private protected ActorCell Cell => ReferenceEquals(ActorCell.Current, _cell) ? _cell : throw OffTurn();

    internal SupervisorStrategy OwnStrategy => SupervisorStrategy();

    protected abstract bool Receive(object message);

    /// <summary>Runs before the first message; a failure here stops the actor by default.</summary>
    protected virtual void PreStart()
    {
    }

    /// <summary>Runs after the last message, when all children are gone.</summary>
    protected virtual void PostStop()
    {
    }

    /// <summary>Runs on the failed instance. By default stops all children and calls <see cref="PostStop"/>.</summary>
    protected virtual void PreRestart(Exception reason, object? message)
    {
        foreach (var child in Context.GetChildren().ToArray())
        {
            Context.Unwatch(child);
            Context.Stop(child);
        }

        PostStop();
    }

    /// <summary>Runs on the fresh instance. By default calls <see cref="PreStart"/>.</summary>
    protected virtual void PostRestart(Exception reason) => PreStart();

    /// <summary>How failures of this actor's children are answered.</summary>
    protected virtual SupervisorStrategy SupervisorStrategy() => Kernel.SupervisorStrategy.DefaultStrategy;

    /// <summary>What becomes of a message that no handler took: published as <see cref="UnhandledMessage"/>; a <see cref="Terminated"/> throws.</summary>
    /// <exception cref="DeathPactException">The message is the <see cref="Terminated"/> of a watched actor.</exception>
    protected virtual void Unhandled(object message)
    {
        if (message is Terminated terminated)
        {
            throw new DeathPactException(terminated.ActorRef);
        }

        _cell.System.EventStream.Publish(new UnhandledMessage(message, Sender, Self));
    }

    protected void Become(Receive receive) => _cell.Become(receive);

    protected void BecomeStacked(Receive receive) => _cell.BecomeStacked(receive);

    protected void UnbecomeStacked() => _cell.UnbecomeStacked();

    protected void SetReceiveTimeout(TimeSpan? timeout) => _cell.SetReceiveTimeout(timeout);

    internal void Take(Receive behavior, object message)
    {
        if (!behavior(message))
        {
            Unhandled(message);
        }
    }

    internal void RunPreStart() => PreStart();

    internal void RunPostStop() => PostStop();

    internal void RunPreRestart(Exception reason, object? message) => PreRestart(reason, message);

    internal void RunPostRestart(Exception reason) => PostRestart(reason);

    private static NotSupportedException OffTurn() =>
        new("There is no active ActorContext, this is most likely due to use of async operations from within this actor.");
}

/// <summary>An actor with one method for all its messages.</summary>
public abstract class UntypedActor : ActorBase
{
    protected static new IUntypedActorContext Context => (IUntypedActorContext)ActorBase.Context;

    protected sealed override bool Receive(object message)
    {
        OnReceive(message);
        return true;
    }

    protected abstract void OnReceive(object message);

    protected void Become(UntypedReceive receive) => Cell.Become(receive);

    protected void BecomeStacked(UntypedReceive receive) => Cell.BecomeStacked(receive);

    /// <summary>Runs asynchronous work on the actor's turn: no other message is handled before the task has ended.</summary>
    protected void RunTask(Func<Task> action) => Cell.Tasks.Start(action);
}
