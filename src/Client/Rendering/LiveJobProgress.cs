using System.Collections.Concurrent;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace VideoMesh.Client.Rendering;

/// <summary>A picture on a terminal that redraws itself: a bar per rendition, a line per miner, notes scrolling by above.</summary>
internal sealed class LiveJobProgress : IJobProgress
{
    private const int MaxMiners = 12;
    private const int BarWidth = 30;

    /// <summary>Often enough to look alive, seldom enough to cost nothing over a slow terminal.</summary>
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(125);

    private readonly IAnsiConsole _console;
    private readonly JobPace _pace;
    private readonly ConcurrentQueue<string> _notes = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _drawing;
    private volatile JobSnapshot? _latest;

    public LiveJobProgress(IAnsiConsole console, TimeProvider time)
    {
        _console = console;
        _pace = new JobPace(time);
        _drawing = Task.Run(() => DrawAsync(time));
    }

    public void Report(JobSnapshot snapshot) => _latest = snapshot;

    public void Note(string line) => _notes.Enqueue(line);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _drawing;
        _ended.Dispose();
    }

    /// <summary>What is on the screen for a snapshot.</summary>
    internal static IRenderable Draw(JobSnapshot snapshot, Func<RenditionProgress, double?> framesPerSecond)
    {
        var bars = NewGrid(7);
        foreach (var rendition in snapshot.Renditions)
        {
            var row = JobText.Row(snapshot, rendition, framesPerSecond(rendition));
            bars.AddRow(new Text(row.Name), Bar(row.Done), new Text(row.Percent), new Text(row.Frames), new Text(row.Rate), new Text(row.Speed), new Text(row.Remaining));
        }

        var (rows, hidden) = JobText.Miners(snapshot, MaxMiners);
        var miners = NewGrid(3);
        foreach (var row in rows)
        {
            var style = row.IsBusy ? Style.Plain : new Style(Color.Grey);
            miners.AddRow(new Text(row.Name, style), new Text(row.Segments, style), new Text(row.Current, style));
        }

        var parts = new List<IRenderable> { new Text(Units.Clean(snapshot.Stage, 72), new Style(decoration: Decoration.Bold)) };
        if (snapshot.Renditions.Length > 0)
        {
            parts.Add(bars);
        }

        if (rows.Length > 0)
        {
            parts.Add(miners);
        }

        if (hidden > 0)
        {
            parts.Add(new Text($"… and {hidden} more miners", new Style(Color.Grey)));
        }

        return new Rows(parts);
    }

    private static Grid NewGrid(int columns)
    {
        var grid = new Grid();
        for (var column = 0; column < columns; column++)
        {
            grid.AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(0, 0, 2, 0) });
        }

        return grid;
    }

    private static Paragraph Bar(double done)
    {
        var filled = (int)Math.Floor(done * BarWidth);
        return new Paragraph()
            .Append(new string('━', filled), new Style(done >= 1 ? Color.Green : Color.Blue))
            .Append(new string('━', BarWidth - filled), new Style(Color.Grey));
    }

    private async Task DrawAsync(TimeProvider time)
    {
        try
        {
            using var timer = new PeriodicTimer(Refresh, time);
            await _console.Live(new Text("")).StartAsync(async live =>
            {
                while (await IsTickAsync(timer))
                {
                    Update(live);
                }

                Update(live);
            });
        }
        catch (IOException)
        {
            // the terminal is gone; the job goes on
        }
    }

    private void Update(LiveDisplayContext live)
    {
        while (_notes.TryDequeue(out var note))
        {
            _console.WriteLine(note);
        }

        if (_latest is { } snapshot)
        {
            _pace.Observe(snapshot);
            live.UpdateTarget(Draw(snapshot, _pace.FramesPerSecond));
        }
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
