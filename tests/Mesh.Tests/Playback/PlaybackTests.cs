using System.Globalization;
using VideoMesh.TestKit;
using VideoMesh.TestKit.Media;

namespace VideoMesh.Mesh.Tests.Playback;

/// <summary>What the program makes plays to its end in a real browser, with the players that people use: all frames, the right length, sound, the right last picture.</summary>
public class PlaybackTests
{
    private const string HlsPlayer = "hls.min.js";
    private const string DashPlayer = "dash.mediaplayer.min.js";

    [Fact]
    public async Task A_ladder_of_real_footage_plays_as_HLS_and_as_DASH()
    {
        await using var mesh = await TestMesh.With(compute: 1);
        var result = await TranscodeAsync(mesh, A.WebcamClip("mp4"), [Rendition("h264", 90, "ultrafast"), Rendition("h264", 180, "ultrafast")], "aac");

        foreach (var (stream, player) in new[] { ("hls", HlsPlayer), ("dash", DashPlayer) })
        {
            await PlaysAsync(mesh, result, stream, player, height: 180);
        }
    }

    [Theory]
    [InlineData("vp9", "5", "opus")]
    [InlineData("av1", "12", "opus")]
    public async Task Codecs_of_the_open_web_play_as_DASH(string codec, string preset, string audio)
    {
        await using var mesh = await TestMesh.With(compute: 1);
        var result = await TranscodeAsync(mesh, await A.Clip.MakeAsync(mesh.Folder), [Rendition(codec, 90, preset)], audio);

        await PlaysAsync(mesh, result, "dash", DashPlayer, height: 90);
    }

    private static async Task PlaysAsync(TestMesh mesh, ProgramRun result, string stream, string player, int height)
    {
        var rendition = result.Json!["renditions"]!.AsArray().Single(r => r!["height"]!.GetValue<int>() == height)!;
        var path = Path.GetRelativePath(mesh.PathOf("out"), result.Text(stream)!);

        var played = await Browser.PlayAsync(mesh.PathOf("out"), path, player);

        Assert.Null(played.Error);
        Assert.True(played.Ended);
        Assert.Equal(height, played.Height);
        Assert.Equal(rendition["frames"]!.GetValue<int>(), played.Frames);
        var seconds = rendition["durationSeconds"]!.GetValue<double>();
        Assert.InRange(played.Duration, seconds - 0.1, seconds + 0.1);
        Assert.InRange(played.Seconds, played.Duration - 0.001, played.Duration + 0.001);
        Assert.True(played.AudioBytes > 0, "no sound was decoded");
        Assert.InRange(await DifferenceAsync(rendition["path"]!.GetValue<string>(), played.Picture), 0, 12);
    }

    private static async Task<ProgramRun> TranscodeAsync(TestMesh mesh, string input, string[] renditions, string audio)
    {
        var profile = mesh.PathOf("playback.json");
        await File.WriteAllTextAsync(profile, $$"""
            {"name":"playback","segmentSeconds":2,"renditions":[{{string.Join(',', renditions)}}],"audio":{"codec":"{{audio}}"},"outputs":["mp4","hls","dash"]}
            """);
        var run = await mesh.Transcode(input, profile).Ended;
        Assert.True(run.ExitCode == 0, run.ToString());
        return run;
    }

    private static string Rendition(string codec, int height, string preset) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"name":"{{height}}p","codec":"{{codec}}","height":{{height}},"crf":28,"preset":"{{preset}}"}""");

    // Mean difference of the last picture's colours, of 255, from what ffmpeg makes of it.
    private static async Task<double> DifferenceAsync(string file, int[] picture)
    {
        using var folder = new TemporaryFolder();
        var raw = folder["last.rgb"];
        await Tools.FfmpegAsync(["-i", file, "-an", "-vf", "format=rgb24,scale=8:8:flags=area", "-update", "1", "-f", "image2", "-c:v", "rawvideo", raw]);
        var expected = await File.ReadAllBytesAsync(raw);
        return expected.Zip(picture, (a, b) => Math.Abs(a - b)).Average();
    }
}
