using System.Security.Cryptography;
using System.Text.Json.Nodes;
using VideoMesh.Client.Node;
using VideoMesh.TestKit;

namespace VideoMesh.Mesh.Tests;

/// <summary>docs/own-network.md, followed to the letter.</summary>
public class OwnNetworkTests
{
    [Fact]
    public async Task A_chain_of_one_s_own_begins_with_a_wallet_and_the_template()
    {
        await using var mesh = TestMesh.Without();
        var file = mesh.PathOf("genesis.json");
        var genesis = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "config", "genesis", "template.json")))!;
        genesis["timeMilliseconds"] = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        genesis["seed"] = "0x" + RandomNumberGenerator.GetHexString(64, lowercase: true);
        await WriteAsync();
        var me = await RunAsync("wallet", "new", "me");
        genesis["accounts"]!.AsArray().Add(JsonNode.Parse((await RunAsync("genesis", "entry", file, "--wallet", "me", "--stake", "10000VID", "--balance", "100VID")).Output));
        await WriteAsync();

        var ready = mesh.PathOf("ready.json");
        var node = mesh.Start([
            "node", "--role", "verifier", "--genesis", file, "--wallet", "me", "--listen", "127.0.0.1:0", "--data", mesh.PathOf("node"), "--idle-seconds", "1", "--ready-file", ready]);
        await Eventually.TrueAsync(() => node.Ended.IsCompleted || File.Exists(ready));
        Assert.False(node.Ended.IsCompleted, node.Ended.IsCompleted ? (await node.Ended).ToString() : "");
        var url = NodeInfo.ReadFrom(ready)!.Url.ToString();
        await Eventually.TrueAsync(async () => (await RunAsync("chain", "status", "--network", url)).Number("height") >= 2);

        var balance = await RunAsync("balance", "me", "--genesis", file, "--network", url);
        Assert.Equal((me.Text("address"), 10_000_000_000_000), (balance.Text("address"), balance.Json!["stake"]!.GetValue<long>()));
        Assert.True(balance.Json["balance"]!.GetValue<long>() > 100_000_000_000, "it earns");
        Assert.False(File.Exists(mesh.PathOf("node/node.key")));
        node.KillHard();
        await node.Ended;

        Task WriteAsync() => File.WriteAllTextAsync(file, genesis.ToJsonString());
        async Task<ProgramRun> RunAsync(params string[] arguments)
        {
            var run = await mesh.RunAsync([.. arguments, "--json"]);
            Assert.True(run.ExitCode == 0, run.ToString());
            return run;
        }
    }
}
