using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Node;
using VideoMesh.TestKit;

namespace VideoMesh.Benchmarks;

/// <summary>Foundry's Anvil: an Ethereum node in one process, without consensus and without a durable store. With the settings that
/// make it fastest: a block a second as big as need be, first come first served. By default it mines at each arrival, and is many times slower while thousands wait.</summary>
internal sealed class AnvilPeer : LedgerPeer
{
    private const string Package = "@foundry-rs/anvil-linux-amd64";
    private const string Version = "1.7.1";
    private const string Sha256 = "10c1c727d6c1de973aeb160e59875b9a9a23464d6e74149ee8abb30b3500311b";
    private const ulong ChainId = 31337;
    private const ulong Gas = 21_000;
    private const ulong GasPrice = 2_000_000_000;

    private readonly Process _process;
    private readonly HttpClient _http = new();
    private ulong _counted;

    private AnvilPeer(Process process, Uri target)
    {
        _process = process;
        Target = target;
    }

    public override Uri Target { get; }

    public override IReadOnlyList<int> Pids => [_process.Id];

    /// <summary>Installs it into the user's cache when it is not there yet; the very file that this benchmark was written against, or none.</summary>
    public static async Task<string> InstallAsync()
    {
        var folder = Path.Combine(new UserFolders(Environment.GetEnvironmentVariable).Cache, $"anvil-{Version}");
        var program = Path.Combine(folder, "node_modules", Package, "bin", "anvil");
        if (!File.Exists(program))
        {
            Console.Error.WriteLine($"installing {Package} {Version} into {folder}");
            Directory.CreateDirectory(folder);
            using var npm = Process.Start(new ProcessStartInfo("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", folder, $"{Package}@{Version}"])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
            })!;
            _ = await npm.StandardOutput.ReadToEndAsync();
            await npm.WaitForExitAsync();
        }

        await using var file = File.OpenRead(program);
        return string.Equals(Convert.ToHexStringLower(await SHA256.HashDataAsync(file)), Sha256, StringComparison.Ordinal) ? program : throw new InvalidOperationException($"{program} is not the pinned one: remove {folder}.");
    }

    /// <summary>Starts it with these accounts funded.</summary>
    public static async Task<AnvilPeer> StartAsync(string program, IReadOnlyList<PrivateKey> senders)
    {
        var process = Process.Start(new ProcessStartInfo(
            program, ["--host", "127.0.0.1", "--port", "0", "--accounts", "1", "--block-base-fee-per-gas", "0", "--disable-block-gas-limit", "--no-request-size-limit", "--block-time", "1", "--order", "fifo"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var found = new TaskCompletionSource<Uri>();
        process.OutputDataReceived += (_, line) =>
        {
            const string Mark = "Listening on ";
            if (line.Data?.StartsWith(Mark, StringComparison.Ordinal) == true)
            {
                found.TrySetResult(new Uri("http://" + line.Data[Mark.Length..].Trim()));
            }
        };
        process.BeginOutputReadLine();
        var peer = new AnvilPeer(process, await found.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        foreach (var sender in senders)
        {
            await peer.CallAsync("anvil_setBalance", $"\"{sender.Address}\"", "\"0xfffffffffffffffffff\"");
        }

        return peer;
    }

    public override byte[] Batch(IReadOnlyList<BenchTransfer> transfers) =>
        Encoding.ASCII.GetBytes($"[{string.Join(',', transfers.Select((transfer, i) => Call(i, "eth_sendRawTransaction", $"\"0x{Convert.ToHexStringLower(Sign(transfer))}\"")))}]");

    public override int Taken(JsonElement answer) => answer.EnumerateArray().Count(one => one.TryGetProperty("result", out _)
        || one.GetProperty("error").GetProperty("message").GetString()!.Contains("already imported", StringComparison.Ordinal));

    public override Task FinalAsync(int transfers, CancellationToken cancellation) => Eventually.TrueAsync(
        async () =>
        {
            cancellation.ThrowIfCancellationRequested();
            var height = Number(await CallAsync("eth_blockNumber"));
            while (_counted < height)
            {
                transfers -= (int)Number(await CallAsync("eth_getBlockTransactionCountByNumber", string.Create(CultureInfo.InvariantCulture, $"\"0x{++_counted:x}\"")));
            }

            return transfers <= 0;
        },
        LedgerBench.Limit,
        "Anvil has mined all transfers");

    public override async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
    }

    private async Task<JsonElement> CallAsync(string method, params string[] parameters)
    {
        using var content = new StringContent(Call(0, method, parameters), Encoding.ASCII, "application/json");
        using var response = await _http.PostAsync(Target, content);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        return answer.TryGetProperty("result", out var result) ? result : throw new InvalidOperationException($"Anvil refuses {method}: {answer}");
    }

    private static ulong Number(JsonElement quantity) => Convert.ToUInt64(quantity.GetString(), 16);

    private static string Call(int id, string method, params string[] parameters) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}","params":[{{string.Join(',', parameters)}}]}""");

    // a transaction as before EIP-2718, signed as EIP-155 has it
    private static byte[] Sign(BenchTransfer transfer)
    {
        var signature = transfer.From.Sign(Fields(transfer).Number(ChainId).Number(0).Number(0).EndList().Keccak()).ToArray();
        return Fields(transfer).Number((2 * ChainId) + 35 + signature[64]).Bytes(Trim(signature.AsSpan(0, 32))).Bytes(Trim(signature.AsSpan(32, 32))).EndList().ToArray();
    }

    private static RlpWriter Fields(BenchTransfer transfer) =>
        new RlpWriter().StartList().Number(transfer.Nonce).Number(GasPrice).Number(Gas).Address(transfer.To).Number(1_000_000).Bytes([]);

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> number) => number.TrimStart((byte)0);
}
