using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Proofs;
using VideoMesh.TestKit.Media;
using A = VideoMesh.TestKit.Media.A;

namespace VideoMesh.Miners.Tests.Proofs;

public sealed class WeakRuleTests
{
    private const int Frames = 48;
    private static readonly PictureComparison Good = new(Frames, 42, 37, 0.985, 1.02);

    // the figures of the measurements that the rule was made from
    [Theory]
    [InlineData(39.8, 36, 0.973, 1.52, RejectionReason.OtherSize)]
    [InlineData(38.9, 36, 0.973, 1.10, RejectionReason.OtherPictures)]
    [InlineData(37.4, 34, 0.965, 0.53, RejectionReason.OtherSize)]
    [InlineData(30.6, 28, 0.930, 0.90, RejectionReason.OtherPictures)]
    [InlineData(30.9, 24.9, 0.978, 1.00, RejectionReason.OtherPictures)]
    [InlineData(27.4, 27, 0.975, 1.00, RejectionReason.OtherPictures)]
    [InlineData(6.8, 6, 0.100, 0.90, RejectionReason.OtherPictures)]
    [InlineData(45.0, 25, 0.990, 1.00, RejectionReason.OtherPictures)]
    [InlineData(double.NaN, 40, 0.990, 1.00, RejectionReason.OtherPictures)]
    [InlineData(45.0, 40, 0.990, double.NaN, RejectionReason.OtherSize)]
    public void Mean_worst_frame_likeness_and_size_count_together(double mean, double least, double ssim, double size, RejectionReason fault) =>
        Assert.Equal(fault, WeakRule.Fault(new PictureComparison(Frames, mean, least, ssim, size)));

    [Fact]
    public void Has_nothing_against_work_that_is_as_good() => Assert.Null(WeakRule.Fault(Good));

    [Fact]
    public async Task Accepts_work_of_another_machine_whose_pictures_are_as_good()
    {
        await using var bench = await ProofBench.CreateAsync();
        var (leaf, opened) = await ShownAsync(bench, Cheat.OtherMachine);
        Assert.IsType<Verdict.Accepted>(await bench.VerdictAsync(leaf, opened));
    }

    [Theory]
    [InlineData(Cheat.BlackFrames)]
    [InlineData(Cheat.WrongContent)]
    [InlineData(Cheat.HalfResolutionUpscaled)]
    [InlineData(Cheat.HigherCrf)]
    [InlineData(Cheat.DroppedFrames)]
    [InlineData(Cheat.DuplicatedFrames)]
    [InlineData(Cheat.FrozenFrames)]
    [InlineData(Cheat.Watermark)]
    public async Task Rejects_what_is_plainly_worse(Cheat cheat)
    {
        await using var bench = await ProofBench.CreateAsync();
        var (leaf, opened) = await ShownAsync(bench, cheat);
        Assert.IsType<Verdict.Rejected>(await bench.VerdictAsync(leaf, opened));
    }

    [Fact]
    public async Task Blames_nobody_when_what_is_served_is_not_what_was_opened()
    {
        await using var bench = await ProofBench.CreateAsync();
        var (leaf, opened) = await ShownAsync(bench, Cheat.OtherMachine);
        foreach (var served in new[] { await bench.SourceAsync("This is no video."u8.ToArray()), leaf.Source, ContentHash.Of([1]) })
        {
            var other = leaf with { Shown = new ShownWork(opened, served) };
            Assert.Equal(new Verdict.Inconclusive(InconclusiveReason.ResultUnavailable), await bench.VerdictAsync(other, opened));
        }
    }

    private static async Task<(LeafToCheck Leaf, ContentHash Opened)> ShownAsync(ProofBench bench, Cheat cheat)
    {
        var source = await bench.SourceAsync(A.Clip.Sized(320, 180).OfFrames(Frames));
        var spec = ProofBench.Spec(VideoCodec.H264, crf: 20) with { Width = 320, Height = 180 };
        var mined = await bench.MinedAsync(source, Frames, spec, bench.Cheating(cheat));
        return (await bench.ShownAsync(bench.Leaf(source, Frames, spec), mined), mined.PacketHash);
    }
}
