namespace VideoMesh.Actors.Kernel.Engine;

/// <summary>A timer's message on its way through the mailbox.</summary>
internal sealed class Tick(Timers owner, object key, long generation, object message) : IWrappedMessage
{
    public Timers Owner { get; } = owner;

    public object Key { get; } = key;

    public long Generation { get; } = generation;

    public object Message { get; } = message;
}

/// <summary>
/// The timers of one instance of an actor. A tick carries its timer's generation, so that one that was already in the mailbox when its
/// timer was cancelled, replaced or lost its actor is known for stale.
/// </summary>
internal sealed class Timers(TimeProvider time, IActorRef self) : ITimerScheduler
{
    private readonly Dictionary<object, Entry> _entries = [];
    private long _generations;

    public void StartPeriodicTimer(object key, object msg, TimeSpan interval) => StartPeriodicTimer(key, msg, interval, interval);

    public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        Start(key, msg, initialDelay, interval);
    }

    public void StartSingleTimer(object key, object msg, TimeSpan timeout) => Start(key, msg, timeout, Timeout.InfiniteTimeSpan);

    public bool IsTimerActive(object key) => _entries.ContainsKey(key);

    public void Cancel(object key)
    {
        if (_entries.Remove(key, out var entry))
        {
            entry.Timer.Dispose();
        }
    }

    public void CancelAll()
    {
        foreach (var entry in _entries.Values)
        {
            entry.Timer.Dispose();
        }

        _entries.Clear();
    }

    /// <returns>False: the tick is stale.</returns>
    public bool TryTake(Tick tick, out object message)
    {
        message = tick.Message;
        if (!ReferenceEquals(tick.Owner, this) || !_entries.TryGetValue(tick.Key, out var entry) || entry.Generation != tick.Generation)
        {
            return false;
        }

        if (!entry.Repeats)
        {
            entry.Timer.Dispose();
            _entries.Remove(tick.Key);
        }

        return true;
    }

    private void Start(object key, object message, TimeSpan delay, TimeSpan interval)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(message);
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        Cancel(key);
        var tick = new Tick(this, key, ++_generations, message);
        var timer = time.CreateTimer(_ => self.Tell(tick, ActorRefs.NoSender), state: null, delay, interval);
        _entries.Add(key, new Entry(timer, tick.Generation, interval != Timeout.InfiniteTimeSpan));
    }

    private sealed record Entry(ITimer Timer, long Generation, bool Repeats);
}
