using VideoMesh.Simulation.Market;

namespace VideoMesh.Simulation;

public sealed class MarketTests
{
    [Fact]
    public void Every_rule_of_the_market_holds_whatever_cheaters_and_a_hostile_fifth_of_the_verifiers_do()
    {
        var report = MarketCampaign.Run(1, 15);

        Assert.True(report.Failure is null, report.ToString());
        Assert.Superset(new HashSet<string>(StringComparer.Ordinal)
        {
            "Cheat: Rejected, OtherBytes", "Honest: Accepted", "Hoarder: Accepted", "Silent: Rejected, LeafNotOpened", "TwoFaced: Rejected, LeafAltered",
        }, report.Counts.Keys.ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public void A_market_repeats_itself_from_its_seed() => Assert.Equal(MarketCampaign.Run(7, 1).ToString(), MarketCampaign.Run(7, 1).ToString());

    [Fact]
    public void Cheating_gains_nothing_with_the_stake_the_ledger_asks_for_and_something_without()
    {
        var points = CheatersGain.Measure(rounds: 1, found: (2, 3));

        Assert.Equal((0.0, 0.0), (points[0].Gain, points[0].Caught));

        // a mean over 24 claims of which each fails to be caught with a chance of 4 % at the least strays by 0.05 or so
        Assert.All(points, point => Assert.True(point.Gain < 0.2, point.ToString()));
        Assert.True(points[6].Gain < -0.05 && points[^1].Caught > 0.8, points.ToString());
    }
}
