namespace VideoMesh.Actors.Kernel.Engine;

/// <summary>One actor's place in the tree: outlives the instances that restarts put into it. All but the mailbox belongs to the actor's own turn.</summary>
internal sealed partial class ActorCell : IUntypedActorContext
{
    [ThreadStatic]
    private static ActorCell? s_current;

    private readonly Stack<Receive> _behaviors = new();
    private readonly LocalRef _self;
    private readonly IInternalRef _parent;
    private IActorRef? _sender;
    private ActorBase? _actor;
    private bool _cleared;
    private ActorTasks? _tasks;
    private Timers? _timers;
    private Stash? _stash;

    public ActorCell(LocalActorSystem system, LocalRef self, Props props, IInternalRef parent)
    {
        System = system;
        Props = props;
        _self = self;
        _parent = parent;
        Mailbox = new Mailbox(this, system.CapacityOf(props));
    }

    /// <summary>The cell whose turn it is on this thread.</summary>
    public static ActorCell? Current
    {
        get => s_current;
        set => s_current = value;
    }

    public LocalActorSystem System { get; }

    public Props Props { get; }

    public Mailbox Mailbox { get; }

    public IActorRef Self => _self;

    public IActorRef Sender => _sender ?? System.DeadLetters;

    public IActorRef? RawSender => _sender;

    public IActorRef Parent => _parent;

    public object? CurrentMessage { get; private set; }

    /// <summary>Counts messages, so that the stash can tell one handling from the next.</summary>
    public long Turn { get; private set; }

    ActorSystem IActorContext.System => System;

    public ActorTasks Tasks => _tasks ??= new ActorTasks(this);

    public void Become(Receive receive)
    {
        ArgumentNullException.ThrowIfNull(receive);
        _behaviors.TryPop(out _);
        _behaviors.Push(receive);
    }

    public void BecomeStacked(Receive receive)
    {
        ArgumentNullException.ThrowIfNull(receive);
        _behaviors.Push(receive);
    }

    public void UnbecomeStacked()
    {
        if (_behaviors.Count > 1)
        {
            _behaviors.Pop();
        }
    }

    public void Become(UntypedReceive receive) => Become(Always(receive));

    public void BecomeStacked(UntypedReceive receive) => BecomeStacked(Always(receive));

    public Timers NewTimers() => _timers = new Timers(System.Time, _self);

    /// <summary>Handles one ordinary message.</summary>
    public void Invoke(in Envelope envelope)
    {
        Turn++;
        _sender = envelope.Sender;
        var message = envelope.Message;
        if (message is IdleTick idle)
        {
            if (!IsDue(idle))
            {
                return;
            }

            message = Kernel.ReceiveTimeout.Instance;
        }
        else if (message is Tick tick)
        {
            if (_timers is null || !_timers.TryTake(tick, out message))
            {
                return;
            }
        }

        CurrentMessage = message;
        var putsOffTimeout = message is not INotInfluenceReceiveTimeout;
        try
        {
            if (putsOffTimeout)
            {
                CancelIdleTimer();
            }

            Deliver(message);
        }
        catch (Exception e)
        {
            Fail(e);
        }
        finally
        {
            if (_tasks is not { IsBusy: true })
            {
                CurrentMessage = null;
            }

            if (!Mailbox.IsClosed)
            {
                ArmIdleTimer(putsOffTimeout);
            }
        }
    }

    /// <summary>An asynchronous handler has ended: the mailbox goes on.</summary>
    public void EndHandler(Exception? failure)
    {
        Mailbox.Resume();
        var putsOffTimeout = CurrentMessage is not INotInfluenceReceiveTimeout;
        if (failure is not null)
        {
            Fail(failure);
        }

        CurrentMessage = null;
        ArmIdleTimer(putsOffTimeout);
    }

    public void Log(Exception? cause, ActorPath path, Type logClass, object message) =>
        System.EventStream.Publish(new FailureLogged(cause, path.ToString(), logClass, message));

    private static Receive Always(UntypedReceive receive)
    {
        ArgumentNullException.ThrowIfNull(receive);
        return message =>
        {
            receive(message);
            return true;
        };
    }

    private void Deliver(object message)
    {
        switch (message)
        {
            case Terminated terminated:
                if (TakeTerminated(terminated) is { } death)
                {
                    Hand(death);
                }

                break;
            case PoisonPill:
                _self.SendSystem(StopActor.Instance);
                break;
            case Kill:
                throw new ActorKilledException("Kill");
            default:
                Hand(message);
                break;
        }
    }

    private void Hand(object message)
    {
        CurrentMessage = message;
        _actor!.Take(_behaviors.Peek(), message);
    }

    private ActorBase NewActor()
    {
        _behaviors.Clear();
        _cleared = false;
        var actor = Props.NewActor();
        (actor as ReceiveActor)?.Seal();
        if (actor is IActorStash stashing)
        {
            stashing.Stash = _stash = new Stash(this, Props.StashCapacity);
        }

        return actor;
    }

    /// <summary>Lets go of an instance that failed or stopped.</summary>
    private void Clear()
    {
        _timers?.CancelAll();
        _timers = null;
        if (_actor is IDisposable disposable && !_cleared)
        {
            try
            {
                disposable.Dispose();
            }
            catch (Exception e)
            {
                Log(e, _self.Path, _actor.GetType(), $"An error occurred while disposing the actor: {e.Message}");
            }
        }

        _cleared = true;
        _stash = null;
        _behaviors.Clear();
        CurrentMessage = null;
    }
}

internal sealed class FailureLogged(Exception? cause, string logSource, Type logClass, object message)
    : LogEvent(cause, logSource, logClass, message);
