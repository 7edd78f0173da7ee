namespace VideoMesh.Simulation;

/// <summary>Virtual time: one thread, one queue, one source of chance.</summary>
internal sealed class Clockwork(int seed)
{
    private readonly PriorityQueue<Action, (long Time, long Number)> _queue = new();
    private long _number;

    public Random Random { get; } = new(seed);

    /// <summary>Milliseconds since the start.</summary>
    public long Now { get; private set; }

    public long Steps { get; private set; }

    public void After(double milliseconds, Action action) => _queue.Enqueue(action, (Now + Math.Max(0, (long)milliseconds), _number++));

    /// <summary>Does the next thing.</summary>
    /// <returns>False when nothing is left to do.</returns>
    public bool Step()
    {
        if (!_queue.TryDequeue(out var action, out var at))
        {
            return false;
        }

        Now = at.Time;
        Steps++;
        action();
        return true;
    }

    public bool Chance(double probability) => probability > 0 && Random.NextDouble() < probability;
}
