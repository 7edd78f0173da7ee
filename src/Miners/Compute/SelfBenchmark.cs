using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
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
    private const int Frames = 24;
    private const string Clip = "clip.mkv";

    private static readonly SandboxLimits Limits = new() { WallTime = TimeSpan.FromMinutes(2) };

    /// <param name="cpuInfo">The text of <c>/proc/cpuinfo</c>.</param>
    /// <exception cref="SandboxException">The sandbox failed, or its ffmpeg does not run.</exception>
    public async Task<ComputeOffer> MeasureAsync(string cpuInfo, CancellationToken cancellationToken)
    {
        await using var session = await sandbox.OpenAsync(SandboxMounts.None, Limits, cancellationToken);
        var determinismClass = Compute.DeterminismClass.Of(await VersionAsync(session, cancellationToken), cpuInfo);
        Directory.CreateDirectory(cacheFolder);
        var cache = Path.Combine(cacheFolder, $"benchmark-{determinismClass}.json");
        await using var gate = await LockAsync(cache + ".lock", cancellationToken);
        if (Read(cache) is { IsEmpty: false } cached)
        {
            return new ComputeOffer(determinismClass, cached);
        }

        var measured = await MeasureAsync(session, cancellationToken);
        await File.WriteAllTextAsync(cache + ".new", JsonSerializer.Serialize(measured.ToDictionary(m => m.Key.Text(), m => m.Value, StringComparer.Ordinal)), cancellationToken);
        File.Move(cache + ".new", cache, overwrite: true);
        return new ComputeOffer(determinismClass, measured);
    }

    private static async Task<string> VersionAsync(ISandboxSession session, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var run = await session.RunAsync(
            new SandboxCommand
            {
                Tool = MediaTool.Ffmpeg,
                Arguments = ["-version"],
                ReadOutput = async (stream, token) =>
                {
                    using var reader = new StreamReader(stream);
                    text.Append(await reader.ReadToEndAsync(token));
                },
            },
            cancellationToken);
        return run.ExitCode == 0
            ? text.ToString()
            : throw new SandboxException($"ffmpeg does not run in the sandbox: {run.Errors.ReplaceLineEndings(" ").Trim()} Run `videomesh doctor`.");
    }

    private async Task<ImmutableSortedDictionary<VideoCodec, long>> MeasureAsync(ISandboxSession session, CancellationToken cancellationToken)
    {
        // Moving detail and noise: a flat picture would flatter every encoder.
        var made = await session.RunAsync(
            new SandboxCommand
            {
                Tool = MediaTool.Ffmpeg,
                Arguments =
                [
                    "-v", "error", "-nostdin", "-f", "lavfi", "-i", $"testsrc2=size={Width}x{Height}:rate=24,noise=alls=12:allf=t", "-frames:v", $"{Frames}",
                    "-pix_fmt", "yuv420p", "-c:v", "ffv1", "-y", Clip,
                ],
            },
            cancellationToken);
        if (made.ExitCode != 0)
        {
            throw new SandboxException($"ffmpeg could not make the clip for the self-benchmark: {made.Errors.ReplaceLineEndings(" ").Trim()} Run `videomesh doctor`.");
        }

        var speeds = ImmutableSortedDictionary.CreateBuilder<VideoCodec, long>();
        foreach (var codec in Enum.GetValues<VideoCodec>())
        {
            var started = time.GetTimestamp();
            try
            {
                var run = await EncodeCommand.RunAsync(session, Clip, [Spec(codec)], ["o.mp4"], TimeSpan.FromMinutes(1), _ => { }, cancellationToken);
                // CPU time where it is known: what else the machine does at this moment is not for ever.
                var spent = run.CpuTime is { Ticks: > 0 } cpu ? cpu : time.GetElapsedTime(started);
                speeds.Add(codec, Math.Max(1, (long)(Width * Height * Frames / spent.TotalSeconds)));
            }
            catch (MediaException)
            {
                // this build lacks the encoder: the codec is not offered
            }
        }

        return speeds.ToImmutable();
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

    // A damaged cache is no more than a missing one.
    private static ImmutableSortedDictionary<VideoCodec, long>? Read(string cache)
    {
        try
        {
            var speeds = JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllText(cache)) ?? [];
            return speeds.Where(s => s.Value > 0 && MediaNames.TryParseVideoCodec(s.Key, out _)).ToImmutableSortedDictionary(
                s => MediaNames.TryParseVideoCodec(s.Key, out var codec) ? codec : default, s => s.Value);
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private async Task<FileStream> LockAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (Directory.Exists(cacheFolder))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
            }
        }
    }
}
