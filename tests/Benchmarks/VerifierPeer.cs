using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using VideoMesh.Actors.Ledger;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Node;
using VideoMesh.Client.Node.Chain;
using VideoMesh.TestKit;

namespace VideoMesh.Benchmarks;

/// <summary>Our ledger: verifiers as processes of their own, all default settings. The first one takes the transfers and is asked what is final.</summary>
internal sealed class VerifierPeer : LedgerPeer
{
    private static readonly ChainParameters Parameters = new() { ChainId = "bench" };

    private readonly List<Process> _shells;
    private readonly List<NodeInfo> _nodes;
    private readonly HttpClient _http;
    private readonly StreamReader _events;

    private VerifierPeer(List<Process> shells, List<NodeInfo> nodes, HttpClient http, StreamReader events)
    {
        (_shells, _nodes, _http, _events) = (shells, nodes, http, events);
    }

    public override Uri Target => new(_nodes[0].Url, ChainApi.Prefix + "/transactions");

    public override IReadOnlyList<int> Pids => [.. _nodes.Select(node => node.Pid)];

    /// <summary>How long the slowest process took from its start until it was ready.</summary>
    public TimeSpan StartTime { get; private init; }

    /// <summary>Starts verifiers of a chain whose genesis funds the senders.</summary>
    /// <param name="verifiers">How many.</param>
    /// <param name="senders">To be funded.</param>
    /// <param name="accounts">How many accounts the genesis has at least.</param>
    /// <param name="folder">For all files; must be empty.</param>
    public static async Task<VerifierPeer> StartAsync(int verifiers, IReadOnlyList<PrivateKey> senders, int accounts, string folder)
    {
        var genesis = WriteGenesis(verifiers, senders, accounts, folder);
        var (shells, nodes, slowest) = (new List<Process>(), new List<NodeInfo>(), TimeSpan.Zero);
        for (var i = 0; i < verifiers; i++)
        {
            var (data, log) = (DataOf(folder, i), Path.Combine(folder, $"{i}.log"));
            var ready = Path.Combine(data, "ready.json");
            var started = Stopwatch.GetTimestamp();
            string[] network = i == 0 ? [] : ["--network", nodes[0].Url.ToString()];
            var shell = NodeProcess.StartTied(["--role", "verifier", "--name", $"{i}", "--listen", "127.0.0.1:0", "--data", data, "--genesis", genesis, "--ready-file", ready, .. network], log);
            shells.Add(shell);
            nodes.Add(await NodeProcess.WaitReadyAsync(ready, log, () => !shell.HasExited, TimeProvider.System, CancellationToken.None));
            slowest = Stopwatch.GetElapsedTime(started) is var took && took > slowest ? took : slowest;
        }

        var http = new HttpClient();
        var events = new StreamReader(await http.GetStreamAsync(new Uri(nodes[0].Url, ChainApi.Prefix + "/events")));
        return new VerifierPeer(shells, nodes, http, events) { StartTime = slowest };
    }

    public override byte[] Batch(IReadOnlyList<BenchTransfer> transfers) =>
        JsonSerializer.SerializeToUtf8Bytes(new SubmitRequest([.. transfers.Select(transfer => "0x" + Convert.ToHexStringLower(transfer.Sign(Parameters)))]), ChainJson.Options);

    public override int Taken(JsonElement answer) => answer.GetProperty("transactions").EnumerateArray().Count(one =>
        !one.TryGetProperty("reason", out var reason) || reason.ValueKind == JsonValueKind.Null || reason.GetString() is "already-known" or "nonce-used");

    public override async Task FinalAsync(int transfers, CancellationToken cancellation)
    {
        while (transfers > 0)
        {
            const string Mark = "data: ";
            var line = await _events.ReadLineAsync(cancellation) ?? throw new InvalidOperationException("The verifier ended its stream of blocks.");
            if (line.StartsWith(Mark, StringComparison.Ordinal))
            {
                transfers -= JsonSerializer.Deserialize<BlockSummary>(line[Mark.Length..], ChainJson.Options)!.Transactions;
            }
        }
    }

    /// <summary>Waits until all verifiers are at one height with one state root, or fails.</summary>
    public async Task RequireAgreementAsync()
    {
        StatusAnswer?[] all = [];
        await Eventually.TrueAsync(
            async () =>
            {
                all = await Task.WhenAll(_nodes.Select(node => _http.GetFromJsonAsync<StatusAnswer>(new Uri(node.Url, ChainApi.Prefix + "/status"), ChainJson.Options)));
                return all.DistinctBy(status => status!.Height).Count() == 1;
            },
            what: "all verifiers are at one height");
        if (all.DistinctBy(status => status!.StateRoot).Count() > 1)
        {
            throw new InvalidOperationException("The verifiers do not agree about the state.");
        }
    }

    public override async ValueTask DisposeAsync()
    {
        _events.Dispose();
        _http.Dispose();
        foreach (var shell in _shells)
        {
            shell.StandardInput.Close();
            await shell.WaitForExitAsync();
            shell.Dispose();
        }
    }

    private static string WriteGenesis(int verifiers, IReadOnlyList<PrivateKey> senders, int accounts, string folder)
    {
        var voters = Enumerable.Range(0, verifiers).Select(i =>
        {
            using var key = KeyFile.LoadOrCreate(Path.Combine(DataOf(folder, i), "node.key"));
            var verifier = new VerifierKey(key, Parameters);
            return new GenesisAccount(key.Address, Amount.FromVid(1000), Amount.FromVid(10_000), (verifier.First.Head, verifier.ChainLength));
        });
        var funded = senders.Select(key => new GenesisAccount(key.Address, Amount.FromVid(1000), Amount.Zero, Reveals: null));
        var others = Enumerable.Range(0, Math.Max(0, accounts - verifiers - senders.Count)).Select(i => new GenesisAccount(BenchAccounts.Filler(i), Amount.FromVid(10), Amount.Zero, Reveals: null));
        var path = Path.Combine(folder, "genesis.json");
        var all = voters.Concat(funded).Concat(others).OrderBy(account => account.Address);
        File.WriteAllText(path, GenesisFile.Write(new Genesis(Parameters, (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), Keccak.Hash("bench"u8), [.. all])));
        return path;
    }

    private static string DataOf(string folder, int verifier) => Path.Combine(folder, verifier.ToString(CultureInfo.InvariantCulture));
}
