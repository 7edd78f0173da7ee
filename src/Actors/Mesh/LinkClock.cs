namespace VideoMesh.Actors.Mesh;

/// <summary>The deadlines of one link, on one timer that is set only when it must come earlier: an idle link wakes once per keep-alive interval. One owner.</summary>
internal sealed class LinkClock : IDisposable
{
    private readonly MeshOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly long _start;
    private TimeSpan _heard;
    private TimeSpan _pinged;
    private TimeSpan? _writing;
    private TimeSpan? _paced;
    private TimeSpan _armed = TimeSpan.MaxValue;
    private bool _isUp;

    public LinkClock(MeshOptions options, TimeProvider time, Action tick)
    {
        _options = options;
        _time = time;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(_ => tick(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What a tick found.</summary>
    public enum Verdict
    {
        Nothing = 1,
        Ping = 2,
        Silent = 3,
        SlowReader = 4,
        HandshakeTimeout = 5,
    }

    private TimeSpan Now => _time.GetElapsedTime(_start);

    /// <summary>The handshake's deadline begins.</summary>
    public void Start() => Arm(Now);

    public void Heard() => _heard = Now;

    public void Up()
    {
        _isUp = true;
        _heard = Now;
        _pinged = Now;
        Arm(Now);
    }

    public void WriteBegan()
    {
        _writing = Now;
        Arm(Now);
    }

    public void WriteEnded() => _writing = null;

    /// <summary>The pace holds the next frame back for this long; null: nothing is held back.</summary>
    public void WakeAfter(TimeSpan? wait)
    {
        _paced = wait is { } delay ? Now + delay : null;
        Arm(Now);
    }

    /// <summary>The timer fired, or somebody wants it looked at.</summary>
    public Verdict Ticked()
    {
        var now = Now;
        _armed = TimeSpan.MaxValue;
        var verdict = Judge(now);
        if (verdict == Verdict.Ping)
        {
            _pinged = now;
        }

        if (_paced <= now)
        {
            _paced = null;
        }

        Arm(now);
        return verdict;
    }

    public void Dispose() => _timer.Dispose();

    private Verdict Judge(TimeSpan now) =>
        _writing is { } began && now - began >= _options.SendTimeout ? Verdict.SlowReader
        : !_isUp ? now >= _options.HandshakeTimeout ? Verdict.HandshakeTimeout : Verdict.Nothing
        : now - _heard >= _options.KeepAliveTimeout ? Verdict.Silent
        : now - Later(_heard, _pinged) >= _options.KeepAliveInterval ? Verdict.Ping
        : Verdict.Nothing;

    private void Arm(TimeSpan now)
    {
        var next = _isUp ? Sooner(_heard + _options.KeepAliveTimeout, Later(_heard, _pinged) + _options.KeepAliveInterval) : _options.HandshakeTimeout;
        next = _writing is { } began ? Sooner(next, began + _options.SendTimeout) : next;
        next = _paced is { } paced ? Sooner(next, paced) : next;
        if (next < _armed)
        {
            _armed = next;

            // Timers round down to milliseconds: a tick too early would only have to be set again.
            var wait = next > now ? next - now : TimeSpan.Zero;
            _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
        }
    }

    private static TimeSpan Sooner(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static TimeSpan Later(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
