namespace VideoMesh.Simulation;

public sealed class SimulationTests
{
    private const ulong Heights = 8;

    /// <summary>Every kind of fault occurs in every campaign.</summary>
    private static readonly string[] Kinds =
    [
        "accusation: TwoProposals", "accusation: TwoVotes", "accusation: UnreadableProposal", "crash", "dropped message", "duplicated message",
        "hostile: body withheld", "hostile: false body", "hostile: false certificate", "hostile: false status", "hostile: forged vote",
        "hostile: invalid block", "hostile: new block in place of the valid one", "hostile: old block proposed as valid",
        "hostile: precommit for one node alone", "hostile: proposal to some", "hostile: proposal withheld", "hostile: replay", "hostile: two proposals",
        "hostile: two votes", "hostile: unfounded precommits", "hostile: unreadable proposal", "hostile: vote far ahead", "hostile: vote for anything",
        "hostile: vote to some", "hostile: vote withheld", "message across a partition", "message kept from a node", "partition", "torn write",
    ];

    /// <summary>And all of this on the real ledger.</summary>
    private static readonly string[] LedgerEvents =
    [
        "ledger: Transfer", "ledger: a verifier was jailed", "ledger: a voter came", "ledger: a voter went", "ledger: a withdrawal was paid out",
        "ledger: evidence OfBadHeader", "ledger: evidence OfTwoProposals", "ledger: evidence OfTwoVotes", "ledger: stake Lower", "ledger: stake Raise",
        "ledger: stake Register", "ledger: stake Renew", "ledger: stake Unjail", "ledger: stake Unregister",
    ];

    [Theory]
    [InlineData(1, 150)]
    [InlineData(1001, 150)]
    public void Every_rule_holds_whatever_the_network_the_disks_and_a_hostile_third_do(int first, int seeds)
    {
        var report = Campaign.Run(first, seeds, Heights);

        Assert.True(report.Failure is null, report.ToString());
        Assert.True(report.Heights >= Heights * (ulong)seeds / 2, report.ToString());
        Assert.Equal(Kinds, report.Faults.Counts.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_rule_holds_on_the_real_ledger()
    {
        var report = Campaign.RunOnRealLedger(3001, 60, Heights);

        Assert.True(report.Failure is null, report.ToString());
        Assert.Equal(LedgerEvents, report.Faults.Counts.Keys.Where(name => name.StartsWith("ledger: ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_rule_holds_with_real_signatures()
    {
        var report = Campaign.Run(2001, 6, Heights, keys: Keyring.Real());

        Assert.True(report.Failure is null, report.ToString());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(42)]
    public void A_seed_repeats_itself_to_the_last_step(int seed)
    {
        Assert.Equal(Campaign.Run(seed, 1, Heights).ToString(), Campaign.Run(seed, 1, Heights).ToString());
        Assert.Equal(Campaign.RunOnRealLedger(seed, 1, Heights).ToString(), Campaign.RunOnRealLedger(seed, 1, Heights).ToString());
    }

    [Fact]
    public void Hostile_nodes_hold_just_under_a_third_or_exactly_one()
    {
        foreach (var scenario in Enumerable.Range(1, 300).Select(seed => Scenario.Of(seed, Heights)))
        {
            var total = scenario.Voters.Aggregate(UInt128.Zero, (sum, voter) => sum + voter.Clout.Nano);
            var hostile = scenario.Hostile.Aggregate(UInt128.Zero, (sum, index) => sum + scenario.Voters[index].Clout.Nano);
            Assert.True(scenario.IsExactThird ? 3 * hostile == total : 3 * hostile < total);
            Assert.InRange(scenario.Voters.Count, 4, 20);
        }
    }
}
