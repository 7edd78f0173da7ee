using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Mesh;

public sealed class PacingTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_bucket_never_grants_more_than_its_burst_and_rate_allow() =>
        Prop.ForAll(Gen.ListOf(Gen.Choose(0, 2000)).ToArbitrary(), waits =>
        {
            var time = new ManualTime();
            var bucket = new TokenBucket(time, rate: 10, burst: 20);
            var (granted, elapsed) = (0, 0.0);
            foreach (var wait in waits)
            {
                time.Advance(TimeSpan.FromMilliseconds(wait));
                elapsed += wait / 1000.0;
                while (bucket.TryTake(1))
                {
                    granted++;
                }
            }

            return granted <= 20 + (10 * elapsed) + 0.001;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_bucket_says_how_long_to_wait_and_then_grants()
    {
        var bucket = new TokenBucket(_time, rate: 4, burst: 8);
        Assert.True(bucket.TryTake(8));
        Assert.Equal(TimeSpan.FromSeconds(0.5), bucket.WaitFor(2));

        _time.Advance(TimeSpan.FromSeconds(0.5));

        Assert.Equal(TimeSpan.Zero, bucket.WaitFor(2));
        Assert.True(bucket.TryTake(2));
        Assert.False(bucket.TryTake(1));
    }

    [Fact]
    public void Backoff_doubles_up_to_its_cap_with_jitter_in_the_upper_half() =>
        Prop.ForAll(Gen.Choose(1, 1000).ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (failures, seed) =>
        {
            var delay = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), new Random(seed)).Delay(failures);
            var full = failures > 5 ? 30 : Math.Pow(2, failures - 1);
            return delay.TotalSeconds >= full * 0.499 && delay.TotalSeconds <= full * 1.001;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Backoff_of_one_seed_is_always_the_same()
    {
        static IEnumerable<TimeSpan> Delays(int seed)
        {
            var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), new Random(seed));
            return [.. Enumerable.Range(1, 10).Select(backoff.Delay)];
        }

        Assert.Equal(Delays(7), Delays(7));
        Assert.NotEqual(Delays(7), Delays(8));
    }

    [Fact]
    public void An_honest_outbox_never_floods_an_inbox_even_after_the_reader_was_held_up() =>
        Prop.ForAll(Gen.NonEmptyListOf(Gen.Choose(1, FrameCodec.MaxPlainBytes)).ToArbitrary(), Gen.Choose(0, 20).ToArbitrary(), (sizes, stall) =>
        {
            var time = new ManualTime();
            var outbox = new LinkOutbox(A.Options, time);
            var inbox = new LinkInbox(A.Options, time);
            var held = new Queue<int>();
            var sent = 0;
            for (var tick = 0; tick < 10 * (stall + 5); tick++)
            {
                for (; outbox.Count < 50; sent++)
                {
                    outbox.TryAdd(new byte[sizes[sent % sizes.Count]]);
                }

                while (outbox.TryTake() is { } frame)
                {
                    held.Enqueue(frame.Length + FrameSeal.TagBytes);
                    if (outbox.Count == 0)
                    {
                        outbox.TryAdd(new byte[sizes[sent++ % sizes.Count]]);
                    }
                }

                // The reader wakes after its stall and finds everything at once.
                while (tick >= 10 * stall && held.TryDequeue(out var size))
                {
                    if (inbox.Count(size) is not null)
                    {
                        return false;
                    }
                }

                time.Advance(TimeSpan.FromMilliseconds(100));
            }

            return true;
        }).Holds(20);

    [Fact]
    public void An_outbox_is_bounded_in_frames_and_in_bytes()
    {
        var byFrames = new LinkOutbox(A.Options with { OutboxFrames = 16 }, _time);
        Assert.All(Enumerable.Range(0, 16), _ => Assert.True(byFrames.TryAdd(new byte[1])));
        Assert.False(byFrames.TryAdd(new byte[1]));

        var byBytes = new LinkOutbox(A.Options with { OutboxBytes = 100_000 }, _time);
        Assert.True(byBytes.TryAdd(new byte[60_000]));
        Assert.False(byBytes.TryAdd(new byte[60_000]));
        Assert.NotNull(byBytes.TryTake());
        Assert.True(byBytes.TryAdd(new byte[60_000]));
    }

    [Fact]
    public void An_inbox_refuses_a_frame_with_too_many_announcements_and_too_many_announcements_in_all()
    {
        var inbox = new LinkInbox(A.Options with { AnnouncementBurst = 20, MaxDirectory = 20 }, _time);
        Announcements Of(int count) => new() { Items = { Enumerable.Repeat(new SignedAnnouncement(), count) } };

        Assert.Equal(LinkRefusal.AnnouncementMalformed, inbox.Count(Of(AnnouncementCodec.MaxPerFrame + 1)));
        Assert.Null(inbox.Count(Of(12)));
        Assert.Equal(LinkRefusal.Flood, inbox.Count(Of(12)));
    }

    [Fact]
    public void A_meter_lets_frames_pass_and_ends_a_stream_of_control_frames()
    {
        var meter = new LinkMeter(A.Options, _time);
        for (var i = 0; i < 10_000; i++)
        {
            meter.Raw(106);
            meter.Payload(100);
        }

        Assert.Throws<IOException>(() =>
        {
            for (var i = 0; i < 100_000; i++)
            {
                meter.Raw(6);
            }
        });
        Assert.True(meter.IsFlooded);
    }

    [Fact]
    public void A_meter_forgives_an_occasional_control_frame_for_ever()
    {
        var meter = new LinkMeter(A.Options, _time);
        for (var i = 0; i < 200_000; i++)
        {
            meter.Raw(6);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.False(meter.IsFlooded);
    }

    [Fact]
    public void Default_options_are_valid_and_wrong_ones_are_named()
    {
        Assert.Empty(A.Options.Validate());
        Assert.Contains((A.Options with { Chain = "No Spaces" }).Validate(), error => error.StartsWith("Chain", StringComparison.Ordinal));
        Assert.Contains((A.Options with { Seeds = [new Uri("http://host:1/path")] }).Validate(), error => error.Contains("http://host:1/path", StringComparison.Ordinal));
        Assert.Contains((A.Options with { KeepAliveTimeout = TimeSpan.FromSeconds(6) }).Validate(), error => error.StartsWith("KeepAliveTimeout", StringComparison.Ordinal));
        Assert.Contains((A.Options with { AnnouncementLifetime = TimeSpan.FromMinutes(6) }).Validate(), error => error.StartsWith("AnnouncementLifetime", StringComparison.Ordinal));
        Assert.Contains((A.Options with { OutboundReserve = 64 }).Validate(), error => error.StartsWith("OutboundReserve", StringComparison.Ordinal));
    }
}
