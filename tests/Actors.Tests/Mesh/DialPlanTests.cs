using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Actors.Mesh;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Tests.Mesh;

public sealed class DialPlanTests
{
    private static readonly Uri s_seed = new("http://seed.example:1");
    private static readonly Uri s_url = new("http://victim.example:80");
    private static readonly Address s_peer = PrivateKey.Create().Address;

    private readonly HashSet<Address> _linked = [];
    private DialPlan _plan = new(A.Options, new Random(1));
    private TimeSpan _now = TimeSpan.FromHours(1);

    [Fact]
    public void A_dead_seed_is_tried_for_ever_and_ever_more_slowly_up_to_a_cap()
    {
        _plan = new DialPlan(A.Options with { Seeds = [s_seed] }, new Random(1));
        var last = _now;
        for (var attempt = 1; attempt < 200; attempt++)
        {
            var dial = NextDial();
            Assert.Equal(new Dial(s_seed, null), dial);
            Assert.InRange(_now - last, TimeSpan.Zero, TimeSpan.FromSeconds(31));
            last = _now;
            _plan.Failed(dial, LinkRefusal.Unreachable, found: null, _now);
            Assert.Empty(Take());
        }
    }

    [Fact]
    public void A_seed_that_is_this_node_is_tried_rarely_from_the_start()
    {
        _plan = new DialPlan(A.Options with { Seeds = [s_seed] }, new Random(1));
        _plan.Failed(NextDial(), LinkRefusal.SelfDial, found: null, _now);

        Assert.InRange(Wake()!.Value - _now, A.Options.MaxBackoff / 2, A.Options.MaxBackoff);
    }

    [Fact]
    public void A_seed_is_left_alone_while_its_node_is_linked_by_whatever_link()
    {
        _plan = new DialPlan(A.Options with { Seeds = [s_seed] }, new Random(1));
        _plan.Failed(NextDial(), LinkRefusal.DuplicateLink, found: s_peer, _now);
        _linked.Add(s_peer);
        Assert.Null(Wake());

        _linked.Clear();
        Assert.Equal(new Dial(s_seed, null), NextDial());
    }

    [Fact]
    public void An_announced_node_that_cannot_be_dialled_is_left_alone_after_a_while()
    {
        _plan.Announced(s_peer, s_url, _now);
        for (var attempt = 0; attempt < A.Options.ParkAfterFailures; attempt++)
        {
            _plan.Failed(NextDial(), LinkRefusal.Unreachable, found: null, _now);
        }

        Assert.True(Wake() >= _now + A.Options.ParkTime);
        _plan.Forget(s_peer);
        Assert.Null(Wake());
    }

    [Fact]
    public void A_thousand_announcements_of_one_victim_are_one_target()
    {
        foreach (var liar in Enumerable.Range(0, 1000).Select(_ => PrivateKey.Create().Address))
        {
            _plan.Announced(liar, s_url, _now);
        }

        var dials = 0;
        for (var start = _now; _now - start < TimeSpan.FromMinutes(9);)
        {
            _plan.Failed(NextDial(), LinkRefusal.Unreachable, found: null, _now);
            dials++;
        }

        Assert.InRange(dials, 1, A.Options.ParkAfterFailures + 1);
    }

    [Fact]
    public void Who_lies_about_a_url_does_not_keep_us_from_the_one_who_lives_there()
    {
        var liar = PrivateKey.Create().Address;
        _plan.Announced(liar, s_url, _now);
        _plan.Failed(NextDial(), LinkRefusal.UnexpectedAddress, found: s_peer, _now);
        _plan.Announced(s_peer, s_url, _now);

        Assert.Equal(new Dial(s_url, s_peer), Assert.Single(Take()));
    }

    [Fact]
    public void One_that_keeps_changing_its_url_is_not_dialled_at_each()
    {
        var dials = 0;
        for (var change = 0; change < 600; change++)
        {
            _plan.Announced(s_peer, new Uri($"http://victim-{change}.example:80"), _now);
            _now += TimeSpan.FromSeconds(1);
            foreach (var dial in Take())
            {
                dials++;
                _plan.Failed(dial, LinkRefusal.Unreachable, found: null, _now);
            }
        }

        Assert.InRange(dials, 1, 2 * A.Options.ParkAfterFailures);
    }

    [Fact]
    public void A_node_that_moved_is_dialled_at_its_new_url_at_once()
    {
        _plan.Announced(s_peer, s_url, _now);
        for (var attempt = 0; attempt < A.Options.ParkAfterFailures; attempt++)
        {
            _plan.Failed(NextDial(), LinkRefusal.Unreachable, found: null, _now);
        }

        _now += TimeSpan.FromMinutes(1);
        var moved = new Uri("http://new.example:80");
        _plan.Announced(s_peer, moved, _now);

        Assert.True(Wake() <= _now + A.Options.FirstBackoff);
        Assert.Equal(new Dial(moved, s_peer), NextDial());
    }

    [Fact]
    public void A_link_that_always_breaks_at_once_is_remade_ever_more_slowly_and_one_that_held_at_once()
    {
        _plan = new DialPlan(A.Options with { Seeds = [s_seed] }, new Random(1));
        for (var attempt = 0; attempt < 10; attempt++)
        {
            LinkFor(TimeSpan.FromSeconds(1));
        }

        Assert.True(Wake() > _now + TimeSpan.FromSeconds(10));
        LinkFor(TimeSpan.FromMinutes(1));
        Assert.True(Wake() <= _now + A.Options.FirstBackoff);
    }

    [Fact]
    public void Dials_no_more_than_there_is_room_for()
    {
        foreach (var number in Enumerable.Range(0, 20))
        {
            _plan.Announced(PrivateKey.Create().Address, new Uri($"http://node-{number}.example:1"), _now);
        }

        _now += TimeSpan.FromSeconds(1);

        Assert.Empty(_plan.Take(_linked.Contains, room: 0, _now));
        Assert.Equal(2, _plan.Take(_linked.Contains, room: 2, _now).Length);
        Assert.Equal(A.Options.MaxDials - 2, Take().Length);
        Assert.Equal(A.Options.MaxDials, _plan.InFlight);
        Assert.Null(Wake());
    }

    [Fact]
    public void Whatever_is_announced_the_rate_of_dials_is_bounded() =>
        Prop.ForAll(Gen.NonEmptyListOf(Gen.Choose(0, 1000)).ToArbitrary(), waits =>
        {
            var plan = new DialPlan(A.Options, new Random(1));
            var (now, dials, number) = (TimeSpan.Zero, 0, 0);
            foreach (var wait in waits)
            {
                for (var i = 0; i < 5; i++)
                {
                    plan.Announced(Numbered(++number), new Uri($"http://victim-{number}.example:80"), now);
                }

                now += TimeSpan.FromMilliseconds(wait);
                foreach (var dial in plan.Take(_ => false, room: 1000, now))
                {
                    dials++;
                    plan.Failed(dial, LinkRefusal.Unreachable, found: null, now);
                }
            }

            return dials <= A.Options.MaxDials + (now.TotalSeconds * A.Options.DialsPerSecond) + 0.001;
        }).Holds(15);

    private static Address Numbered(int number)
    {
        var bytes = new byte[Address.Size];
        BitConverter.TryWriteBytes(bytes, number);
        return new Address(bytes);
    }

    private void LinkFor(TimeSpan life)
    {
        var dial = NextDial();
        _plan.Up(dial, s_peer, _now);
        _now += life;
        _plan.Down(dial, LinkRefusal.ConnectionLost, _now);
    }

    private System.Collections.Immutable.ImmutableArray<Dial> Take() => _plan.Take(_linked.Contains, room: 100, _now);

    private TimeSpan? Wake() => _plan.NextWake(_linked.Contains, room: 100, _now);

    private Dial NextDial()
    {
        _now = Assert.NotNull(Wake()) is var due && due > _now ? due : _now;
        return Assert.Single(Take());
    }
}
