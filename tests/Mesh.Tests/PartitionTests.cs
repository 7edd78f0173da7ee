using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Node;
using VideoMesh.TestKit;
using Xunit.Abstractions;

namespace VideoMesh.Mesh.Tests;

/// <summary>Verifiers on machines of their own: what they do when cables are cut and lose packets.</summary>
public sealed class PartitionTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Verifiers = 4;
    private const int Port = 4100;

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new();
    private Machines _machines = null!;

    public async Task InitializeAsync()
    {
        _machines = await Machines.StartAsync(Verifiers);
        using var faucet = PrivateKey.Create();
        var genesis = _folder["genesis.json"];
        DevnetGenesis.Write([.. Enumerable.Range(0, Verifiers).Select(number => _folder[$"{number}/node.key"])], [], faucet.Address, genesis, TimeProvider.System);
        for (var number = 0; number < Verifiers; number++)
        {
            _machines.Start(number, LogOf(number), Path.Combine(AppContext.BaseDirectory, "videomesh"), [
                "node", "--role", "verifier", "--name", $"verifier-{number}", "--genesis", genesis, "--idle-seconds", "1", "--exit-with-stdin",
                "--network", UrlOf(0).ToString(), "--listen", $"{_machines.AddressOf(number)}:{Port}", "--public-url", UrlOf(number).ToString(), "--data", _folder[$"{number}"],
            ]);
        }
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _machines.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Three_go_on_without_the_fourth_two_stop_and_say_so_and_when_the_cables_are_whole_all_have_one_chain()
    {
        await AllReachAsync(2);

        await _machines.CutAsync(3);
        var alone = await SettledAsync(3);
        await ReachesAsync(0, alone + 3);
        Assert.Equal(alone, await HeightAsync(3));
        await _machines.HealAsync();
        await AllReachAsync(alone + 4);

        await _machines.CutAsync(2, 3);
        await Eventually.TrueAsync(() => Enumerable.Range(0, Verifiers).All(number => File.ReadAllText(LogOf(number)).Contains("the chain has stopped", StringComparison.Ordinal)));
        var stopped = (await Task.WhenAll(Enumerable.Range(0, Verifiers).Select(HeightAsync))).Max();
        await _machines.HealAsync();
        var healed = TimeProvider.System.GetTimestamp();
        await AllReachAsync(stopped + 2);
        output.WriteLine($"after two against two, all went on {TimeProvider.System.GetElapsedTime(healed).TotalSeconds:0.0} s after the cables were whole");

        await AssertOneChainAsync(stopped + 2);
    }

    [Fact]
    public async Task A_fifth_of_all_packets_lost_slows_the_chain_down_and_nothing_else()
    {
        await AllReachAsync(2);
        await _machines.LoseAsync(0.2);
        var (began, from) = (TimeProvider.System.GetTimestamp(), await HeightAsync(0));

        await AllReachAsync(from + 8);
        output.WriteLine($"8 blocks on all four took {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s");

        await AssertOneChainAsync(from + 8);
    }

    private Uri UrlOf(int number) => new($"http://{_machines.AddressOf(number)}:{Port}");

    private string LogOf(int number) => _folder[$"{number}.log"];

    private async Task<ulong> HeightAsync(int number) => (await JsonAsync(number, "status"))["height"]!.GetValue<ulong>();

    /// <summary>The height of a node that gets no further: it may have had a block's votes when its cable was cut.</summary>
    private async Task<ulong> SettledAsync(int number)
    {
        await ReachesAsync(0, await HeightAsync(number) + 2);
        return await HeightAsync(number);
    }

    private Task ReachesAsync(int number, ulong height) => Eventually.TrueAsync(() => FollowsToAsync(number, height), what: $"{number} reaches {height}");

    private Task AllReachAsync(ulong height) => Task.WhenAll(Enumerable.Range(0, Verifiers).Select(number => ReachesAsync(number, height)));

    /// <summary>False: it is not up yet, or its answer got lost.</summary>
    private async Task<bool> FollowsToAsync(int number, ulong height)
    {
        using var limit = new CancellationTokenSource(Eventually.Limit);
        try
        {
            using var reader = new StreamReader(await _http.GetStreamAsync(new Uri(UrlOf(number), "/api/chain/events"), limit.Token));
            var reached = await HeightAsync(number);
            while (reached < height && await reader.ReadLineAsync(limit.Token) is { } line)
            {
                reached = line.StartsWith("id: ", StringComparison.Ordinal) ? ulong.Parse(line["id: ".Length..], CultureInfo.InvariantCulture) : reached;
            }

            return reached >= height;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task AssertOneChainAsync(ulong height)
    {
        await _machines.HealAsync();
        var chains = await Task.WhenAll(Enumerable.Range(0, Verifiers).Select(number => JsonAsync(number, $"blocks?limit=50&before={height + 1}")));
        var blocks = chains.Select(chain => chain["blocks"]!.AsArray().Select(block => block!["hash"]!.GetValue<string>()).ToList()).ToList();
        Assert.Equal((int)height, blocks[0].Count);
        Assert.All(blocks, others => Assert.Equal(blocks[0], others));
    }

    private async Task<JsonObject> JsonAsync(int number, string path) => (await _http.GetFromJsonAsync<JsonObject>(new Uri(UrlOf(number), "/api/chain/" + path)))!;
}
