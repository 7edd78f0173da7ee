using System.Text.Json.Nodes;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.TestKit;

namespace VideoMesh.Client.Tests.Commands;

public sealed class GenesisCommandTests : IDisposable
{
    private static readonly string s_template = Path.Combine(AppContext.BaseDirectory, "config", "genesis", "template.json");

    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_template_has_the_defaults_and_becomes_a_chain_with_the_entries_of_its_verifiers()
    {
        var template = JsonNode.Parse(await File.ReadAllTextAsync(s_template))!;
        var chainId = template["chainId"]!.GetValue<string>();
        Assert.Equal(new ChainParameters { ChainId = chainId }, GenesisFile.ReadParameters(template.ToJsonString()));
        Assert.Throws<GenesisException>(() => GenesisFile.Read(template.ToJsonString()));
        using (var wallet = Cli())
        {
            Assert.Equal(0, await wallet.RunAsync("wallet", "new", "me", "--devnet"));
        }

        template["accounts"]!.AsArray().Add(await EntryAsync("--wallet", "me"));
        template["accounts"]!.AsArray().Add(await EntryAsync("--data", _home["node"], "--balance", "5VID"));
        var genesis = GenesisFile.Read(template.ToJsonString());

        Assert.Equal(2, genesis.State().VotersOf(1).Voters.Length);
        Assert.Equal(Amount.FromVid(4005), genesis.State().Totals.Supply);
        Assert.True(File.Exists(_home["node/node.key"]));
    }

    [Theory]
    [InlineData("below-barrier", 2, "--data", "node", "--stake", "999VID")]
    [InlineData("wallet-needed", 2, "--stake", "1000VID")]
    [InlineData("bad-amount", 2, "--data", "node", "--stake", "much")]
    public async Task A_refusal_has_a_name_and_a_code(string reason, int code, params string[] arguments)
    {
        using var cli = Cli();

        Assert.Equal(code, await cli.RunAsync(["genesis", "entry", s_template, .. arguments, "--json"]));
        Assert.Equal(reason, cli.Json.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_file_that_is_no_genesis_is_3()
    {
        using var cli = Cli();

        Assert.Equal(3, await cli.RunAsync("genesis", "entry", "/dev/null", "--data", _home["node"], "--stake", "1000VID", "--json"));
        Assert.Equal("bad-genesis", cli.Json.GetProperty("reason").GetString());
    }

    private async Task<JsonNode> EntryAsync(params string[] arguments)
    {
        using var cli = Cli();
        Assert.True(await cli.RunAsync(["genesis", "entry", s_template, "--stake", "2000VID", .. arguments, "--json"]) == 0, cli.Error);
        return JsonNode.Parse(cli.Out)!;
    }

    private TestCli Cli() => new(TextReader.Null, isTerminal: false, ("XDG_STATE_HOME", _home.Path));
}
