namespace VideoMesh.Actors.Mesh;

/// <summary>What the mesh actor has to do later.</summary>
[Flags]
internal enum MeshDuty
{
    None = 0,
    Dial = 1,
    Renew = 2,
    Expire = 4,
    Gossip = 8,
}

/// <summary>One timer for all duties of the mesh actor, set to the earliest; none is due, none is set. <c>at</c> is monotonic time. One owner.</summary>
internal sealed class MeshClock(TimeProvider time, Action tick) : IDisposable
{
    private readonly Dictionary<MeshDuty, TimeSpan> _due = [];
    private readonly ITimer _timer = time.CreateTimer(_ => tick(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>When the duty is due; null: not at all.</summary>
    public void Set(MeshDuty duty, TimeSpan? at, TimeSpan now)
    {
        if (at is { } due)
        {
            _due[duty] = due;
        }
        else
        {
            _due.Remove(duty);
        }

        Arm(now);
    }

    /// <summary>The duty is due at the latest then.</summary>
    public void SetBy(MeshDuty duty, TimeSpan at, TimeSpan now)
    {
        if (!_due.TryGetValue(duty, out var due) || at < due)
        {
            Set(duty, at, now);
        }
    }

    /// <summary>Takes what is due by now.</summary>
    public MeshDuty TakeDue(TimeSpan now)
    {
        var duties = MeshDuty.None;
        foreach (var duty in _due.Where(pair => pair.Value <= now).Select(pair => pair.Key).ToArray())
        {
            _due.Remove(duty);
            duties |= duty;
        }

        Arm(now);
        return duties;
    }

    public void Dispose() => _timer.Dispose();

    private void Arm(TimeSpan now)
    {
        if (_due.Count == 0)
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        var wait = _due.Values.Min() - now;
        _timer.Change(TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling(wait.TotalMilliseconds), 0, int.MaxValue)), Timeout.InfiniteTimeSpan);
    }
}
