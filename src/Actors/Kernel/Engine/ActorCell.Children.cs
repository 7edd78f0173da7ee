namespace VideoMesh.Actors.Kernel.Engine;

/// <summary>A child and its restarts.</summary>
internal sealed class ChildStats(IInternalRef child)
{
    private int _restarts;
    private long? _windowStart;

    public IInternalRef Child { get; } = child;

    /// <summary>
    /// Counts one restart more. A window opens with the first restart; too many inside it are refused, and the first one after it opens
    /// the next.
    /// </summary>
    public bool MayRestart(int maxRetries, int withinMilliseconds, TimeProvider time)
    {
        if (maxRetries == 0)
        {
            return false;
        }

        if (withinMilliseconds <= 0)
        {
            return maxRetries < 0 || ++_restarts <= maxRetries;
        }

        var now = time.GetTimestamp();
        _windowStart ??= now;
        if (time.GetElapsedTime(_windowStart.Value, now) > TimeSpan.FromMilliseconds(withinMilliseconds))
        {
            _windowStart = now;
            _restarts = 1;
            return true;
        }

        return ++_restarts <= (maxRetries > 0 ? maxRetries : 1);
    }
}

internal sealed partial class ActorCell
{
    private enum After
    {
        Nothing,
        Creation,
        Recreation,
        Termination,
    }

    // The lock is for /user alone, whose children are started from any thread.
    private readonly Lock _childrenGate = new();
    private readonly HashSet<IActorRef> _dying = [];
    private Dictionary<string, ChildStats>? _children;
    private After _afterDying;
    private bool _closedToChildren;
    private long _names;

    private bool IsWaitingForChildren => _afterDying is After.Creation or After.Recreation;

    private bool IsTerminating => _afterDying == After.Termination;

    public IActorRef ActorOf(Props props, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(props);
        LocalRef child;
        lock (_childrenGate)
        {
            if (_closedToChildren)
            {
                throw new InvalidOperationException("Cannot create child while terminating or terminated");
            }

            var valid = name is null ? AutoName(_names++) : Checked(name);
            _children ??= new Dictionary<string, ChildStats>(StringComparer.Ordinal);
            if (_children.ContainsKey(valid))
            {
                throw new InvalidActorNameException($"Actor name \"{valid}\" is not unique!");
            }

            child = new LocalRef(System, props, _self.Path.ChildPath(valid, System.NextUid()), _self);
            _children.Add(valid, new ChildStats(child));
        }

        if (_failed is not null)
        {
            for (var i = 0; i < Mailbox.Suspensions; i++)
            {
                child.SendSystem(SuspendActor.Instance);
            }
        }

        child.SendSystem(CreateActor.Instance);
        return child;
    }

    public IActorRef Child(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (_childrenGate)
        {
            return _children is not null && _children.TryGetValue(name, out var stats) ? stats.Child : ActorRefs.Nobody;
        }
    }

    public IEnumerable<IActorRef> GetChildren() => [.. Children().Select(c => c.Child)];

    public void Stop(IActorRef child)
    {
        ArgumentNullException.ThrowIfNull(child);
        if (StatsOf(child) is not null)
        {
            _dying.Add(child);
        }

        ((IInternalRef)child).SendSystem(StopActor.Instance);
    }

    private static string Checked(string name)
    {
        if (name.Length == 0)
        {
            throw new InvalidActorNameException("Actor name must not be empty.");
        }

        return ActorPath.IsValidPathElement(name)
            ? name
            : throw new InvalidActorNameException($"Illegal actor name [{name}]. Actor paths must: not start with `$`, include only ASCII letters and can only contain these special characters: \"-_.*$+:@&=,!~';().");
    }

    private static string AutoName(long number)
    {
        const string digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+~";
        var name = new System.Text.StringBuilder("$");
        do
        {
            name.Append(digits[(int)(number & 63)]);
            number >>= 6;
        }
        while (number != 0);
        return name.ToString();
    }

    private List<ChildStats> Children()
    {
        lock (_childrenGate)
        {
            return _children is null ? [] : [.. _children.Values];
        }
    }

    private ChildStats? StatsOf(IActorRef child)
    {
        lock (_childrenGate)
        {
            return _children is not null && _children.TryGetValue(child.Path.Name, out var stats) && stats.Child.Equals(child) ? stats : null;
        }
    }

    private void StopChildren()
    {
        foreach (var child in Children())
        {
            Stop(child.Child);
        }
    }

    private void SuspendChildren(IActorRef? except, IReadOnlyCollection<IActorRef> exceptThese)
    {
        foreach (var child in Children())
        {
            if (!child.Child.Equals(except) && !exceptThese.Contains(child.Child))
            {
                child.Child.SendSystem(SuspendActor.Instance);
            }
        }
    }

    /// <returns>False: no child is stopping, there is nothing to wait for.</returns>
    private bool WaitForChildren(After then)
    {
        if (_dying.Count == 0)
        {
            return false;
        }

        _afterDying = then;
        return true;
    }

    private void RemoveChild(IActorRef child)
    {
        lock (_childrenGate)
        {
            _children!.Remove(child.Path.Name);
        }

        _dying.Remove(child);
        if (_dying.Count > 0)
        {
            return;
        }

        var then = _afterDying;
        _afterDying = After.Nothing;
        switch (then)
        {
            case After.Creation:
                FinishCreation();
                break;
            case After.Recreation:
                FinishRecreation();
                break;
            case After.Termination:
                FinishTermination();
                break;
        }
    }
}
