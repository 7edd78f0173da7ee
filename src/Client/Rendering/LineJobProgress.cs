namespace VideoMesh.Client.Rendering;

/// <summary>For logs and pipes: one line when the stage changes, and one every few seconds while it does not.</summary>
internal sealed class LineJobProgress(Action<string> write, TimeProvider time) : IJobProgress
{
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly JobPace _pace = new(time);
    private string? _stage;
    private string? _lastLine;
    private long _lastTimestamp;

    public void Report(JobSnapshot snapshot)
    {
        lock (_lock)
        {
            _pace.Observe(snapshot);
            var isNewStage = !string.Equals(snapshot.Stage, _stage, StringComparison.Ordinal);
            if (!isNewStage && time.GetElapsedTime(_lastTimestamp) < Interval)
            {
                return;
            }

            _stage = snapshot.Stage;
            _lastTimestamp = time.GetTimestamp();
            var line = JobText.Line(snapshot, _pace.FramesPerSecond);
            if (!string.Equals(line, _lastLine, StringComparison.Ordinal))
            {
                _lastLine = line;
                write(line);
            }
        }
    }

    public void Note(string line)
    {
        lock (_lock)
        {
            write(line);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
