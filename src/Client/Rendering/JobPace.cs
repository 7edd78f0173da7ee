namespace VideoMesh.Client.Rendering;

/// <summary>How fast each rendition of a job gets on, measured over the last seconds, so that a resumed job does not claim frames of yesterday.</summary>
internal sealed class JobPace(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(15);
    private readonly Dictionary<string, Queue<(long Timestamp, long Frames)>> _samples = new(StringComparer.Ordinal);

    public void Observe(JobSnapshot snapshot)
    {
        var now = time.GetTimestamp();
        foreach (var rendition in snapshot.Renditions)
        {
            if (!_samples.TryGetValue(rendition.Name, out var samples))
            {
                _samples[rendition.Name] = samples = new Queue<(long, long)>();
            }

            samples.Enqueue((now, rendition.FramesDone));
            while (samples.Count > 2 && time.GetElapsedTime(samples.Peek().Timestamp, now) > Window)
            {
                samples.Dequeue();
            }
        }
    }

    /// <summary>Frames per second, or null before there is anything to measure.</summary>
    public double? FramesPerSecond(RenditionProgress rendition)
    {
        if (!_samples.TryGetValue(rendition.Name, out var samples) || samples.Count < 2)
        {
            return null;
        }

        var first = samples.Peek();
        var elapsed = time.GetElapsedTime(first.Timestamp);
        var frames = rendition.FramesDone - first.Frames;
        return elapsed > TimeSpan.Zero && frames > 0 ? frames / elapsed.TotalSeconds : null;
    }
}
