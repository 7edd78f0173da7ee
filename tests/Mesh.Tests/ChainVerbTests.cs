using System.Globalization;
using VideoMesh.TestKit;

namespace VideoMesh.Mesh.Tests;

/// <summary>The ledger on real processes, as scripts use it.</summary>
public class ChainVerbTests
{
    [Fact]
    public async Task Coins_move_and_are_staked_on_a_devnet_of_four_verifiers_and_any_client_can_prove_it()
    {
        await using var mesh = TestMesh.Without();
        var up = await mesh.RunAsync("devnet", "up", "--verifiers", "4", "--compute", "0", "--json");
        Assert.True(up.ExitCode == 0, up.ToString());
        foreach (var node in up.Json!["nodes"]!.AsArray().Append(up.Json["seed"]))
        {
            Assert.DoesNotContain(TestMesh.Password, await File.ReadAllTextAsync($"/proc/{node!["pid"]}/environ"), StringComparison.Ordinal);
        }

        var network = up.Text("network")!;
        var me = (await JsonAsync("wallet", "new", "me", "--devnet")).Text("address")!;

        var sent = await JsonAsync("send", "me", "100VID", "--wallet", up.Text("faucet")!);
        Assert.Equal("final", sent.Text("status"));
        var staked = await JsonAsync("stake", "40VID", "--wallet", "me");
        var pending = await JsonAsync("unstake", "10VID", "--wallet", "me", "--no-wait");
        Assert.Equal("pending", pending.Text("status"));
        await Eventually.TrueAsync(async () => (await mesh.RunAsync("chain", "tx", pending.Text("hash")!, "--network", network, "--json")).ExitCode == 0);

        var balance = await JsonAsync("balance", "me", "--genesis", up.Text("genesis")!);
        Assert.Equal(me, balance.Text("address"));
        Assert.Equal(30_000_000_000, balance.Json!["stake"]!.GetValue<long>());
        Assert.Equal(10_000_000_000, balance.Json["unbonding"]!.GetValue<long>());
        Assert.InRange(balance.Json["balance"]!.GetValue<long>(), 59_990_000_000, 59_999_999_999);
        Assert.Equal(2, balance.Number("nonce"));
        Assert.Equal("genesis", balance.Json["verified"]!["trusted"]!.GetValue<string>());

        var status = await JsonAsync("chain", "status");
        Assert.Equal(4, status.Number("verifiers"));
        Assert.True(status.Number("height") >= staked.Number("height"));
        var block = await JsonAsync("chain", "block", staked.Number("height").ToString(CultureInfo.InvariantCulture));
        Assert.Contains(staked.Text("hash"), block.Json!["transactions"]!.AsArray().Select(hash => hash!.GetValue<string>()));
        Assert.Equal(4, (await JsonAsync("chain", "verifiers")).Json!["verifiers"]!.AsArray().Count);

        var refused = await mesh.RunAsync("send", "faucet", "1000VID", "--wallet", "me", "--json");
        Assert.Equal((6, "cannot-pay"), (refused.ExitCode, refused.Text("reason")));

        var tooMuch = await mesh.RunAsync("unstake", "1000VID", "--wallet", "me", "--json");
        Assert.Equal((6, "stake-too-low"), (tooMuch.ExitCode, tooMuch.Text("reason")));

        async Task<ProgramRun> JsonAsync(params string[] arguments)
        {
            var run = await mesh.RunAsync([.. arguments, "--json"]);
            Assert.True(run.ExitCode == 0, run.ToString());
            return run;
        }
    }
}
