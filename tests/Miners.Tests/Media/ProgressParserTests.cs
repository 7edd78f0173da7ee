using System.Text;
using VideoMesh.Miners.Media;

namespace VideoMesh.Miners.Tests.Media;

public sealed class ProgressParserTests
{
    [Fact]
    public async Task Reports_frames_and_position_as_they_come_and_the_end()
    {
        var reports = await ReadAsync("frame=12\nfps=0.00\nout_time_us=400000\nprogress=continue\nframe=30\nout_time_us=1000000\nprogress=end\n");
        Assert.Equal([new(12, TimeSpan.FromSeconds(0.4), false), new(30, TimeSpan.FromSeconds(1), true)], reports);
    }

    [Theory]
    [InlineData("frame=N/A\nout_time_us=N/A\nprogress=continue\n")]
    [InlineData("frame=-5\nout_time_us=-9223372036854775808\nprogress=continue\n")]
    [InlineData("frame=99999999999\nout_time_us=9223372036854775807\nprogress=continue\n")]
    [InlineData("=\nframe\n\u0001\nprogress=continue")]
    public async Task Numbers_that_mean_nothing_are_ignored(string text) =>
        Assert.Equal([new EncodeProgress(0, TimeSpan.Zero, false)], await ReadAsync(text));

    [Fact]
    public async Task A_line_without_end_costs_no_memory() =>
        Assert.Empty(await ReadAsync(new string('x', 5_000_000)));

    private static async Task<List<EncodeProgress>> ReadAsync(string text)
    {
        List<EncodeProgress> reports = [];
        using var stream = new MemoryStream(Encoding.ASCII.GetBytes(text));
        await ProgressParser.Reader(reports.Add)(stream, CancellationToken.None);
        return reports;
    }
}
