using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Tests.Commands;
using VideoMesh.TestKit;

namespace VideoMesh.Client.Tests.Chain;

public sealed class ChainCommandTests : IAsyncLifetime, IDisposable
{
    private readonly FakeLedger _ledger = new();
    private readonly string _home = Directory.CreateTempSubdirectory("videomesh-chain-").FullName;
    private ChainServer _server = null!;

    private static string Me => VideoMesh.Chain.Tests.Blocks.TestChain.Key(77).Address.ToString();

    public async Task InitializeAsync()
    {
        _server = await ChainServer.StartAsync(_ledger);
        var keyFile = Path.Combine(_home, "rich.key");
        var key = new byte[PrivateKey.Size];
        (key[0], key[^1]) = (1, 200);
        await File.WriteAllTextAsync(keyFile, "0x" + Convert.ToHexStringLower(key));
        using var cli = Cli();
        Assert.Equal(0, await cli.RunAsync("wallet", "import", "rich", "--devnet", "--phrase-file", keyFile));
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task Status_is_exactly_what_scripts_rely_on()
    {
        _ledger.Next();

        using var cli = await RunAsync(0, "chain", "status");

        Assert.Equal(["chainId", "height", "hash", "stateRoot", "finalizedAt", "verifiers"], cli.Json.EnumerateObject().Select(member => member.Name));
        Assert.Equal(("test", 1, 4), (cli.Json.GetProperty("chainId").GetString(), cli.Json.GetProperty("height").GetInt32(), cli.Json.GetProperty("verifiers").GetInt32()));
    }

    [Fact]
    public async Task Coins_that_were_sent_are_in_the_balance()
    {
        using var send = await RunAsync(0, "send", Me, "1.5VID", "--wallet", "rich");
        Assert.Equal(["hash", "status", "height"], send.Json.EnumerateObject().Select(member => member.Name));
        Assert.Equal(("final", 1), (send.Json.GetProperty("status").GetString(), send.Json.GetProperty("height").GetInt32()));

        using var balance = await RunAsync(0, "balance", Me);
        Assert.Equal($$"""{"address":"{{Me}}","balance":1500000000,"stake":0,"unbonding":0,"nonce":0}""", balance.Out.Trim());

        using var transaction = await RunAsync(0, "chain", "tx", send.Json.GetProperty("hash").GetString()!);
        Assert.Equal(Me, transaction.Json.GetProperty("recipient").GetString());
        using var block = await RunAsync(0, "chain", "block", "1");
        Assert.Equal(1, block.Json.GetProperty("transactions").GetArrayLength());
    }

    [Fact]
    public async Task Stake_is_bonded_and_comes_back_after_a_while()
    {
        using var stake = await RunAsync(0, "stake", "2000VID", "--wallet", "rich");
        using var unstake = await RunAsync(0, "unstake", "500VID", "--wallet", "rich");
        using var balance = await RunAsync(0, "balance", "rich");

        Assert.Equal(1500_000_000_000, balance.Json.GetProperty("stake").GetInt64());
        Assert.Equal(500_000_000_000, balance.Json.GetProperty("unbonding").GetInt64());
        Assert.Equal(2, balance.Json.GetProperty("nonce").GetInt32());
        using var account = await RunAsync(0, "chain", "account", "rich");
        Assert.Equal(500_000_000_000, account.Json.GetProperty("withdrawals")[0].GetProperty("amount").GetInt64());
    }

    [Fact]
    public async Task What_the_ledger_refuses_is_6_with_its_name()
    {
        using var poor = await RunAsync(6, "send", Me, "2000000VID", "--wallet", "rich");
        Assert.Equal("cannot-pay", poor.Json.GetProperty("reason").GetString());
        Assert.Equal("The balance does not cover amount and fee.", poor.Json.GetProperty("message").GetString());
        Assert.StartsWith("0x", poor.Json.GetProperty("hash").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signs_nothing_that_may_cost_more_than_allowed()
    {
        using var refused = await RunAsync(6, "send", Me, "1VID", "--wallet", "rich", "--max-fee", "1999999");
        Assert.Equal("fee-too-high", refused.Json.GetProperty("reason").GetString());
        Assert.Empty(_ledger.Came);

        using var sent = await RunAsync(0, "send", Me, "1VID", "--wallet", "rich", "--max-fee", "2000000");
        Assert.Equal("final", sent.Json.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_lost_answer_does_not_send_twice()
    {
        _ledger.LostAnswers = 1;

        using var send = await RunAsync(0, "send", Me, "1VID", "--wallet", "rich");

        Assert.Equal(1, send.Json.GetProperty("height").GetInt32());
        Assert.Single(_ledger.Came.Distinct());
        Assert.Equal(Amount.FromVid(1), _ledger.Chain.State.Find(Address.Parse(Me)).Balance);
    }

    [Fact]
    public async Task Without_waiting_it_is_pending_and_has_no_height()
    {
        _ledger.LetsWait = true;

        using var send = await RunAsync(0, "send", Me, "1VID", "--wallet", "rich", "--no-wait");

        Assert.Equal($$"""{"hash":"{{_ledger.Came[0]}}","status":"pending","height":null}""", send.Out.Trim());
    }

    [Fact]
    public async Task A_transaction_whose_nonce_another_took_is_6_and_says_so()
    {
        _ledger.LetsWait = true;
        using var cli = Cli();
        var sending = cli.RunAsync("send", Me, "1VID", "--wallet", "rich", "--json", "--network", _server.Url.ToString());
        await Eventually.TrueAsync(() => _ledger.Came.Count > 0);

        _ledger.Next(_ledger.Chain.Transfer(_ledger.Chain.Rich, Address.Parse(Me), new Amount(1)));

        Assert.Equal(6, await Eventually.Ends(sending));
        Assert.Equal("nonce-used", cli.Json.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_transaction_that_no_block_takes_expires_as_6()
    {
        _ledger.LetsWait = true;
        using var cli = Cli();
        var sending = cli.RunAsync("send", Me, "1VID", "--wallet", "rich", "--json", "--network", _server.Url.ToString());
        await Eventually.TrueAsync(() => _ledger.Came.Count > 0);

        for (var i = 0; i < 100; i++)
        {
            _ledger.Next();
        }

        Assert.Equal(6, await Eventually.Ends(sending));
        Assert.Equal("expired", cli.Json.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_balance_is_proven_on_demand_and_says_what_was_trusted()
    {
        _ledger.Next();
        var genesis = Path.Combine(_home, "genesis.json");
        await File.WriteAllTextAsync(genesis, GenesisFile.Write(_ledger.Chain.Genesis));

        using var trusting = await RunAsync(0, "balance", "rich", "--verify");
        Assert.Equal("voters-named-by-node", trusting.Json.GetProperty("verified").GetProperty("trusted").GetString());
        using var proven = await RunAsync(0, "chain", "account", "rich", "--genesis", genesis);
        Assert.Equal("genesis", proven.Json.GetProperty("verified").GetProperty("trusted").GetString());
        Assert.Equal(1_000_000_000_000_000, proven.Json.GetProperty("balance").GetInt64());
    }

    [Fact]
    public async Task A_proof_that_does_not_lead_to_the_given_genesis_is_6()
    {
        _ledger.Next();
        var genesis = Path.Combine(_home, "genesis.json");
        var other = new VideoMesh.Chain.Tests.Blocks.TestChain(with: parameters => parameters with { ChainId = "other" }, began: TimeProvider.System.GetUtcNow()).Genesis;
        await File.WriteAllTextAsync(genesis, GenesisFile.Write(other));

        using var cli = await RunAsync(6, "balance", "rich", "--genesis", genesis);

        Assert.Equal("other-genesis", cli.Json.GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData(2, "bad-amount", "send", "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", "0", "--wallet", "rich")]
    [InlineData(2, "bad-amount", "stake", "1.5", "--wallet", "rich")]
    [InlineData(2, "wallet-needed", "stake", "1VID")]
    [InlineData(6, "unknown-wallet", "send", "nobody", "1VID", "--wallet", "rich")]
    [InlineData(6, "wrong-chain", "stake", "1VID", "--wallet", "rich", "--chain", "main")]
    [InlineData(6, "no-such-block", "chain", "block", "7")]
    [InlineData(2, "bad-hash", "chain", "tx", "0x12")]
    public async Task A_refusal_has_a_name_and_a_code(int code, string reason, params string[] arguments)
    {
        using var cli = await RunAsync(code, arguments);

        Assert.Equal(reason, cli.Json.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Without_a_network_or_with_one_that_has_no_ledger_it_is_4()
    {
        using var none = Cli();
        Assert.Equal(4, await none.RunAsync("chain", "status", "--json"));
        Assert.Equal("no-network", none.Json.GetProperty("reason").GetString());

        var without = await ChainServer.StartAsync(null);
        using var empty = Cli();
        Assert.Equal(4, await empty.RunAsync("balance", Me, "--json", "--network", without.Url.ToString()));
        Assert.Equal("no-ledger", empty.Json.GetProperty("reason").GetString());

        await without.DisposeAsync();
        using var gone = Cli();
        Assert.Equal(4, await gone.RunAsync("chain", "verifiers", "--json", "--network", without.Url.ToString()));
        Assert.Equal("network-unreachable", gone.Json.GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("application/json; charset=of-no-people", "{}")]
    [InlineData("application/json", "{")]
    [InlineData("text/html", "<html>")]
    public async Task A_server_that_answers_in_another_way_is_no_node(string type, string body)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using var web = builder.Build();
        web.MapFallback(async context =>
        {
            context.Response.ContentType = type;
            await context.Response.WriteAsync(body);
        });
        await web.StartAsync();
        using var cli = Cli();

        Assert.Equal(4, await cli.RunAsync("chain", "status", "--json", "--network", web.Urls.First()));
        Assert.Equal("not-a-ledger", cli.Json.GetProperty("reason").GetString());
    }

    private TestCli Cli() => new(TextReader.Null, isTerminal: false, ("XDG_STATE_HOME", _home));

    private async Task<TestCli> RunAsync(int code, params string[] arguments)
    {
        var cli = Cli();
        Assert.True(code == await cli.RunAsync([.. arguments, "--json", "--network", _server.Url.ToString()]), cli.Out + cli.Error);
        return cli;
    }
}
