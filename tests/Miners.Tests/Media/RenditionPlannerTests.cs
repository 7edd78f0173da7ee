using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Miners.Media;

namespace VideoMesh.Miners.Tests.Media;

public sealed class RenditionPlannerTests
{
    private static readonly Profile Ladder = ProfileReader.Read(
        """{"name":"ladder","renditions":[{"name":"1080p","height":1080},{"name":"720p","height":720},{"name":"480p","height":480}]}""");

    [Fact]
    public void Rungs_taller_than_the_source_are_left_out()
    {
        var plan = RenditionPlanner.Resolve(Ladder, Source(1280, 720));
        Assert.Equal([("720p", 1280, 720), ("480p", 854, 480)], plan.Renditions.Select(spec => (spec.Name, spec.Width, spec.Height)));
        Assert.Contains("'1080p' is left out", Assert.Single(plan.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void If_every_rung_is_taller_one_is_made_at_the_sources_height_rounded_down_to_even()
    {
        var spec = Assert.Single(RenditionPlanner.Resolve(Ladder, Source(321, 241)).Renditions);
        Assert.Equal(("480p", 320, 240), (spec.Name, spec.Width, spec.Height));
    }

    [Fact]
    public void Height_counts_upright_when_the_picture_lies_on_its_side()
    {
        var source = Source(1920, 1080, orientation: Orientation.TurnClockwise);
        var specs = RenditionPlanner.Resolve(Ladder, source).Renditions;
        Assert.Equal([(608, 1080), (406, 720), (270, 480)], specs.Select(spec => (spec.Width, spec.Height)));
        Assert.All(specs, spec => Assert.Equal(Orientation.TurnClockwise, spec.Orientation));
    }

    [Fact]
    public void Anamorphic_samples_become_square()
    {
        var spec = RenditionPlanner.Resolve(Ladder, Source(720, 576, aspect: new Rational(64, 45))).Renditions[0];
        Assert.Equal((854, 480), (spec.Width, spec.Height));
    }

    [Theory]
    [InlineData("h264", "yuv420p")]
    [InlineData("h265", "yuv420p10le")]
    [InlineData("vp9", "yuv420p10le")]
    [InlineData("av1", "yuv420p10le")]
    public void Ten_bits_are_kept_where_players_can_show_them(string codec, string format)
    {
        var profile = ProfileReader.Read($$"""{"name":"x","renditions":[{"codec":"{{codec}}"}]}""");
        Assert.Equal(format, RenditionPlanner.Resolve(profile, Source(640, 360, bits: 10)).Renditions[0].PixelFormat);
        Assert.Equal("yuv420p", RenditionPlanner.Resolve(profile, Source(640, 360)).Renditions[0].PixelFormat);
    }

    [Fact]
    public void A_small_rung_of_an_untagged_high_definition_source_says_which_matrix_it_has()
    {
        Assert.All(RenditionPlanner.Resolve(Ladder, Source(1920, 1080)).Renditions, spec => Assert.Equal("bt709", spec.ColourSpace));
        Assert.All(RenditionPlanner.Resolve(Ladder, Source(720, 576)).Renditions, spec => Assert.Equal("", spec.ColourSpace));
    }

    [Fact]
    public void Never_enlarges_keeps_the_shape_and_always_makes_something() =>
        Prop.ForAll(Gen.Choose(2, 5000).Two().ToArbitrary(), Gen.Choose(0, 7).ToArbitrary(), (size, orientation) =>
        {
            var source = Source(size.Item1, size.Item2, orientation: (Orientation)orientation);
            var specs = RenditionPlanner.Resolve(Ladder, source).Renditions;
            Assert.NotEmpty(specs);
            Assert.All(specs, spec =>
            {
                Assert.True(spec.Width % 2 == 0 && spec.Height % 2 == 0 && spec.Width > 0 && spec.Height > 0);
                Assert.InRange(spec.Height, 2, Math.Max(2, source.Video.DisplayHeight));
                var exact = (double)spec.Height * source.Video.DisplayWidth / source.Video.DisplayHeight;
                Assert.InRange(spec.Width, Math.Min(2, exact - 1.001), Math.Max(2, exact + 1.001));
            });
        }).QuickCheckThrowOnFailure();

    private static SourceInfo Source(int width, int height, Orientation orientation = Orientation.Upright, int bits = 8, Rational? aspect = null) => new()
    {
        Container = "mov", StartSeconds = 0, Packets = [new PacketInfo(0, true, true)], FrameTimes = [0], EndTime = 40,
        Video = new VideoTrack
        {
            StreamIndex = 0, Codec = "h264", CodedWidth = width, CodedHeight = height, PixelFormat = "yuv420p", BitDepth = bits,
            TimeBase = new Rational(1, 1000), FrameRate = new Rational(25, 1), ConstantRate = true, Orientation = orientation,
            SampleAspect = aspect ?? new Rational(1, 1),
        },
    };
}
