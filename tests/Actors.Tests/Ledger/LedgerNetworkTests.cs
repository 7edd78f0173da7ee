using VideoMesh.Actors.Ledger;
using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Actors.Tests.Ledger;

public sealed class LedgerNetworkTests
{
    private static readonly Address Poor = new(Enumerable.Repeat((byte)7, Address.Size).ToArray());

    [Fact]
    public async Task Four_verifiers_and_a_follower_finalize_transfers_and_agree()
    {
        await using var network = await LedgerNetwork.StartAsync(verifiers: 4, followers: 1);

        var outcomes = await network.SubmitAsync(4, Transfers(network, from: 0, count: 300));

        Assert.All(outcomes, outcome => Assert.Null(outcome.Reason));
        await AllSeeAsync(network, 3000);
        network.AssertSameBlocks();
    }

    [Fact]
    public async Task With_two_of_four_down_the_chain_stops_says_so_and_goes_on_when_they_return()
    {
        await using var network = await LedgerNetwork.StartAsync(verifiers: 4);
        await network.SubmitAsync(0, Transfers(network, from: 0, count: 10));
        await AllSeeAsync(network, 100);

        await network.StopAsync(2);
        await network.StopAsync(3);
        await network.SubmitAsync(0, Transfers(network, from: 10, count: 10));
        await network.EventuallyAsync(() => Task.FromResult(network.Notes.Count(note => note.Contains("the chain has stopped", StringComparison.Ordinal)) >= 2));
        Assert.Equal(100ul, (await network.BalanceAsync(0, Poor)).Nano);
        await network.StartAsync(2);
        await network.StartAsync(3);

        await AllSeeAsync(network, 200);
        Assert.Contains(network.Notes, note => note.Contains("the chain goes on", StringComparison.Ordinal));
        network.AssertSameBlocks();
    }

    [Fact]
    public async Task Who_was_away_for_many_blocks_catches_up_and_a_new_follower_fetches_all()
    {
        await using var network = await LedgerNetwork.StartAsync(verifiers: 4, followers: 1);
        await network.StopAsync(4);
        await network.StopAsync(3);
        for (ulong round = 0; round < 12; round++)
        {
            await network.SubmitAsync(0, Transfers(network, from: round * 5, count: 5));
            var sum = (round + 1) * 50;
            await network.EventuallyAsync(async () => (await network.BalanceAsync(0, Poor)).Nano == sum);
        }

        await network.StartAsync(3);
        await network.StartAsync(4);

        await AllSeeAsync(network, 600);
        network.AssertSameBlocks();
    }

    [Fact]
    public async Task When_all_go_down_and_come_back_the_state_is_the_same_and_the_chain_goes_on()
    {
        await using var network = await LedgerNetwork.StartAsync(verifiers: 4);
        await network.SubmitAsync(1, Transfers(network, from: 0, count: 20));
        await AllSeeAsync(network, 200);
        var heights = await Task.WhenAll(network.Up.Select(network.HeightAsync));
        foreach (var index in network.Up.ToList())
        {
            await network.StopAsync(index);
        }

        for (var index = 0; index < network.Verifiers; index++)
        {
            await network.StartAsync(index);
        }

        Assert.Equal(200ul, (await network.BalanceAsync(0, Poor)).Nano);
        await network.AllReachAsync(heights.Max() + 2);
        await network.SubmitAsync(2, Transfers(network, from: 20, count: 20));
        await AllSeeAsync(network, 400);
        network.AssertSameBlocks();
    }

    [Fact]
    public async Task A_fifth_verifier_joins_by_staking_and_leaves_by_unstaking()
    {
        await using var network = await LedgerNetwork.StartAsync(verifiers: 4, joiners: 1);
        var joiner = network.KeyOf(4);
        await network.SubmitAsync(0, [network.Transfer(network.Rich, 0, joiner.Address, Amount.FromVid(2000).Nano)]);
        await network.EventuallyAsync(async () => (await network.BalanceAsync(4, joiner.Address)).Nano > 0);

        Assert.Null((await network.SubmitAsync(4, [network.Stake(joiner, 0, new StakeOperation.Raise(), Amount.FromVid(1500))]))[0].Reason);
        await network.EventuallyAsync(async () => await network.PoolAsync(4) is { IsVoter: true, Voters: 5 });
        await network.EventuallyAsync(async () => (await network.PoolAsync(0)).Proposer == joiner.Address);

        // it registered itself in between, so this is its third transaction
        Assert.Null((await network.SubmitAsync(4, [network.Stake(joiner, 2, new StakeOperation.Lower(), Amount.FromVid(1500))]))[0].Reason);
        await network.EventuallyAsync(async () => await network.PoolAsync(4) is { IsVoter: false, Voters: 4 });
        await network.EventuallyAsync(async () => (await network.BalanceAsync(0, joiner.Address)) > Amount.FromVid(1999));
        network.AssertSameBlocks();
    }

    [Fact]
    public async Task A_verifier_bonds_the_share_of_its_earnings_it_was_told_to()
    {
        await using var network = await LedgerNetwork.StartAsync(verifiers: 1, options: new LedgerOptions { RestakePercent = 50 });
        var own = network.KeyOf(0).Address;

        await network.EventuallyAsync(async () => (await network.StatusAsync(0)).State.Find(own).Stake > Amount.FromVid(1000));

        var account = (await network.StatusAsync(0)).State.Find(own);
        Assert.True(account.Balance > Amount.FromVid(10), $"{account.Balance} is left");
    }

    [Fact]
    public async Task A_verifier_names_its_next_hash_chain_before_it_runs_out_of_reveals()
    {
        await using var network = await LedgerNetwork.StartAsync(verifiers: 1, revealsLeft: 6);
        var own = network.KeyOf(0);

        // it makes every block, and each takes a reveal
        await network.EventuallyAsync(async () => (await network.HeightAsync(0)) >= 12);

        var bond = (await network.StatusAsync(0)).State.Find(own.Address).Bond!;
        Assert.Null(bond.NextReveals);
        Assert.InRange(bond.Reveals!.Value.Left, 4000u, 4096u - 4);
    }

    [Fact]
    public async Task Who_was_jailed_for_being_away_asks_out_when_it_is_back_if_told_to()
    {
        await using var network = await LedgerNetwork.StartAsync(verifiers: 4, options: new LedgerOptions { Unjail = true }, missesUntilJail: 5);
        var away = network.KeyOf(3).Address;
        await network.AllReachAsync(1);
        await network.StopAsync(3);
        await network.EventuallyAsync(async () => (await network.StatusAsync(0)).State.Find(away).Bond!.Jail == Jail.Jailed);
        await network.EventuallyAsync(async () => await network.PoolAsync(0) is { Voters: 3 });

        await network.StartAsync(3);

        await network.EventuallyAsync(async () => await network.PoolAsync(3) is { IsVoter: true, Voters: 4 });
        Assert.Equal(Amount.FromVid(1000), (await network.StatusAsync(0)).State.Find(away).Stake);
        network.AssertSameBlocks();
    }

    [Fact]
    public async Task What_breaks_a_rule_is_refused_by_name()
    {
        await using var network = await LedgerNetwork.StartAsync(verifiers: 1);
        using var stranger = PrivateKey.Create();

        var outcomes = await network.SubmitAsync(0, [
            [1, 2, 3],
            network.Transfer(stranger, 0, Poor, 1),
            network.Transfer(network.Rich, 100_000, Poor, 1),
            network.Transfer(network.Rich, 0, Poor, 1),
            network.Transfer(network.Rich, 0, Poor, 1),
            network.Transfer(network.Rich, 0, Poor, 2)]);

        Assert.Equal(["Malformed", "CannotPay", "NonceTooFarAhead", null, "AlreadyKnown", "ReplacementUnderpriced"], outcomes.Select(outcome => outcome.Reason));
        Assert.All(outcomes.Where(outcome => outcome.Reason is not null), outcome => Assert.EndsWith(".", outcome.Sentence, StringComparison.Ordinal));
    }

    private static IEnumerable<byte[]> Transfers(LedgerNetwork network, ulong from, int count) =>
        Enumerable.Range(0, count).Select(i => network.Transfer(network.Rich, from + (ulong)i, Poor, 10));

    private static Task AllSeeAsync(LedgerNetwork network, ulong balance) =>
        network.EventuallyAsync(async () => (await Task.WhenAll(network.Up.Select(index => network.BalanceAsync(index, Poor)))).All(seen => seen.Nano == balance), $"all see {balance}");
}
