using System.Globalization;
using Spectre.Console;
using VideoMesh.Client.Commands;

namespace VideoMesh.Client.Rendering;

/// <summary>Shows bytes on their way on stderr: a live bar on a terminal, a line now and then elsewhere, nothing with <c>--quiet</c>. Safe to call from any thread.</summary>
internal sealed class TransferProgress : IAsyncDisposable
{
    private const int BarWidth = 30;
    private static readonly TimeSpan s_refresh = TimeSpan.FromMilliseconds(125);
    private static readonly TimeSpan s_lineInterval = TimeSpan.FromSeconds(5);

    private readonly string _what;
    private readonly long _totalBytes;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _showing;
    private long _bytes;

    private TransferProgress(CommandRun run, string what, long totalBytes)
    {
        _what = what;
        _totalBytes = totalBytes;
        _time = run.Time;
        _started = run.Time.GetTimestamp();
        _showing = run.Quiet ? Task.CompletedTask : Task.Run(() => run.IsLive ? DrawAsync(run.ErrorConsole()) : WriteAsync(run));
    }

    /// <param name="what">Such as <c>storing</c>.</param>
    public static TransferProgress Open(CommandRun run, string what, long totalBytes) => new(run, what, totalBytes);

    public void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _showing;
        _ended.Dispose();
    }

    /// <summary>What is said of a transfer, without its bar.</summary>
    internal static string Text(string what, long bytes, long totalBytes, TimeSpan elapsed)
    {
        var done = Math.Clamp(bytes, 0, totalBytes);
        var rate = elapsed > TimeSpan.Zero ? done / elapsed.TotalSeconds : 0;
        var ending = done == totalBytes ? "done" : rate > 0 ? $"ETA {Units.Duration(TimeSpan.FromSeconds(Math.Min((totalBytes - done) / rate, TimeSpan.FromDays(99).TotalSeconds)))}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{what} {(totalBytes == 0 ? 100 : Math.Floor(100.0 * done / totalBytes)):0} % ({Units.Bytes(done)} of {Units.Bytes(totalBytes)}) {Units.Bytes((long)rate)}/s {ending}").TrimEnd();
    }

    private string Now() => Text(_what, Interlocked.Read(ref _bytes), _totalBytes, _time.GetElapsedTime(_started));

    private async Task WriteAsync(CommandRun run)
    {
        using var timer = new PeriodicTimer(s_lineInterval, _time);
        while (await IsTickAsync(timer))
        {
            run.Note(Now());
        }

        run.Note(Now());
    }

    private async Task DrawAsync(IAnsiConsole console)
    {
        try
        {
            using var timer = new PeriodicTimer(s_refresh, _time);
            await console.Live(new Text("")).StartAsync(async live =>
            {
                while (await IsTickAsync(timer))
                {
                    live.UpdateTarget(Picture());
                }

                live.UpdateTarget(Picture());
            });
        }
        catch (IOException)
        {
            // the terminal is gone; the transfer goes on
        }
    }

    private Paragraph Picture()
    {
        var done = _totalBytes == 0 ? 1 : Math.Clamp((double)Interlocked.Read(ref _bytes) / _totalBytes, 0, 1);
        var filled = (int)Math.Floor(done * BarWidth);
        return new Paragraph()
            .Append(new string('━', filled), new Style(done >= 1 ? Color.Green : Color.Blue))
            .Append(new string('━', BarWidth - filled), new Style(Color.Grey))
            .Append(" " + Now());
    }

    private async ValueTask<bool> IsTickAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_ended.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
