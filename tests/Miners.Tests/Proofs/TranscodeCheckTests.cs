using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Compute;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Proofs;
using VideoMesh.Miners.Sandbox;
using VideoMesh.TestKit.Media;
using A = VideoMesh.TestKit.Media.A;

namespace VideoMesh.Miners.Tests.Proofs;

public sealed class TranscodeCheckTests
{
    private const int Frames = 24;

    private static Clip Moving => A.Clip.Sized(160, 90).OfFrames(Frames);

    [Theory]
    [InlineData(VideoCodec.H264, "yuv420p")]
    [InlineData(VideoCodec.H265, "yuv420p")]
    [InlineData(VideoCodec.H265, "yuv420p10le")]
    [InlineData(VideoCodec.Vp9, "yuv420p")]
    [InlineData(VideoCodec.Vp9, "yuv420p10le")]
    [InlineData(VideoCodec.Av1, "yuv420p")]
    [InlineData(VideoCodec.Av1, "yuv420p10le")]
    public async Task Accepts_honest_work_of_another_machine_with_another_sandbox(VideoCodec codec, string pixels)
    {
        await using var bench = await ProofBench.CreateAsync();
        var source = await bench.SourceAsync(Moving);
        var spec = ProofBench.Spec(codec, pixels: pixels);
        var mined = await bench.MinedAsync(source, Frames, spec, kind: SandboxKind.None);
        var accepted = Assert.IsType<Verdict.Accepted>(await bench.VerdictAsync(bench.Leaf(source, Frames, spec), mined.PacketHash));
        Assert.Equal(mined.PacketHash, accepted.Evidence.Packets);
        Assert.True(accepted.Evidence.CpuTime > TimeSpan.Zero);
        Assert.False(bench.Store.IsPinned(source));
    }

    [Theory]
    [InlineData(Cheat.BlackFrames)]
    [InlineData(Cheat.WrongContent)]
    [InlineData(Cheat.HalfResolutionUpscaled)]
    [InlineData(Cheat.CheaperPreset)]
    [InlineData(Cheat.HigherCrf)]
    [InlineData(Cheat.DroppedFrames)]
    [InlineData(Cheat.DuplicatedFrames)]
    [InlineData(Cheat.FrozenFrames)]
    [InlineData(Cheat.Watermark)]
    public async Task Rejects_what_a_cheating_encoder_made_though_the_client_cannot_tell(Cheat cheat)
    {
        await using var bench = await ProofBench.CreateAsync();
        var source = await bench.SourceAsync(Moving);
        var spec = ProofBench.Spec(VideoCodec.H264);
        var mined = await bench.MinedAsync(source, Frames, spec, bench.Cheating(cheat));
        Assert.Equal(new Verdict.Rejected(RejectionReason.OtherPackets), await bench.VerdictAsync(bench.Leaf(source, Frames, spec), mined.PacketHash));
    }

    [Fact]
    public async Task Rejects_the_valid_output_of_another_segment_and_of_another_rendition()
    {
        await using var bench = await ProofBench.CreateAsync();
        var (source, other) = (await bench.SourceAsync(Moving), await bench.SourceAsync(Moving.Filtered("hflip")));
        var (spec, otherSpec) = (ProofBench.Spec(VideoCodec.H264), ProofBench.Spec(VideoCodec.H264, crf: 31));
        var own = await bench.EncodeAsync(bench.Leaf(source, Frames, spec));
        foreach (var mined in new[] { await bench.MinedAsync(other, Frames, spec), await bench.MinedAsync(source, Frames, otherSpec) })
        {
            Assert.Equal(new Verdict.Rejected(RejectionReason.OtherPackets), TranscodeCheck.Judge(own, mined.PacketHash));
        }
    }

    [Fact]
    public void Rejects_a_leaf_that_was_not_opened_whatever_the_check_came_to()
    {
        var rejected = new Verdict.Rejected(RejectionReason.LeafNotOpened);
        Assert.Equal(rejected, TranscodeCheck.Judge(new OwnEncode.Done(ContentHash.Of([1]), TimeSpan.Zero), null));
        Assert.Equal(rejected, TranscodeCheck.Judge(new OwnEncode.Failed(InconclusiveReason.SourceUnavailable), null));
    }

    [Fact]
    public async Task Blames_nobody_when_the_source_cannot_be_had()
    {
        await using var bench = await ProofBench.CreateAsync();
        var leaf = bench.Leaf(ContentHash.Of([1]), Frames, ProofBench.Spec(VideoCodec.H264));
        await InconclusiveAsync(bench, leaf, InconclusiveReason.SourceUnavailable);
        bench.Fetching = new ContentTransferException(ContentRefusal.NotFound);
        await InconclusiveAsync(bench, leaf, InconclusiveReason.SourceUnavailable);
    }

    [Theory]
    [InlineData("This is no video.")]
    [InlineData("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")]
    public async Task Blames_nobody_for_a_source_that_cannot_be_played(string text)
    {
        await using var bench = await ProofBench.CreateAsync();
        var source = await bench.SourceAsync(System.Text.Encoding.UTF8.GetBytes(text));
        await InconclusiveAsync(bench, bench.Leaf(source, Frames, ProofBench.Spec(VideoCodec.H264)), InconclusiveReason.SourceUnplayable);
    }

    [Fact]
    public async Task Blames_nobody_when_escrow_and_source_do_not_fit()
    {
        await using var bench = await ProofBench.CreateAsync();
        var source = await bench.SourceAsync(Moving);
        var spec = ProofBench.Spec(VideoCodec.H264);
        var leaf = bench.Leaf(source, Frames, spec);
        await InconclusiveAsync(bench, leaf with { Frames = Frames + 1 }, InconclusiveReason.SourceDoesNotFit);
        await InconclusiveAsync(bench, leaf with { Rendition = spec with { Crf = 31 } }, InconclusiveReason.OtherRendition);
        await InconclusiveAsync(bench, leaf with { Rendition = spec with { Preset = "hasty" } }, InconclusiveReason.ImpossibleRendition);
        await InconclusiveAsync(bench, leaf with { Class = DeterminismClass.Id("another") }, InconclusiveReason.ClassNotServed);
    }

    [Fact]
    public async Task Blames_nobody_for_a_failure_of_the_verifiers_own()
    {
        await using var bench = await ProofBench.CreateAsync();
        var source = await bench.SourceAsync(Moving);
        var leaf = bench.Leaf(source, Frames, ProofBench.Spec(VideoCodec.H264));
        foreach (var failure in new Exception[] { new ContentStoreException(ContentRefusal.StoreFull), new IOException(), new TaskCanceledException(), new InvalidOperationException() })
        {
            bench.Fetching = failure;
            await InconclusiveAsync(bench, leaf, InconclusiveReason.VerifierFailed);
        }

        bench.Fetching = null;
        bench.ReadClass = () => throw new SandboxException("It is gone.");
        await InconclusiveAsync(bench, leaf, InconclusiveReason.VerifierFailed);
    }

    [Fact]
    public async Task Blames_nobody_when_the_verifiers_ffmpeg_was_replaced_meanwhile()
    {
        await using var bench = await ProofBench.CreateAsync();
        var source = await bench.SourceAsync(Moving);
        var asked = 0;
        bench.ReadClass = () => asked++ == 0 ? ProofBench.Class : DeterminismClass.Id("the next one");
        await InconclusiveAsync(bench, bench.Leaf(source, Frames, ProofBench.Spec(VideoCodec.H264)), InconclusiveReason.ClassNotServed);
    }

    [Fact]
    public async Task Fetches_a_source_anew_that_rotted_on_the_verifiers_disk()
    {
        await using var bench = await ProofBench.CreateAsync();
        var source = await bench.SourceAsync(Moving);
        var spec = ProofBench.Spec(VideoCodec.H264);
        var mined = await bench.MinedAsync(source, Frames, spec);
        Assert.IsType<Verdict.Accepted>(await bench.VerdictAsync(bench.Leaf(source, Frames, spec), mined.PacketHash));
        bench.Rot(source);
        Assert.IsType<Verdict.Accepted>(await bench.VerdictAsync(bench.Leaf(source, Frames, spec), mined.PacketHash));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.97)]
    public async Task Blames_nobody_for_a_source_that_was_cut_short_before_it_was_escrowed(double kept)
    {
        await using var bench = await ProofBench.CreateAsync();
        var whole = await bench.BytesAsync(await bench.SourceAsync(Moving));
        var source = await bench.SourceAsync(whole[..(int)(whole.Length * kept)]);
        Assert.IsType<Verdict.Inconclusive>(await bench.VerdictAsync(bench.Leaf(source, Frames, ProofBench.Spec(VideoCodec.H264)), ContentHash.Of([2])));
    }

    private static async Task InconclusiveAsync(ProofBench bench, LeafToCheck leaf, InconclusiveReason reason)
    {
        Assert.Equal(new Verdict.Inconclusive(reason), await bench.VerdictAsync(leaf, ContentHash.Of([2])));
        Assert.EndsWith(".", reason.Sentence(), StringComparison.Ordinal);
    }
}
