using System.Collections.Immutable;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Compute;

/// <summary>What this machine can do with this ffmpeg.</summary>
/// <param name="DeterminismClass">See <see cref="Compute.DeterminismClass"/>.</param>
/// <param name="PixelsPerSecond">Measured speed of one slot; codecs whose encoder is missing or fails are absent.</param>
public sealed record ComputeOffer(string DeterminismClass, ImmutableSortedDictionary<VideoCodec, long> PixelsPerSecond);

/// <summary>
/// Measures how many pixels a second one slot encodes, by codec at its default preset, within a few seconds. The result belongs to the machine and the ffmpeg
/// build: it is cached, and nodes that start at once on one machine measure once.
/// </summary>
public sealed class SelfBenchmark(ISandbox sandbox, string cacheFolder, TimeProvider time)
{
    private const int Width = 640;
    private const int Height = 360;
    private const int Frames = 48;
    private const string Clip = "clip.mkv";

    // A guard against hanging: on an idle core each takes about a second.
    private static readonly TimeSpan LongestEncode = TimeSpan.FromMinutes(3);

    private static readonly SandboxLimits Limits = new() { WallTime = TimeSpan.FromMinutes(10) };

    /// <param name="cpuInfo">The text of <c>/proc/cpuinfo</c>.</param>
    /// <exception cref="SandboxException">The sandbox failed, or its ffmpeg does not run.</exception>
    public async Task<ComputeOffer> MeasureAsync(string cpuInfo, CancellationToken cancellationToken)
    {
        await using var session = await sandbox.OpenAsync(SandboxMounts.None, Limits, cancellationToken);
        var (version, start) = await VersionAsync(session, cancellationToken);
        var determinismClass = Compute.DeterminismClass.Of(version, cpuInfo);
        var cache = new BenchmarkCache(cacheFolder, determinismClass, time);
        await using var turn = await cache.TakeTurnAsync(cancellationToken);
        if (cache.Read() is { } cached)
        {
            return new ComputeOffer(determinismClass, cached);
        }

        var (measured, complete) = await MeasureAsync(session, start, cancellationToken);
        if (complete)
        {
            cache.Write(measured);
        }

        return new ComputeOffer(determinismClass, measured);
    }

    // Also says what starting ffmpeg costs: with a clip this short it would make a fast encoder look half as fast.
    private async Task<(string Text, TimeSpan Start)> VersionAsync(ISandboxSession session, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var (text, run) = await DeterminismProbe.VersionAsync(session, cancellationToken);
        return (text, Cost(run, started));
    }

    // One slot is one core, so processor time is what a slot needs, however busy the machine is with other things just now.
    private TimeSpan Cost(SandboxResult run, long started) => run.CpuTime is { } cpu && cpu > TimeSpan.Zero ? cpu : time.GetElapsedTime(started);

    private async Task<(ImmutableSortedDictionary<VideoCodec, long> Speeds, bool Complete)> MeasureAsync(ISandboxSession session, TimeSpan start, CancellationToken cancellationToken)
    {
        // Moving edges and a little noise. Against the same encoders on real footage at 720p it came out 1.1 to 1.7 times as fast as a noisy phone clip and 0.4 to 0.6
        // times as fast as a quiet webcam clip. Strong noise, which no encoder can predict, made them look 1.6 to 14 times slower than they are.
        var made = await session.RunAsync(
            new SandboxCommand
            {
                Tool = MediaTool.Ffmpeg,
                Arguments =
                [
                    "-v", "error", "-nostdin", "-f", "lavfi", "-i", $"testsrc2=size={Width}x{Height}:rate=24,noise=alls=2:allf=t", "-frames:v", $"{Frames}",
                    "-pix_fmt", "yuv420p", "-c:v", "mpeg4", "-q:v", "2", "-y", Clip,
                ],
            },
            cancellationToken);
        if (made.ExitCode != 0)
        {
            throw new SandboxException($"ffmpeg could not make the clip for the self-benchmark: {made.Errors.ReplaceLineEndings(" ").Trim()} Run `videomesh doctor`.");
        }

        var complete = true;
        var speeds = ImmutableSortedDictionary.CreateBuilder<VideoCodec, long>();
        foreach (var codec in Enum.GetValues<VideoCodec>())
        {
            var started = time.GetTimestamp();
            try
            {
                var run = await EncodeCommand.RunAsync(session, Clip, [Spec(codec)], ["o.mp4"], LongestEncode, _ => { }, cancellationToken);
                var cost = Cost(run, started);
                var encoding = TimeSpan.FromTicks(Math.Max((cost - start).Ticks, cost.Ticks / 4));
                speeds.Add(codec, Math.Max(1, (long)(Width * Height * Frames / encoding.TotalSeconds)));
            }
            catch (MediaException e)
            {
                // The codec is not offered. That an encoder is missing stays so; that it met a limit may have been a bad moment, and is not written down.
                complete &= e.Fault == MediaFault.ToolFailed;
            }
        }

        return (speeds.ToImmutable(), complete);
    }

    private static RenditionSpec Spec(VideoCodec codec) => new()
    {
        Name = "benchmark",
        Codec = codec,
        Width = Width,
        Height = Height,
        Crf = EncoderPresets.DefaultCrf(codec),
        Preset = EncoderPresets.Default(codec),
        PixelFormat = "yuv420p",
        FrameRate = new Rational(24, 1),
    };
}
