using VideoMesh.TestKit.Media;

namespace VideoMesh.Miners.Tests.Media;

/// <summary>The sources people have, through the whole of probe, plan, split, encode and join: every frame at its time, sound where it was.</summary>
public sealed class EverySourceTests : IDisposable
{
    private const string Quick = """{"name":"quick","segmentSeconds":1,"renditions":[{"codec":"h264","height":90,"preset":"ultrafast","crf":30}]}""";

    // a still picture gets better within a segment, so tiny pictures in short ones cannot be as good: this is what people use
    private const string Usual = """{"name":"usual","renditions":[{"codec":"h264","height":360}]}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("videomesh-clips-").FullName;

    public static TheoryData<string, Clip> Clips => new()
    {
        { "24000/1001", A.Clip.At("24000/1001").WithKeyframeEvery(24) },
        { "30000/1001", A.Clip.At("30000/1001") },
        { "60", A.Clip.At("60").WithKeyframeEvery(60) },
        { "variable rate", A.Clip.Vfr() },
        { "variable rate in Matroska", A.Clip.Vfr().In("mkv") },
        { "rotated", A.Clip.Rotated(90) },
        { "no audio", A.Clip.Silent() },
        { "5.1", A.Clip.Surround() },
        { "two languages and subtitles", A.Clip.WithTwoLanguagesAndSubtitles() },
        { "10 bit", A.Clip.TenBit() },
        { "odd size", A.Clip.Sized(321, 181).Encoded("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv444p") },
        { "one frame", A.Clip.OfFrames(1).Lasting(0.1).Silent() },
        { "one group of pictures", A.Clip.WithKeyframeEvery(1000) },
        { "open groups of pictures", A.Clip.OpenGop() },
        { "MPEG-2 transport stream", A.Clip.Encoded("-c:v", "mpeg2video", "-q:v", "5", "-bf", "2", "-sc_threshold", "1000000000").WithKeyframeEvery(15).WithAudio("-c:a", "mp2").In("ts") },
        { "H.264 with open groups in a transport stream", A.Clip.OpenGop().In("ts") },
        { "WebM", A.Clip.Encoded("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8").WithAudio("-c:a", "libvorbis").In("webm") },
        { "MOV with edit list", A.Clip.In("mov").TrimmedBy(0.6) },
    };

    [Theory]
    [MemberData(nameof(Clips), DisableDiscoveryEnumeration = true)]
    public async Task Keeps_every_frame_at_its_time_and_the_sound_with_it(string what, Clip clip)
    {
        Assert.NotEmpty(what);
        await KeepsEverything(await clip.MakeAsync(_folder));
    }

    [Fact]
    public Task Keeps_a_phone_clip_of_variable_rate() => KeepsEverything(A.PhoneClip);

    [Theory]
    [InlineData("mp4")]
    [InlineData("avi")]
    [InlineData("mpeg")]
    public Task Keeps_a_webcam_clip(string extension) => KeepsEverything(A.WebcamClip(extension), profile: Usual);

    [Fact]
    public async Task Leaves_out_a_damaged_audio_track_and_says_so()
    {
        // hardly any packet of this file's Vorbis track can be decoded
        await using var run = await MediaRun.OfAsync(A.WebcamClip("ogg"), Quick);
        var after = await Watch.FileAsync(run.PathOf(run.Only));
        Assert.Equal(242, after.Frames.Count);
        Assert.Null(after.AudioStart);
        Assert.Contains(run.Result.Notes, note => note.StartsWith("Audio track 1 (vorbis) is left out", StringComparison.Ordinal));
    }

    // the demuxer makes up times for none of H.264's frames, for MPEG-4's B-frames, and for all of MPEG-4 without them
    [Theory]
    [InlineData("libx264", "-bf", "2")]
    [InlineData("mpeg4", "-bf", "2")]
    [InlineData("mpeg4", "-bf", "2", "-flags", "+cgop")]
    [InlineData("mpeg4", "-bf", "0")]
    public async Task Finds_the_order_of_frames_in_AVI_which_does_not_tell_it(string codec, params string[] options)
    {
        // the file it was copied from is the truth: ffmpeg itself shows an AVI's pictures late by as many frames as they are reordered over
        var original = await A.Clip.Encoded(["-c:v", codec, "-pix_fmt", "yuv420p", "-sc_threshold", "1000000000", .. options]).WithAudio("-c:a", "pcm_s16le").In("mov").MakeAsync(_folder);
        var avi = Path.Combine(_folder, "copy.avi");
        await Tools.FfmpegAsync(["-i", original, "-c", "copy", avi]);
        await KeepsEverything(avi, original);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task KeepsEverything(string input, string? truth = null, string profile = Quick)
    {
        await using var run = await MediaRun.OfAsync(input, profile);
        await LooksAsGoodAsOneRun(run, truth ?? input);
        var before = await Watch.FileAsync(truth ?? input);
        var after = await Watch.FileAsync(run.PathOf(run.Only));

        Assert.Equal(before.Frames.Count, after.Frames.Count);
        var shift = after.VideoStart - before.VideoStart;
        for (var i = 0; i < before.Frames.Count; i++)
        {
            Assert.InRange(after.Frames[i] - before.Frames[i] - shift, -0.001, 0.001);
        }

        Assert.Equal(before.AudioStart is null, after.AudioStart is null);
        if (before.AudioStart is not null)
        {
            Assert.InRange(after.AudioStart!.Value - before.AudioStart.Value - shift, -0.02, 0.02);
            Assert.InRange(after.AudioEnd!.Value - before.AudioEnd!.Value - shift, -0.02, 0.02);
        }

        var frame = run.Source.Video.FrameRate.Inverse.Value;
        var length = double.Parse(await Tools.FfprobeAsync(["-select_streams", "v:0", "-show_entries", "stream=duration", "-of", "csv=p=0", run.PathOf(run.Only)]));
        Assert.InRange(length - (before.LastFrame - before.VideoStart), 0, Math.Max(2 * frame, 0.2));
    }

    private async Task LooksAsGoodAsOneRun(MediaRun run, string source)
    {
        var (ours, whole) = (run.PathOf(run.Only), Path.Combine(_folder, "whole.mp4"));
        var shape = (await Tools.FfprobeAsync(["-select_streams", "v:0", "-show_entries", "stream=width,height,pix_fmt", "-of", "csv=p=0", ours])).Trim().Split(',');
        var spec = run.Renditions.Renditions.Single();
        var scale = $"scale={shape[0]}:{shape[1]}:flags=bicubic";
        await Tools.FfmpegAsync(
        [
            "-noautorotate", "-i", source, "-map", "0:v:0", "-vsync", "passthrough", "-vf", scale, "-pix_fmt", shape[2],
            "-c:v", "libx264", "-preset", spec.Preset, "-crf", $"{spec.Crf}", whole,
        ]);
        Assert.InRange(await Tools.PsnrAsync(ours, source, scale) - await Tools.PsnrAsync(whole, source, scale), -0.3, 5);
    }
}
