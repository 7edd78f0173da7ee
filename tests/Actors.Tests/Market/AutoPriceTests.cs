using System.Collections.Immutable;
using VideoMesh.Actors.Market;
using VideoMesh.Chain.Primitives;
using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Market;

public class AutoPriceTests
{
    private static readonly AutoPriceOptions Options = new() { Floor = new Amount(5), Ceiling = new Amount(1000) };

    [Fact]
    public void A_full_miner_raises_and_an_idle_one_undercuts()
    {
        var price = AutoPrice.Create(Options, new Amount(100));

        Assert.Equal(new Amount(102), price.Observe(busyPercent: 100, offers: 0).Price);
        Assert.Equal(new Amount(95), price.Observe(busyPercent: 0, offers: 1).Price);
        Assert.Equal(new Amount(100), price.Observe(busyPercent: 75, offers: 9).Price);
    }

    [Fact]
    public void Without_demand_the_price_stays() => Assert.Equal(new Amount(100), AutoPrice.Create(Options, new Amount(100)).Observe(busyPercent: 0, offers: 0).Price);

    [Fact]
    public void The_price_leaves_its_bounds_neither_at_the_start_nor_later()
    {
        Assert.Equal(Options.Floor, AutoPrice.Create(Options, Amount.Zero).Price);
        var (low, high) = (AutoPrice.Create(Options, new Amount(20)), AutoPrice.Create(Options, new Amount(20)));
        for (var i = 0; i < 500; i++)
        {
            (low, high) = (low.Observe(0, 1), high.Observe(100, 1));
        }

        Assert.Equal(Options.Floor, low.Price);
        Assert.Equal(Options.Ceiling, high.Price);
        Assert.Throws<ArgumentException>(() => AutoPrice.Create(Options with { Floor = new Amount(1001) }, Amount.Zero));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Prices_of_competitors_settle_at_what_the_first_that_is_not_needed_could_ask(int seed)
    {
        // Work for two of four: those with floors of 40,000 and 80,000 cannot go below them, so the cheap two need not go below 40,000.
        var market = new Marketplace(seed, floors: [10_000, 20_000, 40_000, 80_000], demand: 4, slotsEach: 2, limit: 500_000);

        var settled = market.Run(steps: 600).TakeLast(200).ToList();

        Assert.InRange(settled.Average(day => day.Paid), 35_000, 45_000);
        Assert.All(settled, day => Assert.InRange(day.Paid, 25_000, 55_000));
        Assert.All(settled, day => Assert.All(day.Prices.Zip(market.Floors), pair => Assert.True(pair.First >= pair.Second)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void More_work_than_slots_drives_prices_up_to_what_jobs_pay_and_no_further(int seed)
    {
        var settled = new Marketplace(seed, floors: [10_000, 20_000, 40_000], demand: 12, slotsEach: 2, limit: 200_000).Run(steps: 400).TakeLast(100).Where(day => day.Paid > 0).ToList();

        Assert.NotEmpty(settled);

        Assert.InRange(settled.Average(day => day.Paid), 170_000, 200_000);
    }

    /// <summary>Jobs of one segment each, handed out by the real choice at the real prices, one period after the other.</summary>
    private sealed class Marketplace(int seed, ulong[] floors, int demand, int slotsEach, ulong limit)
    {
        private readonly Random _random = new(seed);

        public ulong[] Floors => floors;

        public IEnumerable<(double Paid, ImmutableArray<ulong> Prices)> Run(int steps)
        {
            var prices = floors.Select(floor => AutoPrice.Create(new AutoPriceOptions { Floor = new Amount(floor), Ceiling = new Amount(1_000_000) }, new Amount((ulong)_random.Next(10_000, 300_000)))).ToArray();
            for (var step = 0; step < steps; step++)
            {
                var busy = new int[floors.Length];
                var paid = new List<double>();
                for (var job = 0; job < demand; job++)
                {
                    var entries = prices.Select((price, i) => Entry(i, price.Price, slotsEach - busy[i])).Where(e => e.Bid!.FreeSlots > 0);
                    var best = MinerChoice.Choose(entries, new ChoiceTerms(new Amount(limit), "", 1, Amount.Zero), TimeSpan.Zero).FirstOrDefault(v => v.Reason == ChoiceReason.Chosen);
                    if (best is not null)
                    {
                        busy[Enumerable.Range(0, floors.Length).Single(i => ScheduleSimulation.AddressOf(i) == best.Miner)]++;
                        paid.Add(best.Bid!.Price.Nano);
                    }
                }

                yield return (paid.DefaultIfEmpty(0).Average(), [.. prices.Select(p => p.Price.Nano)]);
                for (var i = 0; i < prices.Length; i++)
                {
                    // They do not look at the same moment.
                    prices[i] = _random.Next(3) > 0 ? prices[i].Observe(100 * busy[i] / slotsEach, demand) : prices[i];
                }
            }
        }

        private static BidEntry Entry(int number, Amount price, int free)
        {
            var miner = ScheduleSimulation.AddressOf(number);
            var head = new MarketHead("chain", miner, 1, Trader.Noon, TimeSpan.FromMinutes(10));
            return new BidEntry(miner) { Bid = new MinerBid(head, Hash256.Zero, price, Math.Max(1, free), free, 30_000, []), StandsUntil = TimeSpan.FromMinutes(1) };
        }
    }
}
