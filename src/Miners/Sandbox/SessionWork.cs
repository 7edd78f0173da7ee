namespace VideoMesh.Miners.Sandbox;

/// <summary>Work in one sandbox session, one piece after the other: the session is opened when it is first needed, and stopping leaves nothing running.</summary>
/// <param name="open">Opens the session.</param>
public sealed class SessionWork(Func<CancellationToken, Task<ISandboxSession>> open) : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private ISandboxSession? _session;
    private Task _last = Task.CompletedTask;

    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Runs a piece of work after those before it have ended, well or not. Not for use by several threads at once.</summary>
    public Task<T> RunAsync<T>(Func<ISandboxSession, CancellationToken, Task<T>> work)
    {
        var next = AfterAsync(_last, work);
        _last = next;
        return next;
    }

    /// <summary>Cancels what runs, waits for its end, and closes the session.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _last.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (_session is not null)
        {
            await _session.DisposeAsync();
            _session = null;
        }
    }

    public void Dispose() => _stopping.Dispose();

    private async Task<T> AfterAsync<T>(Task before, Func<ISandboxSession, CancellationToken, Task<T>> work)
    {
        // Its own caller hears how it went.
        await before.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _stopping.Token.ThrowIfCancellationRequested();
        _session ??= await open(_stopping.Token);
        return await work(_session, _stopping.Token);
    }
}
