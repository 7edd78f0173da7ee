using System.Collections.Immutable;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Compute;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Proofs;

namespace VideoMesh.Miners.Tests.Proofs;

public sealed class ClaimLeavesTests
{
    private static readonly Hash256 Job = Keccak.Hash("a job"u8);

    [Fact]
    public void Every_leaf_of_a_claim_leads_to_its_root_in_the_order_of_segments_and_renditions()
    {
        var results = (from segment in new[] { 7, 2, 4 } from rendition in new[] { 1, 0 } select Result(segment, rendition)).ToList();
        var claim = ClaimLeaves.Of(results, renditions: 2);
        Assert.Equal(6, claim.Count);
        Assert.Equal(SegmentSet.Of([2, 4, 7]), claim.Segments);
        var expected = new[] { (2, 0), (2, 1), (4, 0), (4, 1), (7, 0), (7, 1) };
        for (var leaf = 0; leaf < claim.Count; leaf++)
        {
            var (result, path) = claim.Open(leaf);
            Assert.Equal(expected[leaf], (result.Segment, result.Rendition));
            Assert.True(path.Leads(result.Leaf.ToArray(), claim.Root));
        }

        Assert.False(claim.Open(0).Path.Leads(claim.Open(1).Result.Leaf.ToArray(), claim.Root));
    }

    [Fact]
    public void A_claim_has_each_rendition_of_its_segments_once_and_is_for_one_job()
    {
        Assert.Throws<ArgumentException>(() => ClaimLeaves.Of([Result(1, 0)], renditions: 2));
        Assert.Throws<ArgumentException>(() => ClaimLeaves.Of([Result(1, 0), Result(2, 1)], renditions: 2));
        Assert.Throws<ArgumentException>(() => ClaimLeaves.Of([Result(1, 0), Result(1, 0)], renditions: 1));
        Assert.Throws<ArgumentException>(() => ClaimLeaves.Of([Result(1, 0), Result(2, 0) with { JobId = Hash256.Zero }], renditions: 1));
    }

    [Fact]
    public void A_signed_result_is_the_miners_on_its_chain_alone_and_its_salt_is_fresh()
    {
        using var key = PrivateKey.Create();
        var signer = new ResultSigner("net-1", key);
        var encoded = new EncodedRendition("h264", ContentHash.Of([1]), 1, 1, TimeSpan.Zero, ContentHash.Of([2]));
        var (first, again) = (signer.Sign(Job, 3, 1, encoded), signer.Sign(Job, 3, 1, encoded));
        Assert.True(first.IsSignedBy("net-1", key.Address));
        Assert.False(first.IsSignedBy("net-2", key.Address));
        Assert.Equal((3, 1, encoded.Hash, encoded.PacketHash), (first.Result.Segment, first.Result.Rendition, first.Result.Content, first.Result.Packets));
        Assert.NotEqual(first.Result.Leaf, again.Result.Leaf);
    }

    [Fact]
    public void Whatever_decides_bytes_decides_the_hash_of_a_rendition_and_its_name_does_not()
    {
        var spec = ProofBench.Spec(VideoCodec.H265);
        RenditionSpec[] others =
        [
            spec, spec with { Codec = VideoCodec.H264 }, spec with { Width = 162 }, spec with { Height = 92 }, spec with { Crf = 31 }, spec with { Preset = "fast" }, spec with { PixelFormat = "yuv420p10le" },
            spec with { ColourRange = "tv" }, spec with { ColourPrimaries = "bt709" }, spec with { ColourTransfer = "bt709" }, spec with { ColourSpace = "bt709" },
            spec with { Orientation = Orientation.Mirror }, spec with { Deinterlace = true }, spec with { FrameRate = new Rational(30, 1) }, spec with { FrameRate = new Rational(25, 2) },
        ];
        Assert.Equal(others.Length, others.Select(CanonicalRendition.Hash).Distinct().Count());
        Assert.Equal(CanonicalRendition.Hash(spec), CanonicalRendition.Hash(spec with { Name = "another" }));
    }

    [Fact]
    public void A_source_segment_leads_to_the_jobs_root_at_its_own_place_only()
    {
        var segments = Enumerable.Range(0, 5).Select(number => (ContentHash.Of([(byte)number]), number == 4 ? 7U : 48U)).ToImmutableArray();
        var tree = new SourceTree(segments);
        var terms = new JobTerms
        {
            SourceRoot = tree.Root, Frames = [new FrameRun(4, 48), new FrameRun(1, 7)], Renditions = [], Class = Hash256.Zero, Miners = [], CheckFee = Amount.Zero, Deadline = 1,
        };
        Assert.All(Enumerable.Range(0, 5), number => Assert.True(SourceTree.Holds(terms, number, segments[number].Item1, tree.Prove(number))));
        Assert.False(SourceTree.Holds(terms, 1, segments[2].Item1, tree.Prove(2)));
        Assert.False(SourceTree.Holds(terms, 2, segments[1].Item1, tree.Prove(2)));
        Assert.False(SourceTree.Holds(terms, 5, segments[4].Item1, tree.Prove(4)));
        Assert.False(SourceTree.Holds(terms with { Frames = [new FrameRun(5, 48)] }, 4, segments[4].Item1, tree.Prove(4)));
    }

    private static JobResult Result(int segment, int rendition) =>
        new(Job, segment, rendition, ContentHash.Of([1, (byte)segment]), ContentHash.Of([(byte)segment, (byte)rendition]), Keccak.Hash([(byte)segment, (byte)rendition]));
}
