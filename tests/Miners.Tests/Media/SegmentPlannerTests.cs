using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Miners.Media;

namespace VideoMesh.Miners.Tests.Media;

public sealed class SegmentPlannerTests
{
    private static readonly Rational Milliseconds = new(1, 1000);

    [Fact]
    public void Cuts_at_keyframes_close_to_the_target()
    {
        var plan = SegmentPlanner.Plan(Frames(300, keyEvery: 25), TimeSpan.FromSeconds(4));
        Assert.Equal(3, plan.Segments.Length);
        Assert.Equal([100, 100, 100], plan.Segments.Select(segment => segment.Frames));
        Assert.Null(plan.Warning);
    }

    [Fact]
    public void Leaves_no_tiny_segment_at_the_end()
    {
        // 12.4 s in pieces of 4 s would leave 0.4 s
        var plan = SegmentPlanner.Plan(Frames(310, keyEvery: 10), TimeSpan.FromSeconds(4));
        Assert.All(plan.Segments, segment => Assert.InRange(segment.Duration.TotalSeconds, 3, 5));
    }

    [Fact]
    public void Never_cuts_where_later_packets_reach_back_over_the_keyframe()
    {
        // I P B | I(open) with two frames shown before it | I(closed)
        ImmutableArray<PacketInfo> packets =
        [
            Key(0), new(120, false, true), new(40, false, true), new(80, false, true),
            Key(240), new(160, false, true), new(200, false, true),
            Key(280), new(320, false, true),
        ];
        Assert.Equal([0, 7], SegmentPlanner.Boundaries(packets));
    }

    [Fact]
    public void A_single_group_of_pictures_is_one_segment_and_the_user_is_told()
    {
        var plan = SegmentPlanner.Plan(Frames(1500, keyEvery: 5000), TimeSpan.FromSeconds(4));
        Assert.Single(plan.Segments);
        Assert.Contains("one miner encodes all of it", plan.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public void One_frame_is_one_segment()
    {
        var plan = SegmentPlanner.Plan(Frames(1, keyEvery: 1), TimeSpan.FromSeconds(4));
        Assert.Equal(1, Assert.Single(plan.Segments).Frames);
        Assert.Null(plan.Warning);
    }

    [Fact]
    public void Frames_hidden_by_an_edit_list_are_not_counted_and_their_segment_is_marked()
    {
        var packets = Frames(100, keyEvery: 25).Packets.Select((packet, i) => i < 10 ? packet with { Shown = false } : packet);
        var plan = SegmentPlanner.Plan(Source([.. packets]), TimeSpan.FromSeconds(1));
        Assert.Equal(90, plan.Frames);
        Assert.True(plan.Segments[0].NeedsLosslessCopy);
        Assert.Equal(15, plan.Segments[0].Frames);
        Assert.All(plan.Segments.Skip(1), segment => Assert.False(segment.NeedsLosslessCopy));
    }

    [Fact]
    public void Hours_of_all_keyframes_are_planned_at_once()
    {
        var plan = SegmentPlanner.Plan(Frames(200_000, keyEvery: 1), TimeSpan.FromSeconds(4));
        Assert.All(plan.Segments, segment => Assert.Equal(4, segment.Duration.TotalSeconds, 1));
    }

    [Fact]
    public void Every_plan_holds_each_frame_once_in_order_and_starts_each_segment_with_a_safe_keyframe() =>
        Prop.ForAll(Sources().ToArbitrary(), Gen.Choose(100, 9000).ToArbitrary(), (source, milliseconds) =>
        {
            var plan = SegmentPlanner.Plan(source, TimeSpan.FromMilliseconds(milliseconds));
            var frame = 0;
            var packet = 0;
            foreach (var segment in plan.Segments)
            {
                Assert.Equal((frame, packet), (segment.FirstFrame, segment.FirstPacket));
                Assert.True(segment.Frames > 0);
                var (before, from) = (source.Packets.Take(packet).ToList(), source.Packets.Skip(packet).ToList());
                Assert.True(packet == 0 || (from[0].Key && from.TrueForAll(p => p.Pts >= from[0].Pts) && before.TrueForAll(p => p.Pts < from[0].Pts)));
                Assert.Equal(source.FrameTimes[frame], segment.StartPts);
                frame += segment.Frames;
                packet += segment.Packets;
            }

            Assert.Equal((source.Frames, source.Packets.Length), (frame, packet));
            Assert.Equal(source.Duration.TotalSeconds, plan.Segments.Sum(segment => segment.Duration.TotalSeconds), 4);
        }).QuickCheckThrowOnFailure();

    // Groups of pictures of random length, open or closed, reordered or not, at a wavering rate.
    private static Gen<SourceInfo> Sources() =>
        from groups in Gen.Choose(1, 30)
        from shape in Gen.Choose(1, 20).Two().ListOf(groups)
        from waver in Gen.Choose(0, 30)
        select Build([.. shape.Select(pair => (Length: pair.Item1, Open: pair.Item2 % 3 == 0, Reordered: pair.Item2 % 2 == 0))], waver);

    private static SourceInfo Build(List<(int Length, bool Open, bool Reordered)> groups, int waver)
    {
        var packets = new List<PacketInfo>();
        var frame = 0;
        long Time(int index) => (index * 40L) + (index * 7919 % (waver + 1));
        foreach (var (length, open, reordered) in groups)
        {
            var order = Enumerable.Range(frame, length).ToList();
            if (reordered && length > 2)
            {
                (order[1], order[2]) = (order[2], order[1]);
            }

            // an open group is decoded from a keyframe that is not shown first
            var key = open && frame > 0 && length > 1 ? 1 : 0;
            order.Remove(frame + key);
            order.Insert(0, frame + key);
            packets.AddRange(order.Select((index, i) => new PacketInfo(Time(index), i == 0, true)));
            frame += length;
        }

        return Source([.. packets]);
    }

    private static PacketInfo Key(long pts) => new(pts, true, true);

    private static SourceInfo Frames(int count, int keyEvery) =>
        Source([.. Enumerable.Range(0, count).Select(i => new PacketInfo(i * 40L, i % keyEvery == 0, true))]);

    private static SourceInfo Source(ImmutableArray<PacketInfo> packets)
    {
        ImmutableArray<long> times = [.. packets.Where(packet => packet.Shown).Select(packet => packet.Pts).Order()];
        return new SourceInfo
        {
            Container = "matroska,webm", StartSeconds = 0, Packets = packets, FrameTimes = times, EndTime = times[^1] + 40,
            Video = new VideoTrack
            {
                StreamIndex = 0, Codec = "h264", CodedWidth = 640, CodedHeight = 360, PixelFormat = "yuv420p", BitDepth = 8,
                TimeBase = Milliseconds, FrameRate = new Rational(25, 1), ConstantRate = true,
            },
        };
    }
}
