using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Media;
using VideoMesh.TestKit.Media;

namespace VideoMesh.Benchmarks;

/// <summary>A source segment in the stores of miner and verifier.</summary>
/// <param name="Clip">Where it comes from.</param>
/// <param name="Source">Its bytes.</param>
/// <param name="Frames">Its frames.</param>
/// <param name="Ladders">What it is encoded into, by codec.</param>
internal sealed record CutSegment(string Clip, ContentHash Source, int Frames, ImmutableSortedDictionary<VideoCodec, ImmutableArray<RenditionSpec>> Ladders);

/// <summary>The sources people have, cut as a client cuts them.</summary>
internal sealed class ProofClips(string folder, IReadOnlyList<ContentStore> stores)
{
    private static readonly (VideoCodec Codec, int Crf, string Preset)[] Settings =
        [(VideoCodec.H264, 26, "medium"), (VideoCodec.H265, 28, "veryfast"), (VideoCodec.Vp9, 36, "4"), (VideoCodec.Av1, 40, "8")];

    private static readonly (string Name, Clip Clip)[] Odd =
    [
        ("plain", A.Clip.WithKeyframeEvery(15)),
        ("24000/1001", A.Clip.At("24000/1001").WithKeyframeEvery(12)),
        ("60 a second", A.Clip.At("60").WithKeyframeEvery(30)),
        ("variable rate", A.Clip.Vfr().WithKeyframeEvery(15)),
        ("variable rate in Matroska", A.Clip.Vfr().In("mkv").WithKeyframeEvery(15)),
        ("rotated", A.Clip.Rotated(90).WithKeyframeEvery(15)),
        ("10 bit", A.Clip.TenBit().WithKeyframeEvery(15)),
        ("odd size, 4:4:4", A.Clip.Sized(321, 181).Encoded("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv444p").WithKeyframeEvery(15)),
        ("one frame", A.Clip.OfFrames(1).Lasting(0.1)),
        ("noise", A.Clip.Filtered("noise=alls=40:allf=t").WithKeyframeEvery(15)),
        ("changing hue", A.Clip.Filtered("hue=h=40*t").WithKeyframeEvery(15)),
        ("open groups of pictures", A.Clip.OpenGop().WithKeyframeEvery(15)),
        ("MPEG-2 transport stream", A.Clip.Encoded("-c:v", "mpeg2video", "-q:v", "5", "-bf", "2", "-sc_threshold", "1000000000").WithKeyframeEvery(15).In("ts")),
        ("WebM", A.Clip.Encoded("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8").WithKeyframeEvery(15).In("webm")),
        ("MOV with edit list", A.Clip.In("mov").WithKeyframeEvery(15).TrimmedBy(0.6)),
    ];

    /// <summary>Segments of half a second at 160 and 128 lines: of made-up clips of every odd kind, and of a phone's and a webcam's.</summary>
    public async Task<IReadOnlyList<CutSegment>> OddAsync(int secondsEach)
    {
        var cut = new List<CutSegment>();
        foreach (var (name, clip) in Odd)
        {
            var length = string.Equals(name, "one frame", StringComparison.Ordinal) ? clip : clip.Lasting(secondsEach);
            cut.AddRange(await CutAsync(name, await length.Silent().MakeAsync(folder, $"clip-{cut.Count}"), TimeSpan.FromSeconds(0.5), [160, 128]));
        }

        cut.AddRange(await CutAsync("phone", A.PhoneClip, TimeSpan.FromSeconds(0.5), [160, 128]));
        cut.AddRange(await CutAsync("webcam, AVI", A.WebcamClip("avi"), TimeSpan.FromSeconds(0.5), [160, 128]));
        return cut;
    }

    /// <summary>Segments of two seconds of real footage in one rendition, as a job of this many leaves has them.</summary>
    public async Task<IReadOnlyList<CutSegment>> FootageAsync(int leaves, int height)
    {
        var clip = Path.Combine(folder, "footage.mp4");
        await Tools.FfmpegAsync(["-stream_loop", "-1", "-i", A.WebcamClip("mp4"), "-t", $"{2 * leaves}", "-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-r", "30", "-g", "60", "-sc_threshold", "0", clip]);
        return [.. (await CutAsync("footage", clip, TimeSpan.FromSeconds(2), [height])).Take(leaves)];
    }

    private async Task<IReadOnlyList<CutSegment>> CutAsync(string name, string clip, TimeSpan length, int[] heights)
    {
        await using var session = PlainSession.With(("source", InputFile.Check(clip)));
        var source = await MediaProbe.ProbeAsync(session, "source", CancellationToken.None);
        var plan = SegmentPlanner.Plan(source, length);
        var ladders = Settings.ToImmutableSortedDictionary(setting => setting.Codec, setting => RenditionPlanner.Resolve(ProfileOf(setting, heights), source).Renditions);
        var sources = new ContentHash[plan.Segments.Length];
        await SourceSplitter.SplitAsync(
            session,
            "source",
            source,
            plan,
            async (index, path) =>
            {
                foreach (var store in stores)
                {
                    sources[index] = (await store.AddFileAsync(Path.Combine(session.WorkFolder, path), AddMode.Copy, "bench")).Hash;
                }
            },
            CancellationToken.None);
        return [.. plan.Segments.Select(segment => new CutSegment(name, sources[segment.Index], segment.Frames, ladders))];
    }

    private static Profile ProfileOf((VideoCodec Codec, int Crf, string Preset) setting, int[] heights) => ProfileReader.Read(
        $$"""{"name":"bench","renditions":[{{string.Join(',', heights.Select(height => $$"""{"name":"r{{height}}","codec":"{{setting.Codec.Text()}}","height":{{height}},"crf":{{setting.Crf}},"preset":"{{setting.Preset}}"}"""))}}]}""");
}
