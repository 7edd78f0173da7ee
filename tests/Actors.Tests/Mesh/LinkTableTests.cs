using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Actors.Mesh;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Tests.Mesh;

public sealed class LinkTableTests
{
    private static readonly (PrivateKey Lower, PrivateKey Higher) s_keys = A.TwoKeys();

    private readonly LinkTable<string> _lower = new(s_keys.Lower.Address, maxLinks: 4, outboundReserve: 1);
    private readonly LinkTable<string> _higher = new(s_keys.Higher.Address, maxLinks: 4, outboundReserve: 1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_two_dials_at_the_same_time_both_ends_use_the_one_that_the_lower_address_chose(bool firstWins)
    {
        var (winner, loser) = firstWins ? ("one", "two") : ("two", "one");

        // The higher address finishes both handshakes first, in the other order.
        Assert.IsType<LinkJudgement.AwaitReady>(Judge(_higher, s_keys.Lower, loser));
        Assert.IsType<LinkJudgement.AwaitReady>(Judge(_higher, s_keys.Lower, winner));
        Assert.IsType<LinkJudgement.Open>(Judge(_lower, s_keys.Higher, winner));
        Assert.NotNull(_lower.Use(winner));
        Assert.Equal(LinkRefusal.DuplicateLink, Assert.IsType<LinkJudgement.Refuse>(Judge(_lower, s_keys.Higher, loser)).Reason);
        Assert.NotNull(_higher.Use(winner));
        _higher.Remove(loser);

        Assert.Equal(winner, _lower.Find(s_keys.Higher.Address));
        Assert.Equal(winner, _higher.Find(s_keys.Lower.Address));
        Assert.Equal(1, _higher.Count);
    }

    [Fact]
    public void In_whatever_order_the_news_of_many_links_arrive_both_ends_end_up_with_the_same_one() =>
        Prop.ForAll(Gen.Choose(1, 5).ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (count, seed) =>
        {
            var random = new Random(seed);
            var lower = new LinkTable<string>(s_keys.Lower.Address, maxLinks: 16, outboundReserve: 1);
            var higher = new LinkTable<string>(s_keys.Higher.Address, maxLinks: 16, outboundReserve: 1);
            var ready = new List<string>();
            var steps = new List<Action>();
            foreach (var link in Enumerable.Range(1, count).Select(number => $"link {number}"))
            {
                // Per link: the lower end judges, and its word reaches the higher end some time after that end has judged too.
                string? word = null;
                var (judged, told) = (false, false);
                void Deliver()
                {
                    if (word is not null && judged && !told)
                    {
                        told = true;
                        _ = string.Equals(word, "ready", StringComparison.Ordinal) ? higher.Use(link)?.Peer : higher.Remove(link);
                    }
                }

                steps.Add(() =>
                {
                    var judgement = Judge(lower, s_keys.Higher, link);
                    word = judgement is LinkJudgement.Open ? "ready" : "refused";
                    if (judgement is LinkJudgement.Open)
                    {
                        lower.Use(link);
                        ready.Add(link);
                    }

                    if (random.Next(2) == 0)
                    {
                        Deliver();
                    }
                });
                steps.Add(() =>
                {
                    Assert.IsType<LinkJudgement.AwaitReady>(Judge(higher, s_keys.Lower, link));
                    judged = true;
                    Deliver();
                });
                steps.Add(Deliver);
                steps.Add(Deliver);
            }

            var schedule = steps.ToArray();
            random.Shuffle(schedule);
            foreach (var step in schedule.Concat(steps.Where((_, at) => at % 4 >= 2)))
            {
                step();
            }

            return ready.Count == 1 && lower.Count == 1 && higher.Count == 1
                && string.Equals(lower.Find(s_keys.Higher.Address), ready[0], StringComparison.Ordinal)
                && string.Equals(higher.Find(s_keys.Lower.Address), ready[0], StringComparison.Ordinal);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_link_in_use_is_not_given_up_for_a_second_one()
    {
        Open(_lower, s_keys.Higher, "old");

        Assert.IsType<LinkJudgement.Refuse>(Judge(_lower, s_keys.Higher, "new"));
        Assert.Equal("old", _lower.Find(s_keys.Higher.Address));
    }

    [Fact]
    public void A_restarted_peer_replaces_the_link_of_its_earlier_life()
    {
        Open(_lower, s_keys.Higher, "old");

        Assert.IsType<LinkJudgement.Open>(Judge(_lower, s_keys.Higher, "new", instance: 2));
        Assert.Equal((s_keys.Higher.Address, "old", true), _lower.Use("new"));
        Assert.Null(_lower.Remove("old"));
        Assert.Equal("new", _lower.Find(s_keys.Higher.Address));
    }

    [Fact]
    public void The_higher_address_follows_when_the_lower_one_chooses_anew()
    {
        Judge(_higher, s_keys.Lower, "old");
        _higher.Use("old");
        Judge(_higher, s_keys.Lower, "new");

        Assert.Equal((s_keys.Lower.Address, "old", false), _higher.Use("new"));
    }

    [Fact]
    public void Strangers_may_take_all_links_but_those_kept_for_our_own_dials()
    {
        foreach (var number in Enumerable.Range(0, 3))
        {
            Judge(_lower, PrivateKey.Create(), $"link {number}");
        }

        Assert.Equal(LinkRefusal.TooManyLinks, Assert.IsType<LinkJudgement.Refuse>(Judge(_lower, PrivateKey.Create(), "inbound")).Reason);
        Assert.IsNotType<LinkJudgement.Refuse>(_lower.Judge("ours", PrivateKey.Create().Address, 1, inbound: false));
        Assert.IsType<LinkJudgement.Refuse>(_lower.Judge("one more", PrivateKey.Create().Address, 1, inbound: false));
    }

    [Fact]
    public void A_link_that_was_never_judged_cannot_be_used() => Assert.Null(_lower.Use("unknown"));

    [Fact]
    public void The_end_of_the_link_in_use_leaves_the_peer_without_one()
    {
        Open(_lower, s_keys.Higher, "link");

        Assert.Equal(s_keys.Higher.Address, _lower.Remove("link"));
        Assert.False(_lower.Has(s_keys.Higher.Address));
        Assert.Null(_lower.Remove("link"));
    }

    private static LinkJudgement Judge(LinkTable<string> table, PrivateKey peer, string link, ulong instance = 1) =>
        table.Judge(link, peer.Address, instance, inbound: true);

    private static void Open(LinkTable<string> table, PrivateKey peer, string link)
    {
        Assert.IsType<LinkJudgement.Open>(Judge(table, peer, link));
        Assert.NotNull(table.Use(link));
    }
}
