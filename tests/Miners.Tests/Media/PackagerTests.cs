using System.Globalization;
using VideoMesh.Miners.Media;
using VideoMesh.TestKit.Media;

namespace VideoMesh.Miners.Tests.Media;

public sealed class PackagerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("videomesh-clips-").FullName;

    [Fact]
    public async Task One_set_of_segments_serves_HLS_and_DASH_with_every_frame_and_the_sound_where_it_was()
    {
        // sound begins 0.3 s before the picture, and frames are reordered: both are lost by players if edit lists are written carelessly
        var input = await A.Clip.Lasting(4).Filtered("setpts=PTS+0.3/TB").MakeAsync(_folder);
        await using var run = await MediaRun.OfAsync(input, """
            {"name":"ladder","segmentSeconds":1,"outputs":["hls","dash"],"renditions":[
              {"name":"big","codec":"h264","height":180,"preset":"veryfast"},{"name":"small","codec":"h264","height":90,"preset":"veryfast"},
              {"name":"new","codec":"h265","height":90,"preset":"ultrafast"}]}
            """);
        var package = await Packager.PackageAsync(run.Session, run.Source, run.Result.Files, run.Profile, CancellationToken.None);
        Assert.NotNull(package);
        var master = Path.Combine(run.Session.WorkFolder, package.Hls!);
        var manifest = Path.Combine(run.Session.WorkFolder, package.Dash!);
        Assert.All(package.Files, file => Assert.True(new FileInfo(Path.Combine(run.Session.WorkFolder, file.From)).Length > 0, file.From));

        var before = await Watch.FileAsync(input);
        foreach (var name in (string[])["big", "small", "new"])
        {
            var picture = await Tools.JoinAsync(Path.Combine(Path.GetDirectoryName(master)!, name));
            var sound = await Tools.JoinAsync(Path.Combine(Path.GetDirectoryName(master)!, "audio-1"));
            var (video, audio) = (await Watch.FileAsync(picture), await Watch.SoundAsync(sound));
            Assert.Equal(before.Frames.Count, video.Frames.Count);
            Assert.InRange(video.VideoStart - audio.Start - (before.VideoStart - before.AudioStart!.Value), -0.02, 0.02);
            Assert.InRange(video.LastFrame - audio.End - (before.LastFrame - before.AudioEnd!.Value), -0.02, 0.02);
        }

        // ffmpeg follows both manifests by itself
        foreach (var path in (string[])[master, manifest])
        {
            var table = await Tools.FfmpegAsync(["-i", path, "-map", "0:v:0", "-c", "copy", "-f", "framecrc", "-"]);
            Assert.Equal(before.Frames.Count, table.Split('\n').Count(line => line.StartsWith("0,", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task Manifests_name_codecs_exactly_and_address_relatively()
    {
        var input = await A.Clip.Lasting(2).WithTwoLanguagesAndSubtitles().MakeAsync(_folder);
        await using var run = await MediaRun.OfAsync(input, """
            {"name":"all","segmentSeconds":1,"outputs":["hls","dash"],"audio":{"codec":"aac","kbps":64},"renditions":[
              {"name":"avc","codec":"h264","height":90,"preset":"ultrafast"},{"name":"hevc","codec":"h265","height":90,"preset":"ultrafast"},
              {"name":"vp9","codec":"vp9","height":90,"preset":"5"},{"name":"av1","codec":"av1","height":90,"preset":"12"}]}
            """);
        var package = await Packager.PackageAsync(run.Session, run.Source, run.Result.Files, run.Profile, CancellationToken.None);
        Assert.NotNull(package);
        var master = await File.ReadAllTextAsync(Path.Combine(run.Session.WorkFolder, package.Hls!));
        var manifest = await File.ReadAllTextAsync(Path.Combine(run.Session.WorkFolder, package.Dash!));

        foreach (var codec in (string[])["avc1.", "hvc1.1.6.L", "vp09.00.", "av01.0."])
        {
            Assert.Contains($"CODECS=\"{codec}", master, StringComparison.Ordinal);
            Assert.Contains($"codecs=\"{codec}", manifest, StringComparison.Ordinal);
        }

        Assert.Contains("mp4a.40.2", master, StringComparison.Ordinal);
        Assert.Contains("LANGUAGE=\"eng\"", master, StringComparison.Ordinal);
        Assert.Contains("LANGUAGE=\"fra\"", master, StringComparison.Ordinal);
        Assert.Contains("RESOLUTION=160x90", master, StringComparison.Ordinal);
        Assert.DoesNotContain("/tmp", master + manifest, StringComparison.Ordinal);
        Assert.DoesNotContain("://", master, StringComparison.Ordinal);

        // the rungs can be changed at any segment: all are cut at the same times
        var lengths = run.Renditions.Renditions.Select(spec => Lengths(Path.Combine(run.Session.WorkFolder, Packager.Folder, spec.Name, "index.m3u8"))).ToList();
        Assert.All(lengths, mine => Assert.Equal(lengths[0], mine));
        Assert.Equal(2.0, lengths[0].Sum(), 3);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static List<double> Lengths(string playlist) =>
        [.. File.ReadLines(playlist).Where(line => line.StartsWith("#EXTINF:", StringComparison.Ordinal)).Select(line => double.Parse(line["#EXTINF:".Length..^1], CultureInfo.InvariantCulture))];
}
