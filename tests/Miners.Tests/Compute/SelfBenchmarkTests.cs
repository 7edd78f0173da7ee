using VideoMesh.Miners.Compute;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Sandbox;
using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Compute;

public sealed class SelfBenchmarkTests : IDisposable
{
    private const string Cpu = "vendor_id : AuthenticAMD\ncpu family : 25\nflags : avx2\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Measures_every_encoder_of_the_real_build()
    {
        await using var sandbox = await Sandboxes.CreateAsync(new SandboxOptions { Kind = SandboxKind.Bubblewrap, ScratchRoot = _folder["scratch"] }, default);
        var offer = await new SelfBenchmark(sandbox, _folder["cache"], TimeProvider.System).MeasureAsync(await File.ReadAllTextAsync("/proc/cpuinfo"), default);
        Assert.Equal(Enum.GetValues<VideoCodec>(), offer.PixelsPerSecond.Keys);
        Assert.All(offer.PixelsPerSecond.Values, speed => Assert.InRange(speed, 10_000, 10_000_000_000));
        Assert.StartsWith("ffmpeg-", offer.DeterminismClass, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Speed_is_pixels_by_processor_time_without_the_start()
    {
        var offer = await MeasureAsync(new FakeFfmpeg());
        const long pixels = 640 * 360 * 48;
        Assert.Equal([2 * pixels, pixels, pixels / 2, pixels], offer.PixelsPerSecond.Values);
    }

    [Fact]
    public async Task Does_not_offer_what_the_build_lacks()
    {
        var ffmpeg = new FakeFfmpeg();
        ffmpeg.Encoders.Remove("libx265");
        ffmpeg.Encoders.Remove("libsvtav1");
        Assert.Equal([VideoCodec.H264, VideoCodec.Vp9], (await MeasureAsync(ffmpeg)).PixelsPerSecond.Keys);
    }

    [Fact]
    public async Task A_codec_that_met_a_limit_is_tried_again_at_the_next_start()
    {
        Assert.Equal(3, (await MeasureAsync(new FakeFfmpeg { Stuck = "libx265" })).PixelsPerSecond.Count);
        Assert.Equal(4, (await MeasureAsync(new FakeFfmpeg())).PixelsPerSecond.Count);
    }

    [Fact]
    public async Task Measures_once_for_a_machine_and_a_build()
    {
        var first = new FakeFfmpeg();
        var again = new FakeFfmpeg();
        var upgraded = new FakeFfmpeg { Version = "ffmpeg version 6.0 Copyright" };
        var offer = await MeasureAsync(first);
        Assert.Equal(offer.PixelsPerSecond, (await MeasureAsync(again)).PixelsPerSecond);
        Assert.Equal(0, again.Encodes);
        await MeasureAsync(upgraded);
        Assert.Equal(4, upgraded.Encodes);
    }

    [Fact]
    public async Task Nodes_that_start_at_once_measure_once_and_share()
    {
        var gate = new TaskCompletionSource();
        var ffmpeg = new FakeFfmpeg { Gate = gate.Task };
        var nodes = Enumerable.Range(0, 4).Select(_ => MeasureAsync(ffmpeg)).ToList();
        await Eventually.TrueAsync(() => ffmpeg.Encodes == 1);
        gate.SetResult();
        var offers = await Task.WhenAll(nodes);
        Assert.Equal(4, ffmpeg.Encodes);
        Assert.All(offers, offer => Assert.Equal(offers[0].PixelsPerSecond, offer.PixelsPerSecond));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("""{"h264":-5}""")]
    [InlineData("""{"h264":1,"mpeg1":7}""")]
    [InlineData("""{"h264":"fast"}""")]
    [InlineData("""{"h264":1""")]
    public async Task A_damaged_cache_is_measured_again_and_mended(string damage)
    {
        var offer = await MeasureAsync(new FakeFfmpeg());
        await File.WriteAllTextAsync(Assert.Single(Directory.GetFiles(_folder["cache"], "*.json")), damage);
        var again = new FakeFfmpeg();
        Assert.Equal(offer.PixelsPerSecond, (await MeasureAsync(again)).PixelsPerSecond);
        Assert.Equal(4, again.Encodes);
        var mended = new FakeFfmpeg();
        await MeasureAsync(mended);
        Assert.Equal(0, mended.Encodes);
    }

    [Fact]
    public async Task A_cache_that_cannot_be_used_does_not_keep_a_node_from_starting()
    {
        await File.WriteAllTextAsync(_folder["cache"], "a file where the folder should be");
        Assert.Equal(4, (await MeasureAsync(new FakeFfmpeg())).PixelsPerSecond.Count);
    }

    [Fact]
    public async Task An_ffmpeg_that_does_not_run_is_named()
    {
        await using var sandbox = await Sandboxes.CreateAsync(
            new SandboxOptions { Kind = SandboxKind.Bubblewrap, ScratchRoot = _folder["scratch"], FfmpegPath = "/usr/bin/false", FfprobePath = "/usr/bin/false" }, default);
        var failure = await Assert.ThrowsAsync<SandboxException>(() => new SelfBenchmark(sandbox, _folder["cache"], TimeProvider.System).MeasureAsync(Cpu, default));
        Assert.Contains("ffmpeg does not run", failure.Message, StringComparison.Ordinal);
    }

    private Task<ComputeOffer> MeasureAsync(ISandbox sandbox) => new SelfBenchmark(sandbox, _folder["cache"], TimeProvider.System).MeasureAsync(Cpu, default);
}
