namespace VideoMesh.Actors.Mesh;

/// <summary>How long to wait after failures in a row: doubling from <c>first</c> to <c>cap</c>, then drawn from the upper half of that, so that nodes that
/// lost the same peer do not all come back at once.</summary>
public sealed class Backoff
{
    private readonly TimeSpan _first;
    private readonly TimeSpan _cap;
    private readonly Random _random;

    public Backoff(TimeSpan first, TimeSpan cap, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(first, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(cap, first);
        ArgumentNullException.ThrowIfNull(random);
        _first = first;
        _cap = cap;
        _random = random;
    }

    /// <param name="failures">Failures in a row, at least 1.</param>
    public TimeSpan Delay(int failures)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        var full = Math.Min(_cap.TotalMilliseconds, _first.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 62)));
        return TimeSpan.FromMilliseconds(full * (0.5 + (0.5 * _random.NextDouble())));
    }
}
