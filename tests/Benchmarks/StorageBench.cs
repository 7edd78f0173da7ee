using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace VideoMesh.Benchmarks;

/// <summary>
/// A file to storage miners on this machine and back, against what the machine can do: writing it once with <c>dd conv=fsync</c>, divided by what parity adds, and hashing it on one core.
/// All in turn, in one run, on one disk; whole commands count, from start to end. The bytes that come back are compared.
/// </summary>
internal static class StorageBench
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var options = new BenchOptions(arguments);
        var (runs, mib, miners, k, m) = (options.Int("runs", 3), options.Int("mib", 1024), options.Int("miners", 8), options.Int("k", 4), options.Int("m", 2));
        var folder = Directory.CreateTempSubdirectory("videomesh-bench-").FullName;
        Environment.SetEnvironmentVariable("XDG_STATE_HOME", Path.Combine(folder, "state"));
        try
        {
            var file = Path.Combine(folder, "film.bin");
            await BenchProcess.RunAsync("dd", ["if=/dev/urandom", $"of={file}", "bs=1M", $"count={mib}", "status=none"]);
            var up = JsonNode.Parse(await BenchProcess.VideoMeshAsync(["devnet", "up", "--storage", $"{miners}", "--json", "--quiet"]))!;
            var (network, pids) = (up["network"]!.GetValue<string>(), up["nodes"]!.AsArray().Select(node => node!["pid"]!.GetValue<int>()).ToList());
            var results = new List<Row>();
            for (var run = 0; run < runs; run++)
            {
                results.Add(await MeasureAsync(folder, file, network, k, m));
                Print(results[^1], (double)m / k);
            }

            var sum = new
            {
                bench = "storage", runs, mib, miners, k, m,
                ddMb = Median(results, row => row.DdMb), putMb = Median(results, row => row.PutMb), putShare = Median(results, row => row.PutMb / (row.DdMb / (1 + ((double)m / k)))),
                shaMb = Median(results, row => row.ShaMb), getMb = Median(results, row => row.GetMb), getShare = Median(results, row => row.GetMb / row.ShaMb),
                putPeakMb = results.Max(row => row.PutPeakMb), getPeakMb = results.Max(row => row.GetPeakMb), minerPeakMb = pids.Max(BenchProcess.PeakResidentMb),
            };
            Console.Error.WriteLine($"medians: put {sum.putShare:0.00} of dd ÷ (1 + m/k), get {sum.getShare:0.00} of one core's SHA-256; memory at most: put {sum.putPeakMb:0} MiB, get {sum.getPeakMb:0} MiB, a miner {sum.minerPeakMb:0} MiB");
            Console.WriteLine(JsonSerializer.Serialize(sum, JsonSerializerOptions.Web));
            return 0;
        }
        finally
        {
            await BenchProcess.VideoMeshAsync(["devnet", "down", "--quiet"]);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Row> MeasureAsync(string folder, string file, string network, int k, int m)
    {
        var (copy, back) = (Path.Combine(folder, "copy.bin"), Path.Combine(folder, "back.bin"));
        var megabytes = new FileInfo(file).Length / 1e6;
        var dd = await SecondsAsync(() => BenchProcess.RunAsync("dd", [$"if={file}", $"of={copy}", "bs=4M", "conv=fsync", "status=none"]));
        File.Delete(copy);

        (string Output, double PeakMb) put = ("", 0), get = ("", 0);
        var putting = await SecondsAsync(async () => put = await BenchProcess.WatchAsync(["store", "put", file, "--k", $"{k}", "--m", $"{m}", "--network", network, "--json", "--quiet"]));
        var id = JsonNode.Parse(put.Output)!["id"]!.GetValue<string>();
        var getting = await SecondsAsync(async () => get = await BenchProcess.WatchAsync(["store", "get", id, "--out", back, "--network", network, "--json", "--quiet"]));
        await BenchProcess.RunAsync("cmp", [file, back]);
        File.Delete(back);
        await BenchProcess.VideoMeshAsync(["store", "rm", id, "--network", network, "--quiet"]);
        return new Row(megabytes / dd, megabytes / putting, ShaMbPerSecond(), megabytes / getting, put.PeakMb, get.PeakMb);
    }

    private static double ShaMbPerSecond()
    {
        var bytes = RandomNumberGenerator.GetBytes(64 << 20);
        SHA256.HashData(bytes);
        var started = Stopwatch.GetTimestamp();
        const int Rounds = 8;
        for (var round = 0; round < Rounds; round++)
        {
            SHA256.HashData(bytes);
        }

        return Rounds * bytes.Length / 1e6 / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> SecondsAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static double Median(List<Row> rows, Func<Row, double> of) => BenchOptions.Median(rows.Select(of));

    private static void Print(Row row, double parity) => Console.Error.WriteLine(
        $"dd {row.DdMb:0} MB/s, put {row.PutMb:0} MB/s ({row.PutMb / (row.DdMb / (1 + parity)):0.00}) | SHA-256 {row.ShaMb:0} MB/s, get {row.GetMb:0} MB/s ({row.GetMb / row.ShaMb:0.00}) | put {row.PutPeakMb:0} MiB, get {row.GetPeakMb:0} MiB");

    /// <summary>Megabytes of the file a second, and mebibytes of memory.</summary>
    private sealed record Row(double DdMb, double PutMb, double ShaMb, double GetMb, double PutPeakMb, double GetPeakMb);
}
