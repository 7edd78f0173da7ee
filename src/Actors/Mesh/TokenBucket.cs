namespace VideoMesh.Actors.Mesh;

/// <summary>Grants <c>rate</c> units per second, and up to <c>burst</c> at once after a rest. Starts full. Not thread-safe: one owner.</summary>
public sealed class TokenBucket
{
    private readonly TimeProvider _time;
    private readonly double _rate;
    private readonly double _burst;
    private double _tokens;
    private long _stamp;

    /// <param name="rate">Units per second, above zero.</param>
    /// <param name="burst">Most units the bucket holds, above zero.</param>
    public TokenBucket(TimeProvider time, double rate, double burst)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(burst);
        _time = time;
        _rate = rate;
        _burst = burst;
        _tokens = burst;
        _stamp = time.GetTimestamp();
    }

    /// <summary>Takes <paramref name="amount"/> units if they are there; takes nothing otherwise.</summary>
    public bool TryTake(double amount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        Refill();
        if (_tokens < amount)
        {
            return false;
        }

        _tokens -= amount;
        return true;
    }

    /// <summary>How long until <paramref name="amount"/> units are there; an amount above the burst waits for a full bucket.</summary>
    public TimeSpan WaitFor(double amount)
    {
        Refill();
        var missing = Math.Min(amount, _burst) - _tokens;
        return missing <= 0 ? TimeSpan.Zero : TimeSpan.FromTicks((long)Math.Ceiling(missing / _rate * TimeSpan.TicksPerSecond));
    }

    private void Refill()
    {
        var now = _time.GetTimestamp();
        var elapsed = _time.GetElapsedTime(_stamp, now).TotalSeconds;
        _stamp = now;
        if (elapsed > 0)
        {
            _tokens = Math.Min(_burst, _tokens + (elapsed * _rate));
        }
    }
}
