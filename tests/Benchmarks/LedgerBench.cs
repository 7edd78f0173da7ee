using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using VideoMesh.Chain.Primitives;
using VideoMesh.TestKit;

namespace VideoMesh.Benchmarks;

/// <summary>
/// Signed transfers over HTTP until all are in final blocks on disk: four verifier processes, one, and Anvil, in turn, each time anew, with the same client, batches and
/// connections. Everything is signed and every request written before the clock starts. The ratio of a run is to the Anvil of the same run.
/// </summary>
internal static class LedgerBench
{
    private const int Senders = 100;
    private const int BatchSize = 500;
    private const int WarmupBatches = 8;

    /// <summary>A load that takes longer will not end.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    public static async Task<int> RunAsync(string[] arguments)
    {
        var options = new BenchOptions(arguments);
        var (runs, transfers, connections) = (options.Int("runs", 3), options.Int("transfers", 40_000), options.Int("connections", 4));
        var accounts = options.Int("accounts", 0);
        List<PrivateKey> senders = [.. Enumerable.Range(1, Senders).Select(BenchAccounts.Key)];
        try
        {
            if (accounts > 0)
            {
                return await MeasureMemoryAsync(accounts, transfers, connections, senders);
            }

            var anvil = await AnvilPeer.InstallAsync();
            var contestants = (options.Text("only") ?? "4,anvil,1").Split(',');
            var results = contestants.ToDictionary(name => name, _ => new List<Result>(), StringComparer.Ordinal);
            for (var run = 1; run <= runs; run++)
            {
                foreach (var name in contestants)
                {
                    using var folder = new TemporaryFolder();
                    await using LedgerPeer peer = name is "anvil" ? await AnvilPeer.StartAsync(anvil, senders) : await VerifierPeer.StartAsync(int.Parse(name), senders, accounts: 0, folder.Path);
                    var result = await MeasureAsync(peer, senders, transfers, connections);
                    results[name].Add(result);
                    Console.Error.WriteLine($"run {run}, {Title(name)}: {result}");
                }
            }

            Report(results, runs, transfers, connections);
            return 0;
        }
        finally
        {
            senders.ForEach(key => key.Dispose());
        }
    }

    private static void Report(Dictionary<string, List<Result>> results, int runs, int transfers, int connections)
    {
        var rows = results.Select(pair => new
        {
            Name = Title(pair.Key),
            PerSecond = BenchOptions.Median(pair.Value.Select(result => result.PerSecond)),
            CpuMicroseconds = BenchOptions.Median(pair.Value.Select(result => result.CpuMicroseconds)),
            ResidentMegabytes = BenchOptions.Median(pair.Value.Select(result => result.ResidentMegabytes)),
            ToAnvil = results.TryGetValue("anvil", out var anvil) ? BenchOptions.Median(pair.Value.Zip(anvil, (ours, peer) => ours.PerSecond / peer.PerSecond)) : (double?)null,
        }).ToList();
        rows.ForEach(row => Console.Error.WriteLine($"{row.Name}: {row.PerSecond:0}/s, {row.CpuMicroseconds:0} µs of processor a transfer, {row.ResidentMegabytes:0} MB, {row.ToAnvil:0.00} × Anvil (median of {runs} runs)"));
        Console.WriteLine(JsonSerializer.Serialize(new { bench = "ledger", runs, transfers, connections, batch = BatchSize, results = rows }, JsonSerializerOptions.Web));
    }

    private static async Task<int> MeasureMemoryAsync(int accounts, int transfers, int connections, List<PrivateKey> senders)
    {
        using var folder = new TemporaryFolder();
        await using var peer = await VerifierPeer.StartAsync(1, senders, accounts, folder.Path);
        var (pid, started) = (peer.Pids[0], peer.ResidentMegabytes());
        Console.Error.WriteLine($"{accounts} accounts: up after {peer.StartTime.TotalSeconds:0.0} s with {started:0} MB resident, {LedgerPeer.ProcessStatus(pid, "VmHWM"):0} MB at the peak");
        var result = await MeasureAsync(peer, senders, transfers, connections);
        var row = new { accounts, startSeconds = peer.StartTime.TotalSeconds, startMegabytes = started, loadedMegabytes = result.ResidentMegabytes, peakMegabytes = LedgerPeer.ProcessStatus(pid, "VmHWM"), perSecond = result.PerSecond };
        Console.Error.WriteLine($"then {transfers} transfers: {result}, {row.peakMegabytes:0} MB at the peak");
        Console.WriteLine(JsonSerializer.Serialize(new { bench = "ledger", result = row }, JsonSerializerOptions.Web));
        return 0;
    }

    private static async Task<Result> MeasureAsync(LedgerPeer peer, List<PrivateKey> senders, int transfers, int connections)
    {
        var nonces = new ulong[senders.Count];
        var (warmup, load) = (Sign(peer, senders, nonces, WarmupBatches * BatchSize, connections), Sign(peer, senders, nonces, transfers, connections));
        await SendAsync(peer, warmup, WarmupBatches * BatchSize);

        // what signing and warming up left behind is not the peer's
        GC.Collect();
        var (started, cpu) = (Stopwatch.GetTimestamp(), peer.CpuSeconds());
        var retries = await SendAsync(peer, load, transfers);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var result = new Result(transfers / seconds, (peer.CpuSeconds() - cpu) * 1e6 / transfers, peer.ResidentMegabytes(), retries);
        if (peer is VerifierPeer verifiers)
        {
            await verifiers.RequireAgreementAsync();
        }

        return result;
    }

    // For each connection its own senders, so that no transfer overtakes one it must follow.
    private static List<ConcurrentQueue<byte[]>> Sign(LedgerPeer peer, List<PrivateKey> senders, ulong[] nonces, int transfers, int connections)
    {
        var queues = Enumerable.Range(0, connections).Select(_ => new ConcurrentQueue<byte[]>()).ToList();
        Parallel.For(0, connections, connection =>
        {
            var own = Enumerable.Range(0, senders.Count).Where(i => i % connections == connection).ToList();
            for (var batch = connection; batch < transfers / BatchSize; batch += connections)
            {
                queues[connection].Enqueue(peer.Batch([.. Enumerable.Range(0, BatchSize).Select(i => own[i % own.Count]).Select(i => new BenchTransfer(senders[i], nonces[i]++, senders[(i + 1) % senders.Count].Address))]));
            }
        });
        return queues;
    }

    private static async Task<int> SendAsync(LedgerPeer peer, List<ConcurrentQueue<byte[]>> queues, int transfers)
    {
        using var limit = new CancellationTokenSource(Limit);
        using var http = new HttpClient();
        var retries = 0;
        var final = peer.FinalAsync(transfers, limit.Token);
        await Task.WhenAll(queues.Select(async queue =>
        {
            while (queue.TryDequeue(out var body))
            {
                var tries = 0;
                await Eventually.TrueAsync(
                    () =>
                    {
                        tries++;
                        return PostAsync(http, peer, body, limit.Token);
                    },
                    Limit,
                    "a batch is taken");
                Interlocked.Add(ref retries, tries - 1);
            }
        }).Append(final));
        return retries;
    }

    /// <summary>Whether all of a batch was taken; if not, it is to be sent again.</summary>
    private static async Task<bool> PostAsync(HttpClient http, LedgerPeer peer, byte[] body, CancellationToken cancellation)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await http.PostAsync(peer.Target, content, cancellation);
        if (response.StatusCode == HttpStatusCode.TooManyRequests)
        {
            return false;
        }

        var answer = await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(cancellation);
        return peer.Taken(answer) == BatchSize;
    }

    private static string Title(string name) => name switch
    {
        "anvil" => "Anvil",
        "1" => "one verifier",
        _ => $"{name} verifiers",
    };

    /// <summary>What one run came to.</summary>
    /// <param name="PerSecond">Transfers.</param>
    /// <param name="CpuMicroseconds">Of all the peer's processes, a transfer.</param>
    /// <param name="ResidentMegabytes">Of its largest process at the end.</param>
    /// <param name="Retries">Batches that were sent more than once.</param>
    private sealed record Result(double PerSecond, double CpuMicroseconds, double ResidentMegabytes, int Retries)
    {
        public override string ToString() => $"{PerSecond:0}/s, {CpuMicroseconds:0} µs of processor a transfer, {ResidentMegabytes:0} MB, {Retries} batches sent again";
    }
}
