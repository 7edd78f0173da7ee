namespace VideoMesh.Actors.Kernel.Engine;

/// <summary>Orders of the engine, failure and restart. A failed actor is suspended, with its children, until its supervisor has decided.</summary>
internal sealed partial class ActorCell
{
    private List<SystemMessage> _deferred = [];
    private IActorRef? _failed;
    private IInternalRef? _judged;
    private Exception? _restartCause;
    private object? _fatalMessage;

    /// <summary>How much an order has to wait for: 0 nothing, 1 the mailbox to go on, 2 children to stop.</summary>
    private int Level => IsWaitingForChildren ? 2 : Mailbox.Suspensions > 0 ? 1 : 0;

    /// <summary>Handles one order of the engine.</summary>
    public void Follow(SystemMessage order)
    {
        if (MustWait(order))
        {
            _deferred.Add(order);
            return;
        }

        var level = Level;
        try
        {
            Dispatch(order);
        }
        catch (Exception e)
        {
            Fail(e);
        }

        if (Level < level && _deferred.Count > 0 && !Mailbox.IsClosed)
        {
            var waiting = _deferred;
            _deferred = [];
            foreach (var next in waiting)
            {
                if (!Mailbox.IsClosed)
                {
                    Follow(next);
                }
            }
        }
    }

    private bool MustWait(SystemMessage order) => order switch
    {
        ChildFailed => Level > 0 && !IsTerminating,
        SuspendActor or ResumeActor or RecreateActor => IsWaitingForChildren,
        _ => false,
    };

    private void Dispatch(SystemMessage order)
    {
        switch (order)
        {
            case CreateActor:
                Create();
                break;
            case ChildFailed failed:
                Judge(failed);
                break;
            case ActorStopped stopped:
                OnStopped(stopped);
                break;
            case AddWatcher add:
                _watchers.Add(add.Watcher);
                break;
            case RemoveWatcher remove:
                _watchers.Remove(remove.Watcher);
                break;
            case SuspendActor:
                Mailbox.Suspend();
                SuspendChildren(except: null, []);
                break;
            case ResumeActor resume:
                Resume(resume.Cause);
                break;
            case RecreateActor recreate:
                Recreate(recreate.Cause);
                break;
            case StopActor:
                Terminate();
                break;
            case RunContinuation continuation:
                Tasks.Continue(continuation.Task);
                break;
            case HandlerEnded ended:
                Tasks.End(ended.Handler);
                break;
        }
    }

    private void Fail(Exception cause, IReadOnlyCollection<IActorRef>? untouched = null)
    {
        if (_failed is not null || Mailbox.IsClosed)
        {
            return;
        }

        Mailbox.Suspend();
        _fatalMessage = CurrentMessage;
        var culprit = _judged;
        _failed = culprit ?? (IActorRef)_self;
        SuspendChildren(culprit, untouched ?? []);
        _parent.SendSystem(new ChildFailed(_self, cause));
    }

    private void Judge(ChildFailed failure)
    {
        if (IsTerminating || _actor is null || StatsOf(failure.Child) is not { } stats)
        {
            return;
        }

        _judged = failure.Child;
        var sender = _sender;
        _sender = failure.Child;
        try
        {
            if (!(Props.SupervisorStrategy ?? _actor.OwnStrategy).Handle(this, stats, failure.Cause, Children()))
            {
                Fail(failure.Cause);
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }
        finally
        {
            _judged = null;
            _sender = sender;
        }
    }

    private void Resume(Exception? cause)
    {
        if (_actor is null)
        {
            CreateAnew();
            return;
        }

        Mailbox.Resume();
        var culprit = _failed;
        if (cause is not null)
        {
            _failed = null;
        }

        foreach (var child in Children())
        {
            child.Child.SendSystem(new ResumeActor(child.Child.Equals(culprit) ? cause : null));
        }
    }

    private void Recreate(Exception cause)
    {
        if (_actor is null)
        {
            CreateAnew();
            return;
        }

        if (_afterDying != After.Nothing)
        {
            Resume(cause: null);
            return;
        }

        if (!_cleared)
        {
            var message = _fatalMessage;
            try
            {
                _timers?.CancelAll();
                _actor.RunPreRestart(cause, message);
            }
            catch (Exception e)
            {
                Log(new PreRestartException(_self, e, cause, message), _self.Path, _actor.GetType(), e.Message);
            }

            _stash?.UnstashAll();
            Clear();
        }

        _restartCause = cause;
        if (!WaitForChildren(After.Recreation))
        {
            FinishRecreation();
        }
    }

    private void FinishRecreation()
    {
        var cause = _restartCause!;
        _restartCause = null;
        _fatalMessage = null;
        var survivors = Children();
        try
        {
            Mailbox.Resume();
            _failed = null;
            _actor = NewActor();
            _actor.RunPostRestart(cause);
            ArmIdleTimer(restart: true);
            foreach (var survivor in survivors)
            {
                survivor.Child.SendSystem(new RecreateActor(cause));
            }
        }
        catch (Exception e)
        {
            Clear();
            Fail(new PostRestartException(_self, e, cause), [.. survivors.Select(s => s.Child)]);
        }
    }
}
