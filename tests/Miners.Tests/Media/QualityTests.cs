using VideoMesh.TestKit.Media;

namespace VideoMesh.Miners.Tests.Media;

public sealed class QualityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("videomesh-clips-").FullName;

    [Theory]
    [InlineData("h264", "libx264", "veryfast", 25)]
    [InlineData("vp9", "libvpx-vp9", "5", 34)]
    public async Task Segments_look_as_good_as_one_run_of_ffmpeg_with_the_same_settings(string codec, string encoder, string preset, int crf)
    {
        // real footage: a webcam clip, 4 s of it, cut into four segments
        var source = Path.Combine(_folder, "webcam.mp4");
        await Tools.FfmpegAsync(["-t", "4", "-i", A.WebcamClip("mp4"), "-an", "-vf", "scale=640:360", "-c:v", "libx264", "-preset", "veryfast", "-crf", "14", "-g", "30", source]);
        await using var run = await MediaRun.OfAsync(
            source, $$"""{"name":"x","segmentSeconds":1,"renditions":[{"codec":"{{codec}}","height":270,"preset":"{{preset}}","crf":{{crf}}}]}""");
        Assert.InRange(run.Plan.Segments.Length, 3, 5);

        var whole = Path.Combine(_folder, "whole.mp4");
        string[] speed = codec is "vp9" ? ["-cpu-used", preset, "-b:v", "0"] : ["-preset", preset];
        await Tools.FfmpegAsync(["-i", source, "-vsync", "passthrough", "-vf", "scale=480:270:flags=bicubic", "-c:v", encoder, .. speed, "-crf", $"{crf}", whole]);
        var ours = await Tools.PsnrAsync(run.PathOf(run.Only), source, "scale=480:270:flags=bicubic");
        var theirs = await Tools.PsnrAsync(whole, source, "scale=480:270:flags=bicubic");
        Assert.InRange(theirs, 30, 60);
        Assert.InRange(ours - theirs, -0.3, 5);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
