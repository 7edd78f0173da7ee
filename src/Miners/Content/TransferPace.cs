using System.Runtime.ExceptionServices;

namespace VideoMesh.Miners.Content;

/// <summary>The patience of one transfer: cancels it when it makes too little progress, and counts and spaces its retries.</summary>
internal sealed class TransferPace : IDisposable
{
    // A connection that breaks again and again may go on as long as each one brings this much.
    private const long ProgressThatForgives = 1 << 20;

    private readonly ContentClientOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<double> _chance;
    private readonly bool _resumes;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _stall;
    private readonly CancellationTokenSource _either;
    private long _sinceArmed;
    private long _sinceBreak;
    private int _retries;

    /// <param name="chance">Numbers from 0 to below 1.</param>
    /// <param name="resumes">Whether what a broken connection brought counts, or all is done again.</param>
    public TransferPace(ContentClientOptions options, TimeProvider time, Func<double> chance, bool resumes, CancellationToken caller)
    {
        _options = options;
        _time = time;
        _chance = chance;
        _resumes = resumes;
        _caller = caller;
        _stall = new CancellationTokenSource(options.StallTimeout, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_stall.Token, caller);
    }

    /// <summary>Cancelled by the caller or by a stall.</summary>
    public CancellationToken Token => _either.Token;

    public void Progress(long bytes)
    {
        _sinceBreak += bytes;
        _sinceArmed += bytes;
        if (_sinceArmed >= _options.MinProgressBytes)
        {
            _sinceArmed = 0;
            Arm();
        }
    }

    /// <summary>Returns when the failure is worth another try, else throws it as what it means.</summary>
    public void ThrowIfFinal(Exception failure)
    {
        if (failure is ContentTransferException or ContentStoreException)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        if (_caller.IsCancellationRequested)
        {
            throw new OperationCanceledException(failure.Message, failure, _caller);
        }

        if (_stall.IsCancellationRequested)
        {
            throw new ContentTransferException(ContentRefusal.Stalled, failure);
        }

        if (failure is not (HttpRequestException or IOException))
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>Waits before the next try.</summary>
    /// <exception cref="ContentTransferException"><see cref="ContentRefusal.ConnectionBroken"/>: there were enough.</exception>
    public async Task BeforeRetryAsync(Exception? failure)
    {
        if (_resumes && _sinceBreak >= ProgressThatForgives)
        {
            _retries = 0;
        }

        if (_retries++ >= _options.MaxRetries)
        {
            throw new ContentTransferException(ContentRefusal.ConnectionBroken, failure);
        }

        _sinceBreak = 0;
        _sinceArmed = 0;

        // Half to one and a half of the mean, so that many peers of one broken node do not come back as one.
        var mean = Math.Min(_options.MaxBackoff.Ticks, _options.FirstBackoff.Ticks * Math.Pow(2, _retries - 1));
        _stall.CancelAfter(Timeout.InfiniteTimeSpan);
        await Task.Delay(TimeSpan.FromTicks((long)(mean * (0.5 + _chance()))), _time, _caller);
        Arm();
    }

    public void Dispose()
    {
        _either.Dispose();
        _stall.Dispose();
    }

    private void Arm() => _stall.CancelAfter(_options.StallTimeout);
}
