using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using VideoMesh.Miners.Media;

namespace VideoMesh.Benchmarks;

/// <summary>
/// A clip of real footage through a devnet of two compute processes, against (a) one <c>ffmpeg -threads 2</c> and (b) a bare pipeline of two ffmpeg
/// processes over the same segments. The three alternate; whole wall time counts, from start of the command to the finished file,
/// and beside it the processor time of the whole machine, which tells cost from noise. All three must come to the same number of frames.
/// </summary>
internal static class TranscodeBench
{
    private const string Footage = "/usr/share/forensics-samples/original-files/movie2/movie-hello.mp4";
    private const int Height = 720;

    private static readonly (VideoCodec Codec, int Crf, string Preset)[] Settings =
    [
        (VideoCodec.H264, 23, "medium"), (VideoCodec.H265, 26, "veryfast"), (VideoCodec.Vp9, 33, "5"), (VideoCodec.Av1, 35, "8"),
    ];

    public static async Task<int> RunAsync(string[] arguments)
    {
        var options = new BenchOptions(arguments);
        var runs = options.Int("runs", 3);
        var seconds = options.Int("seconds", 62);
        var codecs = (options.Text("codecs") ?? "h264,h265,vp9,av1").Split(',');
        var folder = Directory.CreateTempSubdirectory("videomesh-bench-").FullName;
        Environment.SetEnvironmentVariable("XDG_STATE_HOME", Path.Combine(folder, "state"));
        try
        {
            var clip = await MakeClipAsync(folder, seconds);
            var up = JsonNode.Parse(await BenchProcess.VideoMeshAsync(["devnet", "up", "--compute", "2", "--json", "--quiet"]))!;
            var nodes = up["nodes"]!.AsArray().Select(n => n!["pid"]!.GetValue<int>()).ToList();
            var results = new List<Row>();
            foreach (var setting in Settings.Where(s => codecs.Contains(s.Codec.Text())))
            {
                results.Add(await CompareAsync(setting, clip, folder, up["network"]!.GetValue<string>(), runs));
                Print(results[^1]);
            }

            var peakMb = nodes.Max(BenchProcess.PeakResidentMb);
            Console.Error.WriteLine($"largest node process: {peakMb:0} MB resident at its peak");
            Console.WriteLine(JsonSerializer.Serialize(new { bench = "transcode", seconds, runs, results, nodePeakMb = peakMb }, JsonSerializerOptions.Web));
            return 0;
        }
        finally
        {
            await BenchProcess.VideoMeshAsync(["devnet", "down", "--quiet"]);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Row> CompareAsync((VideoCodec Codec, int Crf, string Preset) setting, string clip, string folder, string network, int runs)
    {
        var profile = Path.Combine(folder, $"{setting.Codec.Text()}.json");
        await File.WriteAllTextAsync(profile, JsonSerializer.Serialize(new
        {
            name = "bench",
            renditions = new[] { new { name = "720p", codec = setting.Codec.Text(), height = Height, crf = setting.Crf, preset = setting.Preset } },
            outputs = new[] { "mp4" },
        }));
        var (ours, single, bare) = (new List<Cost>(), new List<Cost>(), new List<Cost>());
        for (var i = 0; i < runs; i++)
        {
            var work = Directory.CreateDirectory(Path.Combine(folder, $"{setting.Codec}-{i}")).FullName;
            var result = "";
            ours.Add(await CostOfAsync(async () =>
                result = await BenchProcess.VideoMeshAsync(["transcode", clip, "--profile", profile, "--out", Path.Combine(work, "out"), "--network", network, "--json", "--quiet"])));
            single.Add(await CostOfAsync(() => SingleAsync(setting, clip, work)));
            bare.Add(await CostOfAsync(() => BareAsync(setting, clip, work)));
            await RequireSameFramesAsync([Path.Combine(work, "out", "720p.mp4"), Path.Combine(work, "single.mp4"), Path.Combine(work, "bare.mp4")]);
            var shares = JsonNode.Parse(result)!["miners"]!.AsArray().Select(m => m!["segments"]!.GetValue<int>());
            Console.Error.WriteLine(
                $"  {setting.Codec.Text()} run {i + 1}: ours {ours[^1]} ({string.Join(" + ", shares)} segments), one ffmpeg {single[^1]}, bare pipeline {bare[^1]}");
            Directory.Delete(work, recursive: true);
        }

        return new Row(
            setting.Codec.Text(),
            setting.Preset,
            Cost.Median(ours),
            Cost.Median(single),
            Cost.Median(bare),
            BenchOptions.Median(ours.Zip(single, (o, s) => o.Seconds / s.Seconds)),
            BenchOptions.Median(ours.Zip(bare, (o, b) => o.Seconds / b.Seconds)));
    }

    private static async Task RequireSameFramesAsync(IReadOnlyList<string> files)
    {
        var frames = new List<string>();
        foreach (var file in files)
        {
            frames.Add((await BenchProcess.RunAsync("ffprobe", ["-v", "error", "-select_streams", "v:0", "-count_packets", "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", file])).Trim());
        }

        if (frames.Distinct(StringComparer.Ordinal).Count() > 1)
        {
            throw new InvalidOperationException($"The results do not have the same number of frames: {string.Join(", ", frames)}.");
        }
    }

    private static void Print(Row row) => Console.Error.WriteLine(
        $"{row.Codec} {row.Preset}: ours {row.Ours} | one ffmpeg -threads 2 {row.Single}, ratio {row.ToSingle:0.00} | bare pipeline {row.Bare}, ratio {row.ToBare:0.00}");

    // A clip with a keyframe every two seconds, as cameras and editors write them.
    private static async Task<string> MakeClipAsync(string folder, int seconds)
    {
        var clip = Path.Combine(folder, "clip.mp4");
        await BenchProcess.RunAsync("ffmpeg", ["-v", "error", "-nostdin", "-stream_loop", "-1", "-i", Footage, "-t", $"{seconds}", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", "60", "-c:a", "aac", clip]);
        return clip;
    }

    private static Task<string> SingleAsync((VideoCodec Codec, int Crf, string Preset) setting, string clip, string work) =>
        BenchProcess.RunAsync("ffmpeg", ["-v", "error", "-nostdin", "-i", clip, .. PeerFlags(setting), "-threads", "2", "-c:a", "aac", "-b:a", "128k", Path.Combine(work, "single.mp4")]);

    // The encoders with the settings of our recipe, and as many threads as they like: two cores are all there is.
    private static string[] PeerFlags((VideoCodec Codec, int Crf, string Preset) s) => s.Codec switch
    {
        VideoCodec.H264 => ["-c:v", "libx264", "-preset", s.Preset, "-crf", $"{s.Crf}"],
        VideoCodec.H265 => ["-c:v", "libx265", "-preset", s.Preset, "-crf", $"{s.Crf}", "-x265-params", "pools=2:log-level=error"],
        VideoCodec.Vp9 => ["-c:v", "libvpx-vp9", "-deadline", "good", "-cpu-used", s.Preset, "-crf", $"{s.Crf}", "-b:v", "0", "-row-mt", "1", "-tile-columns", "2"],
        _ => ["-c:v", "libsvtav1", "-preset", s.Preset, "-crf", $"{s.Crf}", "-svtav1-params", "lp=2"],
    };

    private static async Task BareAsync((VideoCodec Codec, int Crf, string Preset) setting, string clip, string work)
    {
        await BenchProcess.RunAsync("ffmpeg", ["-v", "error", "-nostdin", "-i", clip, "-map", "0:v:0", "-c", "copy", "-f", "segment", "-segment_time", "4", "-reset_timestamps", "1", Path.Combine(work, "s_%06d.mkv")]);
        var audio = BenchProcess.RunAsync("ffmpeg", ["-v", "error", "-nostdin", "-i", clip, "-vn", "-c:a", "aac", "-b:a", "128k", Path.Combine(work, "audio.m4a")]);
        var segments = Directory.GetFiles(work, "s_*.mkv").Order(StringComparer.Ordinal).ToList();
        var spec = new RenditionSpec
        {
            Name = "720p", Codec = setting.Codec, Width = 1280, Height = Height, Crf = setting.Crf, Preset = setting.Preset, PixelFormat = "yuv420p", FrameRate = new Rational(30, 1),
        };
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            for (var i = Interlocked.Increment(ref next); i < segments.Count; i = Interlocked.Increment(ref next))
            {
                var name = Path.GetFileNameWithoutExtension(segments[i]);
                await BenchProcess.RunAsync("ffmpeg", EncodeArguments.Build(name + ".mkv", [spec], [name + ".mp4"]), work);
            }
        }));
        await audio;
        await File.WriteAllLinesAsync(Path.Combine(work, "list.txt"), segments.Select(s => $"file '{Path.GetFileNameWithoutExtension(s)}.mp4'"));
        await BenchProcess.RunAsync("ffmpeg", ["-v", "error", "-nostdin", "-f", "concat", "-i", "list.txt", "-i", "audio.m4a", "-map", "0:v", "-map", "1:a", "-c", "copy", "bare.mp4"], work);
    }

    private static async Task<Cost> CostOfAsync(Func<Task> run)
    {
        var (started, cpu) = (Stopwatch.GetTimestamp(), MachineCpuSeconds());
        await run();
        return new Cost(Stopwatch.GetElapsedTime(started).TotalSeconds, MachineCpuSeconds() - cpu);
    }

    // User, nice and system time of all cores, in hundredths of a second.
    private static double MachineCpuSeconds() =>
        File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(3).Sum(double.Parse) / 100;

    private sealed record Row(string Codec, string Preset, Cost Ours, Cost Single, Cost Bare, double ToSingle, double ToBare);

    /// <summary>What a run took: of the clock, and of all cores.</summary>
    private sealed record Cost(double Seconds, double CpuSeconds)
    {
        public static Cost Median(List<Cost> costs) => new(BenchOptions.Median(costs.Select(c => c.Seconds)), BenchOptions.Median(costs.Select(c => c.CpuSeconds)));

        public override string ToString() => $"{Seconds:0.0} s (CPU {CpuSeconds:0.0} s)";
    }
}
