using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Tests.Blocks;

public sealed class GenesisTests
{
    private static readonly Genesis Sound = new TestChain().Genesis;

    [Fact]
    public void Is_read_as_it_was_written()
    {
        var read = GenesisFile.Read(GenesisFile.Write(Sound));

        Assert.Equal(Sound.Hash, read.Hash);
        Assert.Equal(Sound.State().Root, read.State().Root);
        Assert.Equal(Sound.Parameters, read.Parameters);
    }

    [Fact]
    public void Everything_it_says_is_in_its_hash()
    {
        var parameters = Sound.Parameters;
        Genesis[] others =
        [
            Sound with { TimeMilliseconds = 5 }, Sound with { Seed = Keccak.Hash([9]) }, Sound with { Accounts = Sound.Accounts.RemoveAt(0) },
            Sound with { Accounts = Sound.Accounts.SetItem(0, Sound.Accounts[0] with { Balance = new Amount(5) }) },
            .. new[]
            {
                parameters with { ChainId = "x" }, parameters with { ConfirmationWindow = 9 }, parameters with { Barrier = new Amount(1) }, parameters with { BlockReward = new Amount(1) },
                parameters with { PrecommitSharePercent = 1 }, parameters with { Unbonding = TimeSpan.FromDays(2) }, parameters with { MissedPrecommitsUntilJail = 7 },
                parameters with { InvalidProposalBurnPercent = 2 }, parameters with { ReporterSharePercent = 2 }, parameters with { MinimumPrice = new Amount(2) },
                parameters with { MaxBodyBytes = 1 << 17 }, parameters with { MaxTransactions = 8 }, parameters with { MaxTransactionBytes = 8 << 10 },
            }.Select(changed => Sound with { Parameters = changed }),
        ];

        Assert.Equal(others.Length + 1, others.Append(Sound).Select(genesis => genesis.Hash).Distinct().Count());
    }

    [Theory]
    [InlineData("\"seed\"", "\"sead\"", "sead")]
    [InlineData("\"barrierNano\"", "\"barierNano\"", "barierNano")]
    [InlineData("\"stakeNano\"", "\"stake\"", "stake")]
    [InlineData("\"chainId\": \"test\"", "\"chainId\": \"TEST\"", "chain id")]
    [InlineData("\"confirmationWindowBlocks\": 8", "\"confirmationWindowBlocks\": 0", "window")]
    [InlineData("\"seed\": \"0x", "\"seed\": \"", "hash")]
    [InlineData("\"balanceNano\": 1000000000000000", "\"balanceNano\": 18446744073709551615", "cannot be used")]
    [InlineData("\"revealLength\": 512", "\"revealLength\": 0", "revealLength")]
    public void Says_what_is_wrong_with_a_file(string right, string wrong, string named)
    {
        var json = GenesisFile.Write(Sound);
        Assert.Contains(right, json, StringComparison.Ordinal);

        Assert.Contains(named, Assert.Throws<GenesisException>(() => GenesisFile.Read(json.Replace(right, wrong, StringComparison.Ordinal))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"chainId\":\"x\",\"timeMilliseconds\":1,\"seed\":\"0x00\",\"accounts\":null}")]
    [InlineData("{\"chainId\":null,\"timeMilliseconds\":1,\"seed\":null,\"accounts\":[null]}")]
    public void Refuses_what_is_no_genesis(string json) => Assert.Throws<GenesisException>(() => GenesisFile.Read(json));

    [Fact]
    public void Refuses_an_account_named_twice_and_a_network_without_a_verifier()
    {
        var twice = Sound with { Accounts = Sound.Accounts.Insert(1, Sound.Accounts[0]) };
        var nobody = Sound with { Accounts = [.. Sound.Accounts.Select(account => account with { Reveals = null })] };

        Assert.Contains("twice", Assert.Throws<GenesisException>(() => GenesisFile.Read(GenesisFile.Write(twice))).Message, StringComparison.Ordinal);
        Assert.Contains("verifier", Assert.Throws<GenesisException>(() => GenesisFile.Read(Written(nobody))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_verifier_without_stake_is_refused_rather_than_forgotten()
    {
        var stakeless = Sound with { Accounts = [.. Sound.Accounts.Select(account => account with { Stake = account == Sound.Accounts.First(a => a.Reveals is not null) ? Amount.Zero : account.Stake })] };

        Assert.Contains("stake", Assert.Throws<GenesisException>(() => GenesisFile.Read(Written(stakeless))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stake_at_genesis_counts_at_once_and_there_are_at_most_128_voters()
    {
        var state = new TestChain(verifiers: 150).Genesis.State();

        Assert.Equal(128, state.VotersOf(1).Voters.Length);
        Assert.Equal(Amount.FromVid(1149), state.VotersOf(1).Voters[0].Clout);
        Assert.Equal(state.CountCoins(), state.Totals.Supply.Nano);
    }

    private static string Written(Genesis genesis) => GenesisFile.Write(genesis);
}
