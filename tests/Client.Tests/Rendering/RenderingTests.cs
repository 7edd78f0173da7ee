using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Rendering;
using VideoMesh.TestKit;

namespace VideoMesh.Client.Tests.Rendering;

public sealed class RenderingTests
{
    private static readonly Address Miner = Address.Parse("0x00112233445566778899aabbccddeeff00112233");

    private static JobSnapshot Snapshot(long done, long total = 3000, string stage = "encoding", params MinerProgress[] miners) =>
        new(stage, TimeSpan.FromSeconds(100), [new RenditionProgress("720p", done, total)], [.. miners]);

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1 KiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(640L << 20, "640 MiB")]
    [InlineData((1L << 30) - 1, "1 GiB")]
    [InlineData(long.MaxValue, "8 EiB")]
    public void Sizes_have_three_figures_at_most(long bytes, string expected) => Assert.Equal(expected, Units.Bytes(bytes));

    [Theory]
    [InlineData(-3, "0:00")]
    [InlineData(0.2, "0:01")]
    [InlineData(59.5, "1:00")]
    [InlineData(754, "12:34")]
    [InlineData(3600 * 3, "3:00:00")]
    [InlineData(86400 * 2 + 5, "2 d 00:00:05")]
    public void Durations_are_never_shown_shorter_than_they_are(double seconds, string expected) => Assert.Equal(expected, Units.Duration(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void A_stranger_s_name_cannot_move_the_cursor_or_hide_text()
    {
        var clean = Units.Clean("\u001b[2Jme\r\n\u202Ecod", 100);

        Assert.Equal("?[2Jme???cod", clean);
        Assert.Equal("pay ?0001? to ?a??", Units.Clean("pay \u202e0001\u202c to \u2066a\u2069\u200f", Units.SentenceLength));
        Assert.Equal("aaaaaaaa…", Units.Clean(new string('a', 5000), 8));
    }

    [Fact]
    public void A_row_says_frames_rate_speed_and_what_remains()
    {
        var snapshot = Snapshot(1000);
        var row = JobText.Row(snapshot, snapshot.Renditions[0], framesPerSecond: 60);

        Assert.Equal(("720p", "33 %", "1000/3000", "60 fps", "2.0×", "ETA 0:34"), (row.Name, row.Percent, row.Frames, row.Rate, row.Speed, row.Remaining));
    }

    [Fact]
    public void A_hundred_per_cent_is_only_said_of_what_is_complete()
    {
        var almost = Snapshot(2_999_999, 3_000_000);
        Assert.Equal("99 %", JobText.Row(almost, almost.Renditions[0], 100).Percent);

        var done = Snapshot(3000);
        Assert.Equal(("100 %", "done"), (JobText.Row(done, done.Renditions[0], 100).Percent, JobText.Row(done, done.Renditions[0], 100).Remaining));
    }

    [Fact]
    public void An_unknown_total_is_no_division_by_zero()
    {
        var snapshot = Snapshot(10, total: 0);
        var row = JobText.Row(snapshot, snapshot.Renditions[0], 5);

        Assert.Equal(("0 %", "10", "", ""), (row.Percent, row.Frames, row.Speed, row.Remaining));
    }

    [Fact]
    public void Pace_is_measured_over_the_last_seconds_and_not_over_frames_of_an_earlier_run()
    {
        var time = new ManualTime();
        var pace = new JobPace(time);
        pace.Observe(Snapshot(2000));
        Assert.Null(pace.FramesPerSecond(Snapshot(2000).Renditions[0]));

        for (var second = 1; second <= 60; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            // ten a second at first, then twenty
            pace.Observe(Snapshot(second <= 30 ? 2000 + (second * 10) : 2300 + ((second - 30) * 20)));
        }

        Assert.Equal(20, pace.FramesPerSecond(Snapshot(2900).Renditions[0])!.Value, precision: 3);
    }

    [Fact]
    public void Without_a_terminal_a_line_comes_with_each_stage_and_every_few_seconds()
    {
        var time = new ManualTime();
        var lines = new List<string>();
        var progress = new LineJobProgress(lines.Add, time);

        progress.Report(Snapshot(0, stage: "probing"));
        progress.Report(Snapshot(0));
        progress.Report(Snapshot(10));
        time.Advance(LineJobProgress.Interval);
        progress.Report(Snapshot(300));
        progress.Report(Snapshot(310));

        Assert.Equal(
            [
                "probing · 720p 0 % (0/3000 frames)",
                "encoding · 720p 0 % (0/3000 frames)",
                "encoding · 720p 10 % (300/3000 frames) 60 fps 2.0× ETA 0:45",
            ],
            lines);
    }

    [Fact]
    public void A_crowd_of_miners_is_cut_to_the_busiest()
    {
        ImmutableArray<MinerProgress> crowd = [.. Enumerable.Range(0, 200).Select(i => new MinerProgress($"m{i:000}", Miner, i, i % 50 == 0 ? $"720p #{i}" : null))];
        var (rows, hidden) = JobText.Miners(Snapshot(1) with { Miners = crowd }, limit: 12);

        Assert.Equal((12, 188), (rows.Length, hidden));
        Assert.StartsWith("m150", rows[0].Name, StringComparison.Ordinal);
        Assert.Equal(4, rows.Count(row => row.IsBusy));
    }

    [Fact]
    public async Task The_live_picture_shows_the_last_snapshot_and_keeps_every_note()
    {
        using var screen = new StringWriter();
        await using (var progress = new LiveJobProgress(Consoles.Create(screen, isTerminal: true, width: 120), TimeProvider.System))
        {
            progress.Report(Snapshot(1500, miners: new MinerProgress("evil [red]\u001b[31m", Miner, 1, "720p #4")));
            progress.Note("compute-2 was lost; its segments move on");
        }

        var text = screen.ToString();
        Assert.Contains("1500/3000", text, StringComparison.Ordinal);
        Assert.Contains("compute-2 was lost", text, StringComparison.Ordinal);
        Assert.Contains("evil [red]?[31m 0x0011…2233", text, StringComparison.Ordinal);
        Assert.Contains("1 segment", text, StringComparison.Ordinal);
    }
}
