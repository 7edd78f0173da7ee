using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using VideoMesh.TestKit;
using VideoMesh.TestKit.Media;

namespace VideoMesh.Mesh.Tests;

/// <summary>The main job on real processes: what users see, and what they keep when machines die.</summary>
public class JobTests
{
    [Fact]
    public async Task Real_footage_becomes_a_ladder_with_every_frame_on_two_machines()
    {
        await using var mesh = await TestMesh.With(compute: 2);

        var run = await mesh.Transcode(A.WebcamClip("mp4"), mesh.Profile(outputs: "\"mp4\",\"hls\",\"dash\"", segmentSeconds: 4)).Ended;

        Assert.True(run.ExitCode == 0, run.ToString());
        var rendition = run.Json!["renditions"]!.AsArray().Single()!;
        Assert.Equal("completed", run.Text("status"));
        Assert.Equal(249, rendition["frames"]!.GetValue<int>());
        Assert.Equal(run.Number("segments"), run.Json["miners"]!.AsArray().Sum(m => m!["segments"]!.GetValue<int>()));
        Assert.All([rendition["path"], run.Json["hls"], run.Json["dash"]], path => Assert.True(File.Exists(path!.GetValue<string>())));
        Assert.True(File.Exists(mesh.PathOf("out/videomesh-job.json")));
        Assert.Equal(["out"], Directory.EnumerateDirectories(mesh.Folder).Select(Path.GetFileName).Where(n => n!.Contains("out", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_killed_miner_costs_time_and_nothing_else()
    {
        await using var mesh = await TestMesh.With(compute: 2);
        var job = mesh.Transcode(await LongClip(mesh), mesh.Profile("slow", height: 180));
        await mesh.JobHasSegments(1);

        TestMesh.Signal(mesh.Compute[0], "KILL");

        var run = await job.Ended;
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(Frames, run.Json!["renditions"]![0]!["frames"]!.GetValue<int>());
    }

    [Fact]
    public async Task Two_of_three_miners_killed_and_one_hanging_from_time_to_time_still_finish_the_job()
    {
        await using var mesh = await TestMesh.With(compute: 3);
        var job = mesh.Transcode(await LongClip(mesh), mesh.Profile("slow", height: 180));
        await mesh.JobHasSegments(1);

        TestMesh.Signal(mesh.Compute[0], "KILL");
        // Stopped, it still holds its connections: only silence tells.
        TestMesh.Signal(mesh.Compute[1], "STOP");

        var run = await job.Ended;
        TestMesh.Signal(mesh.Compute[1], "KILL");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains(run.Json!["miners"]!.AsArray(), m => string.Equals(m!["address"]!.GetValue<string>(), mesh.Addresses[2], StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_killed_client_goes_on_where_it_was()
    {
        await using var mesh = await TestMesh.With(compute: 1);
        var job = mesh.Transcode(await LongClip(mesh), mesh.Profile("slow", height: 180));
        var id = await mesh.JobHasSegments(2);

        job.KillHard();
        await job.Ended;
        Assert.False(Directory.Exists(mesh.PathOf("out")));
        var before = (await mesh.RunAsync("job", "show", id, "--json")).Number("segmentsDone");
        var run = await mesh.RunAsync("job", "resume", id, "--sandbox", "bubblewrap", "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.True(before >= 2);
        Assert.Equal(Frames, run.Json!["renditions"]![0]!["frames"]!.GetValue<int>());
        // What was accepted before the kill was not encoded again: each segment is counted once over both runs.
        Assert.Equal(run.Number("segments"), run.Json["miners"]!.AsArray().Sum(m => m!["segments"]!.GetValue<int>()));
        Assert.Empty(Directory.EnumerateDirectories(mesh.PathOf("state/videomesh/jobs")));
    }

    [Fact]
    public async Task Ctrl_C_ends_with_130_and_leaves_nothing()
    {
        await using var mesh = TestMesh.Without();
        var job = mesh.Start(["transcode", await LongClip(mesh), "--profile", mesh.Profile("slow", height: 180), "--out", mesh.PathOf("out"), "--sandbox", "bubblewrap", "--json"]);
        await mesh.JobHasSegments(1);

        TestMesh.Signal(job.Pid, "INT");

        var run = await job.Ended;
        Assert.True(run.ExitCode == 130, run.ToString());
        Assert.Equal("cancelled", run.Text("status"));
        Assert.False(Directory.Exists(mesh.PathOf("out")));
    }

    [Fact]
    public async Task A_miner_whose_ffmpeg_returns_rubbish_is_found_out_and_others_do_the_job()
    {
        await using var mesh = await TestMesh.With(compute: 1);
        var rubbish = mesh.PathOf("rubbish-ffmpeg");
        await File.WriteAllTextAsync(rubbish, RubbishScript);
        File.SetUnixFileMode(rubbish, (UnixFileMode)0b111_101_101);
        var miner = Miner(mesh, "rubbish", "--listen", "127.0.0.1:0", "--slots", "4", "--ffmpeg", rubbish);

        var run = await mesh.Transcode(await LongClip(mesh), mesh.Profile(height: 180)).Ended;

        TestMesh.Signal(miner.Pid, "KILL");
        await miner.Ended;
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(mesh.Addresses[0], run.Json!["miners"]!.AsArray().Single()!["address"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_a_miner_encoded_otherwise_than_it_was_asked_is_made_anew_though_it_made_most_of_it()
    {
        await using var mesh = await TestMesh.With(compute: 1);
        // it is faster, and has more slots: most segments are its own
        var cheater = Miner(mesh, "cheater", "--listen", "127.0.0.1:0", "--slots", "4", "--ffmpeg", CheatingFfmpeg.Write(mesh.PathOf("cheats"), Cheat.CheaperPreset));

        var run = await mesh.Transcode(await LongClip(mesh), mesh.Profile("slow", height: 180)).Ended;

        TestMesh.Signal(cheater.Pid, "KILL");
        await cheater.Ended;
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("encoded otherwise than the others", run.Errors, StringComparison.Ordinal);
        Assert.Equal(Frames, run.Json!["renditions"]![0]!["frames"]!.GetValue<int>());
        Assert.Equal(mesh.Addresses[0], run.Json["miners"]!.AsArray().Single()!["address"]!.GetValue<string>());
    }

    [Fact]
    public async Task Without_a_miner_the_job_ends_with_4_and_says_what_to_do()
    {
        await using var mesh = await TestMesh.With(compute: 0);

        var run = await mesh.Transcode(await A.Clip.MakeAsync(mesh.Folder), mesh.Profile()).Ended;

        Assert.True(run.ExitCode == 4, run.ToString());
        Assert.Contains("videomesh node --role compute", run.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(mesh.PathOf("out")));
    }

    [Fact]
    public async Task A_network_that_does_not_answer_ends_with_4_at_once()
    {
        await using var mesh = TestMesh.Without();

        var run = await mesh.RunAsync("transcode", await A.Clip.MakeAsync(mesh.Folder), "--profile", mesh.Profile(), "--out", mesh.PathOf("out"), "--network", "http://127.0.0.1:1", "--json");

        Assert.True(run.ExitCode == 4, run.ToString());
        Assert.Equal("network-unreachable", run.Text("reason"));
    }

    [Fact]
    public async Task A_full_disk_at_the_client_is_a_clear_error_with_nothing_half_written()
    {
        await using var mesh = await TestMesh.With(compute: 1);
        var small = Directory.CreateDirectory(mesh.PathOf("small")).FullName;
        await using var disk = TinyDisk.Mount(small, bytes: 64 * 1024);

        var run = await mesh.Transcode(await LongClip(mesh), mesh.Profile(height: 180), "small/out").Ended;

        Assert.True(run.ExitCode == 5, run.ToString());
        Assert.Equal("disk-full", run.Text("reason"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(small));
    }

    [Theory]
    [InlineData("text.mp4", "not a video at all\n")]
    [InlineData("playlist.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")]
    [InlineData("web.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:1/a.ts\n#EXT-X-ENDLIST\n")]
    [InlineData("concat.mp4", "ffconcat version 1.0\nfile 'clip.mp4'\n")]
    [InlineData("empty.mp4", "")]
    public async Task Rubbish_is_refused_with_3_and_leaves_the_output_folder_empty(string name, string text)
    {
        await using var mesh = TestMesh.Without();
        await File.WriteAllTextAsync(mesh.PathOf(name), text);

        var run = await mesh.RunAsync("transcode", name, "--profile", mesh.Profile(), "--out", mesh.PathOf("out"), "--sandbox", "bubblewrap", "--json");

        Assert.True(run.ExitCode == 3, run.ToString());
        Assert.False(Directory.Exists(mesh.PathOf("out")));
    }

    [Fact]
    public async Task A_valid_file_of_a_strange_name_works()
    {
        await using var mesh = await TestMesh.With(compute: 1);
        var clip = await A.Clip.MakeAsync(mesh.Folder);
        var strange = mesh.PathOf("-a 'b' \"c\"\nd;$(e).mp4");
        File.Move(clip, strange);

        var run = await mesh.Transcode(Path.GetFileName(strange), mesh.Profile()).Ended;

        Assert.True(run.ExitCode == 0, run.ToString());
    }

    [Fact]
    public async Task A_second_devnet_is_refused_and_down_leaves_nothing()
    {
        await using var mesh = await TestMesh.With(compute: 1);

        var second = await mesh.RunAsync("devnet", "up", "--json");
        var status = await mesh.RunAsync("devnet", "status", "--json");

        Assert.Equal(2, second.ExitCode);
        Assert.Equal(mesh.Network, status.Text("network"));
        Assert.All(status.Json!["nodes"]!.AsArray(), n => Assert.True(n!["alive"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task A_miner_told_to_stop_finishes_what_it_has()
    {
        await using var mesh = await TestMesh.With(compute: 2);
        var job = mesh.Transcode(await LongClip(mesh), mesh.Profile("slow", height: 180));
        await mesh.JobHasSegments(1);

        TestMesh.Signal(mesh.Compute[0], "TERM");

        var run = await job.Ended;
        Assert.True(run.ExitCode == 0, run.ToString());
        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{mesh.Compute[0]}"));
    }

    [Fact]
    public async Task A_client_that_nobody_can_dial_brings_and_fetches_the_bytes_itself()
    {
        await using var mesh = await TestMesh.With(compute: 1);

        var run = await mesh.Transcode(await A.Clip.MakeAsync(mesh.Folder), mesh.Profile(), "out", "--outbound-only").Ended;

        Assert.True(run.ExitCode == 0, run.ToString());
    }

    [Fact]
    public async Task A_miner_that_nobody_can_dial_gets_work_from_a_client_that_can_be()
    {
        await using var mesh = await TestMesh.With(compute: 0);
        var miner = NatMiner(mesh);

        var run = await mesh.Transcode(await A.Clip.MakeAsync(mesh.Folder), mesh.Profile()).Ended;

        TestMesh.Signal(miner.Pid, "KILL");
        await miner.Ended;
        Assert.True(run.ExitCode == 0, run.ToString());
    }

    [Fact]
    public async Task Client_and_miner_both_behind_NAT_end_with_4_and_say_so()
    {
        await using var mesh = await TestMesh.With(compute: 0);
        var miner = NatMiner(mesh);

        var run = await mesh.Transcode(await A.Clip.MakeAsync(mesh.Folder), mesh.Profile(), "out", "--outbound-only").Ended;

        TestMesh.Signal(miner.Pid, "KILL");
        await miner.Ended;
        Assert.True(run.ExitCode == 4, run.ToString());
    }

    [Fact]
    public async Task A_miner_whose_disk_is_full_hands_its_segments_to_others()
    {
        await using var mesh = await TestMesh.With(compute: 1);
        var full = Miner(mesh, "full", "--listen", "127.0.0.1:0", "--slots", "4", "--store-bytes", "1000");

        var run = await mesh.Transcode(await LongClip(mesh), mesh.Profile(height: 180)).Ended;

        TestMesh.Signal(full.Pid, "KILL");
        await full.Ended;
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(mesh.Addresses[0], run.Json!["miners"]!.AsArray().Single()!["address"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_killed_client_takes_its_embedded_network_with_it()
    {
        await using var mesh = TestMesh.Without();
        var job = mesh.Start(["transcode", await LongClip(mesh), "--profile", mesh.Profile("slow", height: 180), "--out", mesh.PathOf("out"), "--sandbox", "bubblewrap", "--json"]);
        await mesh.JobHasSegments(1);

        job.KillHard();

        await job.Ended;
        await Eventually.TrueAsync(() => mesh.Leftovers().Count == 0);
        Assert.False(Directory.Exists(mesh.PathOf("out")));
    }

    [Fact]
    public async Task A_job_s_own_network_can_have_a_chain_and_goes_with_it()
    {
        await using var mesh = TestMesh.Without();
        var job = mesh.Start([
            "transcode", await LongClip(mesh), "--profile", mesh.Profile("slow", height: 180), "--out", mesh.PathOf("out"), "--sandbox", "bubblewrap", "--devnet", "compute=1,verifiers=2", "--json"]);

        string? url = null;
        await Eventually.TrueAsync(() => (url = Logs().Select(UrlIn).FirstOrDefault(found => found is not null)) is not null);
        await Eventually.TrueAsync(async () => await mesh.RunAsync("chain", "status", "--network", url!, "--json") is { ExitCode: 0 } status && status.Number("verifiers") == 2);

        var run = await job.Ended;
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Empty(mesh.Leftovers());

        IEnumerable<string> Logs() => Directory.EnumerateFiles(mesh.Folder, "verifier-*.log", SearchOption.AllDirectories);
        static string? UrlIn(string log) => Regex.Match(File.ReadAllText(log), "is up at (?<url>http://[0-9.:]+/)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)) is { Success: true } match ? match.Groups["url"].Value : null;
    }

    private const int Frames = 300;

    private static RunningProgram NatMiner(TestMesh mesh) => Miner(mesh, "nat", "--listen", "0.0.0.0:0");

    private static RunningProgram Miner(TestMesh mesh, string name, params string[] more) => mesh.Start(
        ["node", "--role", "compute", "--network", mesh.Network, "--data", mesh.PathOf(name), "--sandbox", "bubblewrap", "--json", .. more]);

    // Ten segments of a second each, with enough going on to keep a slow preset busy.
    private static Task<string> LongClip(TestMesh mesh) => A.Clip.Lasting(10).Sized(640, 360).MakeAsync(mesh.Folder, "long");

    // Honest to probes, and for encodes a valid file of the wrong picture and length.
    private const string RubbishScript = """
        #!/bin/sh
        case "$*" in
          *filter_complex*) for last; do case "$last" in *.mp4) out="$last";; esac; done
             exec /usr/bin/ffmpeg -v error -nostdin -f lavfi -i color=black:s=64x64:d=1 -y "$out" ;;
          *) exec /usr/bin/ffmpeg "$@" ;;
        esac
        """;
}
