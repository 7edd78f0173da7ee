using VideoMesh.TestKit;
using VideoMesh.TestKit.Media;

namespace VideoMesh.Mesh.Tests;

/// <summary>Bids and prices between real processes.</summary>
public class MarketTests
{
    [Fact]
    public async Task Who_asks_more_than_a_job_pays_does_none_of_it_and_the_job_says_so()
    {
        await using var mesh = await TestMesh.With(compute: 0);
        var (cheap, cheapUrl) = await MinerAsync(mesh, "cheap", "100000nano");
        var (dear, dearUrl) = await MinerAsync(mesh, "dear", "200000nano");
        var clip = await A.Clip.MakeAsync(mesh.Folder);

        var paid = await mesh.Transcode(clip, mesh.Profile(), "paid", "--max-price", "150000nano", "--explain").Ended;
        var poor = await mesh.Transcode(clip, mesh.Profile(), "poor", "--explain").Ended;
        var status = await mesh.RunAsync("miner", "status", "--node", cheapUrl, "--json");

        TestMesh.Signal(cheap.Pid, "KILL");
        TestMesh.Signal(dear.Pid, "KILL");
        await Task.WhenAll(cheap.Ended, dear.Ended);
        Assert.True(paid.ExitCode == 0, paid.ToString());
        Assert.Equal(
            [("chosen", 100_000UL), ("price-too-high", 200_000UL)],
            paid.Json!["choice"]!.AsArray().Select(c => (c!["reason"]!.GetValue<string>(), c["priceNano"]!.GetValue<ulong>())));
        Assert.Equal(status.Text("address"), Assert.Single(paid.Json["miners"]!.AsArray())!["address"]!.GetValue<string>());
        Assert.True(poor.ExitCode == 4, poor.ToString());
        Assert.Equal("price-too-low", poor.Text("reason"));
        Assert.Contains("100000 nano", poor.Text("message"), StringComparison.Ordinal);
        Assert.Equal(2, status.Number("bids"));
        Assert.NotEqual(cheapUrl, dearUrl);
    }

    [Fact]
    public async Task A_job_is_paid_from_its_escrow_when_verifiers_have_checked_it()
    {
        await using var mesh = await TestMesh.With(compute: 3, verifiers: 4);
        var clip = await A.Clip.Lasting(6).MakeAsync(mesh.Folder, "six");

        var run = await mesh.Transcode(clip, mesh.Profile(), "out", "--wallet", "faucet", "--budget", "10VID", "--wait", "settled").Ended;

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal("settled", run.Text("settlement"));
        var payments = run.Json!["payments"]!.AsArray();
        Assert.All(payments, payment => Assert.Equal(("accepted", false), (payment!["verdict"]!.GetValue<string>(), payment["weak"]!.GetValue<bool>())));
        Assert.Equal(run.Number("segments"), payments.Sum(payment => payment!["segments"]!.GetValue<int>()));
        Assert.Equal(Nano(run, "paidNano"), payments.Aggregate(0UL, (sum, payment) => sum + payment!["paidNano"]!.GetValue<ulong>()));
        Assert.True(Nano(run, "paidNano") > 0);
        Assert.Equal(Nano(run, "lockedNano"), Nano(run, "paidNano") + Nano(run, "feesNano") + Nano(run, "refundedNano"));
        var checks = run.Json["verification"]!;
        Assert.True(checks["samples"]!.GetValue<int>() >= payments.Count);
        Assert.Equal(checks["samples"]!.GetValue<int>(), checks["accepted"]!.GetValue<int>());
        Assert.Empty(run.Json["slashed"]!.AsArray());
        Assert.Equal(Nano(run, "paidNano"), Nano(await mesh.RunAsync("job", "show", run.Text("job")!, "--json"), "paidNano"));
    }

    private static ulong Nano(ProgramRun run, string name) => run.Json![name]!.GetValue<ulong>();

    // Returns when it is linked to the network.
    private static async Task<(RunningProgram Program, string Url)> MinerAsync(TestMesh mesh, string name, string price)
    {
        var ready = mesh.PathOf(name + ".ready");
        var program = mesh.Start(
            ["node", "--role", "compute", "--name", name, "--network", mesh.Network, "--listen", "127.0.0.1:0", "--data", mesh.PathOf(name), "--slots", "1", "--sandbox", "bubblewrap",
             "--price", price, "--ready-file", ready]);
        await Eventually.TrueAsync(() => File.Exists(ready) || program.Ended.IsCompleted, what: $"{name} is ready");
        var url = System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(ready))!["url"]!.GetValue<string>();
        await Eventually.TrueAsync(async () => (await mesh.RunAsync("miner", "status", "--node", url, "--json")) is { ExitCode: 0 } run && run.Number("peers") > 0, TimeSpan.FromSeconds(30));
        return (program, url);
    }
}
