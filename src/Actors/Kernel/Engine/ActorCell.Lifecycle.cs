namespace VideoMesh.Actors.Kernel.Engine;

/// <summary>Creation and stop.</summary>
internal sealed partial class ActorCell
{
    private void Create()
    {
        try
        {
            _actor = NewActor();
            _actor.RunPreStart();
            ArmIdleTimer(restart: true);
        }
        catch (Exception e)
        {
            Clear();
            _actor = null;
            throw new ActorInitializationException(_self, "Exception during creation", e);
        }
    }

    private void CreateAnew()
    {
        SetReceiveTimeout(null);
        CancelIdleTimer();
        StopChildren();
        if (!WaitForChildren(After.Creation))
        {
            FinishCreation();
        }
    }

    private void FinishCreation()
    {
        Mailbox.Resume();
        _failed = null;
        try
        {
            Create();
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void Terminate()
    {
        SetReceiveTimeout(null);
        CancelIdleTimer();
        UnwatchAll();
        lock (_childrenGate)
        {
            _closedToChildren = true;
        }

        StopChildren();
        var already = IsTerminating;
        if (!WaitForChildren(After.Termination))
        {
            FinishTermination();
        }
        else if (!already)
        {
            Mailbox.Suspend();
            _failed = _self;
        }
    }

    private void FinishTermination()
    {
        try
        {
            if (_actor is not null && !_cleared)
            {
                _timers?.CancelAll();
                _actor.RunPostStop();
            }
        }
        catch (Exception e)
        {
            Log(e, _self.Path, _actor!.GetType(), e.Message);
        }

        _stash?.UnstashAll();
        Clear();
        CancelIdleTimer();
        System.EventStream.Unsubscribe(_self);
        var (messages, orders) = Mailbox.Close();
        foreach (var (message, sender) in messages)
        {
            System.PublishDeadLetter(message, sender, _self);
        }

        _parent.SendSystem(new ActorStopped(_self, existenceConfirmed: true));
        TellWatchers();
        foreach (var order in orders)
        {
            _self.SendSystem(order);
        }

        UnwatchAll();
        _actor = null;
        _deferred = [];
    }
}
