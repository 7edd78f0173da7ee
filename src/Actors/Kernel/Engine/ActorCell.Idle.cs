namespace VideoMesh.Actors.Kernel.Engine;

/// <summary>The receive timeout's message on its way through the mailbox.</summary>
internal sealed class IdleTick(long generation)
{
    public long Generation { get; } = generation;
}

/// <summary>The receive timeout: one timer, put off by every message that counts.</summary>
internal sealed partial class ActorCell
{
    private ITimer? _idleTimer;
    private long _idleGeneration;

    public TimeSpan? ReceiveTimeout { get; private set; }

    public void SetReceiveTimeout(TimeSpan? timeout) => ReceiveTimeout = timeout;

    private bool IsDue(IdleTick tick) => _idleTimer is not null && tick.Generation == _idleGeneration;

    private void ArmIdleTimer(bool restart)
    {
        if (ReceiveTimeout is not { } timeout)
        {
            CancelIdleTimer();
        }
        else if (restart || _idleTimer is null)
        {
            CancelIdleTimer();
            var tick = new IdleTick(++_idleGeneration);
            _idleTimer = System.Time.CreateTimer(_ => _self.Tell(tick, _self), state: null, timeout, Timeout.InfiniteTimeSpan);
        }
    }

    private void CancelIdleTimer()
    {
        _idleTimer?.Dispose();
        _idleTimer = null;
    }
}
