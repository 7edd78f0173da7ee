using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using VideoMesh.Actors.Client;
using VideoMesh.Miners.Media;

namespace VideoMesh.Actors.Stitcher;

/// <summary>The text of <c>videomesh-job.json</c>: what is in a result folder and where it comes from. Paths are relative to the folder.</summary>
internal static class JobDocument
{
    private const int Version = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Of(JobSpec spec, JobOutcome outcome, ImmutableArray<JobEvent.Accepted> segments) => JsonSerializer.Serialize(
        new
        {
            Version,
            Job = spec.Id,
            Source = Path.GetFileName(spec.Input),
            Profile = spec.Profile.Name,
            Segments = segments.Length,
            Renditions = outcome.Renditions.Select(r => new
            {
                r.Name,
                r.Path,
                Codec = r.Codec.Text(),
                r.Width,
                r.Height,
                r.Frames,
                DurationSeconds = r.Duration.TotalSeconds,
                r.Bytes,
            }),
            outcome.Hls,
            outcome.Dash,
            Miners = segments.CountBy(s => s.Miner).OrderBy(m => m.Key).Select(m => new { Address = m.Key.ToString(), Segments = m.Value }),
        },
        Json) + "\n";
}
