using System.Collections.Immutable;
using VideoMesh.Actors.Market;
using VideoMesh.Chain.Primitives;
using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Market;

public sealed class MinerChoiceTests
{
    private static readonly TimeSpan Now = TimeSpan.FromMinutes(1);

    [Fact]
    public void Every_reason_not_to_choose_a_miner_has_a_name()
    {
        var terms = new ChoiceTerms(new Amount(20), "x264", Segments: 4, RequiredStake: Amount.FromVid(1000));
        var verdicts = MinerChoice.Choose(
            [
                Entry(1, price: 10, classes: ["x264"]),
                Entry(2, price: 10) with { Bid = null },
                Entry(3, price: 10) with { Declined = "Draining" },
                Entry(4, price: 10, classes: ["x264"]) with { StandsUntil = Now },
                Entry(5, price: 10, classes: ["x265"]),
                Entry(6, price: 21, classes: ["x264"]),
                Entry(7, price: 10, classes: ["x264"], stakeVid: 999),
                Entry(8, price: 10, classes: ["x264"], own: new OwnRecord(0, 2, 0, 0, 0, 0)),
                Entry(9, price: 20, classes: ["x264"], slots: 8),
            ],
            terms,
            Now).ToDictionary(v => v.Miner, v => v.Reason);

        Assert.Equal(
            [
                ChoiceReason.Chosen, ChoiceReason.NoAnswer, ChoiceReason.Declined, ChoiceReason.BidExpired, ChoiceReason.ClassNotServed,
                ChoiceReason.PriceTooHigh, ChoiceReason.StakeTooLow, ChoiceReason.PoorRecord, ChoiceReason.Outbid,
            ],
            Enumerable.Range(1, 9).Select(i => verdicts[ScheduleSimulation.AddressOf(i)]));
    }

    [Fact]
    public void Of_equal_miners_the_cheaper_goes_first()
    {
        var verdicts = MinerChoice.Choose([Entry(1, price: 20), Entry(2, price: 5)], Terms(20), Now);

        Assert.Equal(ScheduleSimulation.AddressOf(2), verdicts[0].Miner);
        Assert.True(verdicts[0].Worth > verdicts[1].Worth);
    }

    [Fact]
    public void Speed_that_was_not_kept_before_is_not_believed_again()
    {
        var boaster = Entry(1, framesPerSecond: 100, own: new OwnRecord(40, 0, 0, 0, Promised: 100, Kept: 20));
        var verdicts = MinerChoice.Choose([boaster, Entry(2, framesPerSecond: 30)], Terms(0), Now);

        Assert.Equal(ScheduleSimulation.AddressOf(2), verdicts[0].Miner);
        Assert.Equal(20, verdicts[1].FramesPerSecond);
    }

    [Fact]
    public void Burning_much_with_one_client_says_less_than_a_little_with_many()
    {
        var alone = Trust(new ChainRecord(Amount.FromVid(1000), Burnt: Amount.FromVid(1000), Clients: 1, RejectedClaims: 0));
        var crowd = Trust(new ChainRecord(Amount.FromVid(1000), Burnt: Amount.FromVid(20), Clients: 20, RejectedClaims: 0));
        var dust = Trust(new ChainRecord(Amount.FromVid(1000), Burnt: new Amount(1000), Clients: 1000, RejectedClaims: 0));

        Assert.True(crowd > alone);
        Assert.True(alone > dust);
        Assert.True(Trust(new ChainRecord(Amount.FromVid(1000), Amount.FromVid(20), 20, RejectedClaims: 1)) < Reputation.LeastTrust);
    }

    [Fact]
    public void More_stake_speaks_for_a_miner()
    {
        var terms = Terms(20) with { RequiredStake = Amount.FromVid(1000) };
        var verdicts = MinerChoice.Choose([Entry(1, price: 5, stakeVid: 1000), Entry(2, price: 5, stakeVid: 5000)], terms, Now);

        Assert.Equal(ScheduleSimulation.AddressOf(2), verdicts[0].Miner);
    }

    [Fact]
    public void A_job_that_pays_nothing_takes_everybody_who_asks_nothing()
    {
        var verdicts = MinerChoice.Choose([.. Enumerable.Range(1, 9).Select(i => Entry(i, slots: 4))], Terms(0) with { Segments = 1 }, Now);

        Assert.All(verdicts, v => Assert.Equal(ChoiceReason.Chosen, v.Reason));
    }

    [Fact]
    public void A_job_that_pays_hires_no_more_slots_than_it_has_segments()
    {
        var verdicts = MinerChoice.Choose([.. Enumerable.Range(1, 9).Select(i => Entry(i, price: (ulong)i, slots: 2))], Terms(20) with { Segments = 5 }, Now);

        Assert.Equal([1, 2, 3], verdicts.Where(v => v.Reason == ChoiceReason.Chosen).Select(v => Number(v.Miner)));
    }

    [Fact]
    public void The_order_of_arrival_changes_nothing()
    {
        var entries = Enumerable.Range(1, 20).Select(i => Entry(i, price: (ulong)(i % 5), framesPerSecond: 10 + (i % 3))).ToList();
        var expected = MinerChoice.Choose(entries, Terms(4), Now);
        var random = new Random(4);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal<IEnumerable<MinerVerdict>>(expected, MinerChoice.Choose(entries.OrderBy(_ => random.Next()), Terms(4), Now));
        }
    }

    private static ChoiceTerms Terms(ulong maxPrice) => new(new Amount(maxPrice), "", Segments: 100, Amount.Zero);

    private static double Trust(ChainRecord record) => Reputation.Trust(new MinerStanding(OwnRecord.None, record));

    private static int Number(Address miner) => Enumerable.Range(0, 100).Single(i => ScheduleSimulation.AddressOf(i) == miner);

    private static BidEntry Entry(
        int number, ulong price = 0, int slots = 4, double framesPerSecond = 30, ulong? stakeVid = null, OwnRecord? own = null, ImmutableArray<string>? classes = null)
    {
        var miner = ScheduleSimulation.AddressOf(number);
        var head = new MarketHead("chain", miner, 1, Trader.Noon, TimeSpan.FromMinutes(10));
        return new BidEntry(miner)
        {
            Answered = true,
            Bid = new MinerBid(head, Hash256.Zero, new Amount(price), slots, slots, (long)(framesPerSecond * 1000), classes ?? []),
            StandsUntil = Now + TimeSpan.FromMinutes(5),
            Standing = new MinerStanding(own ?? OwnRecord.None, stakeVid is { } stake ? new ChainRecord(Amount.FromVid(stake), Amount.Zero, 0, 0) : null),
        };
    }
}
