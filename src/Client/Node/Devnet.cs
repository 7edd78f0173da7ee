using System.Text.Json;
using System.Text.Json.Serialization;
using VideoMesh.Chain.Wallets;
using VideoMesh.Client.Commands;
using VideoMesh.Client.Rendering;

namespace VideoMesh.Client.Node;

/// <summary>What a devnet consists of, as <c>devnet up</c> prints it and <c>devnet status</c> finds it again.</summary>
/// <param name="Network">URL of the seed: what <c>--network</c> wants.</param>
/// <param name="Seed">The seed process, which has no role.</param>
/// <param name="Nodes">The nodes with roles.</param>
/// <param name="Genesis">File of where its chain begins; null when it has none.</param>
/// <param name="Faucet">Name of the user's wallet that has coins to give away, without a password; null without a chain.</param>
public sealed record DevnetInfo(Uri Network, NodeInfo Seed, IReadOnlyList<NodeInfo> Nodes, string? Genesis = null, string? Faucet = null)
{
    [JsonIgnore]
    public IEnumerable<NodeInfo> All => Nodes.Prepend(Seed);
}

/// <summary>How many nodes of each role a devnet has.</summary>
/// <param name="Verifiers">With none, there is no chain.</param>
/// <param name="Repairs">Whether storage miners make lost blocks again.</param>
public sealed record DevnetSize(int Compute, int Verifiers, int Storage, bool Repairs = true);

/// <summary>A network of real processes on loopback: one for each user, its state in the user's state folder.</summary>
public sealed class Devnet(UserFolders folders, TimeProvider time)
{
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(5);

    // On one machine nobody waits a day for a scrub.
    private static readonly string[] s_quickRepair = ["--scrub-seconds", "5", "--repair-seconds", "3", "--repair-grace-seconds", "20"];

    private string StateFile => Path.Combine(folders.Devnet, "devnet.json");

    /// <summary>The devnet that is up or was left behind, or null.</summary>
    public DevnetInfo? Find() => File.Exists(StateFile) ? JsonSerializer.Deserialize<DevnetInfo>(File.ReadAllText(StateFile), JsonOutput.Options) : null;

    /// <summary>Whether the URL is that of a node of this user's devnet.</summary>
    public bool Owns(Uri network) => Find() is { } devnet && devnet.All.Any(node => node.Url == network);

    public static bool IsUp(DevnetInfo devnet) => devnet.All.Any(n => NodeProcess.IsAlive(n.Pid));

    /// <summary>The arguments of a compute node, so that all compute nodes of a machine share its cores.</summary>
    public static IEnumerable<string> ComputeArguments(string name, int computeNodes, Uri seed, string data) =>
    [
        "--role", "compute", "--name", name, "--network", seed.ToString(), "--listen", "127.0.0.1:0", "--data", data,
        "--slots", $"{Math.Max(1, Environment.ProcessorCount / computeNodes)}",
    ];

    /// <summary>The arguments of a verifier.</summary>
    public static IEnumerable<string> VerifierArguments(string name, Uri seed, string data, string genesis) =>
        ["--role", "verifier", "--name", name, "--network", seed.ToString(), "--listen", "127.0.0.1:0", "--data", data, .. LedgerArguments(genesis)];

    /// <summary>The arguments of a storage miner of a devnet, whose disk is this machine's.</summary>
    public static IEnumerable<string> StorageArguments(string name, Uri seed, string data, bool repairs = true) =>
        ["--role", "storage", "--name", name, "--network", seed.ToString(), "--listen", "127.0.0.1:0", "--data", data, "--capacity", "16GiB", .. s_quickRepair, .. repairs ? (string[])[] : ["--no-repair"]];

    private static string[] LedgerArguments(string genesis) => ["--genesis", genesis, "--idle-seconds", "5"];

    /// <summary>Starts the processes; returns when all are ready.</summary>
    /// <exception cref="CommandFailure">One is up already, or a node did not come up.</exception>
    public async Task<DevnetInfo> UpAsync(DevnetSize size, IReadOnlyList<string> nodeArguments, Action<string> note, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folders.Devnet);
        using var gate = Lock();
        if (Find() is { } other)
        {
            if (IsUp(other))
            {
                throw CommandFailure.Usage("devnet-is-up", $"A devnet is up at {other.Network}; `videomesh devnet down` ends it.");
            }

            await RemoveAsync(other);
        }

        var logs = new List<string>();
        try
        {
            var miners = Enumerable.Range(1, size.Compute).Select(i => $"compute-{i}").ToList();
            var voters = Enumerable.Range(1, size.Verifiers).Select(i => $"verifier-{i}").ToList();
            var shelves = Enumerable.Range(1, size.Storage).Select(i => $"storage-{i}").ToList();
            string[] chain = [];
            WalletInfo? faucet = null;
            if (size.Verifiers > 0)
            {
                faucet = DevnetFaucet.Of(new WalletFolder(folders.Wallets));
                chain = ["--chain", DevnetGenesis.Write(voters.Select(KeyOf), miners.Select(KeyOf), faucet.Address, GenesisPath, time)];
            }

            var seed = await StartAsync("seed", ["--name", "seed", "--listen", "127.0.0.1:0", "--data", DataOf("seed"), .. size.Verifiers > 0 ? LedgerArguments(GenesisPath) : []]);
            var waiting = miners.Select(name => StartAsync(name, ComputeArguments(name, size.Compute, seed.Url, DataOf(name)).Concat(chain).Concat(nodeArguments)))
                .Concat(voters.Select(name => StartAsync(name, VerifierArguments(name, seed.Url, DataOf(name), GenesisPath).Concat(nodeArguments))))
                .Concat(shelves.Select(name => StartAsync(name, StorageArguments(name, seed.Url, DataOf(name), size.Repairs).Concat(chain)))).ToList();
            var nodes = await Task.WhenAll(waiting);
            var devnet = new DevnetInfo(seed.Url, seed, nodes, faucet is null ? null : GenesisPath, faucet?.Name);
            File.WriteAllText(StateFile + ".new", JsonSerializer.Serialize(devnet, JsonOutput.Options));
            File.Move(StateFile + ".new", StateFile, overwrite: true);
            return devnet;
        }
        catch (Exception e)
        {
            foreach (var pid in logs.Select(NodeProcess.DetachedPid).OfType<int>().Where(NodeProcess.IsAlive))
            {
                Signals.Kill(pid);
            }

            Directory.Delete(folders.Devnet, recursive: true);
            throw e is IOException ? new CommandFailure(ExitCode.NoNetworkOrMiner, "devnet-did-not-start", e.Message, e) : e;
        }

        async Task<NodeInfo> StartAsync(string name, IEnumerable<string> arguments)
        {
            Directory.CreateDirectory(DataOf(name));
            var ready = ReadyFile(name);
            File.Delete(ready);
            var log = Path.Combine(folders.Devnet, name + ".log");
            NodeProcess.StartDetached([.. arguments, "--ready-file", ready], log);
            logs.Add(log);
            var info = await NodeProcess.WaitReadyAsync(
                ready, log, () => NodeProcess.DetachedPid(log) is not { } pid || NodeProcess.IsAlive(pid), time, cancellationToken);

            note($"{name} is up at {info.Url} (pid {info.Pid})");
            return info;
        }
    }

    /// <summary>Ends the devnet; returns when every process is dead and its data is gone. False: none was up.</summary>
    public async Task<bool> DownAsync()
    {
        if (!Directory.Exists(folders.Devnet))
        {
            return false;
        }

        using var gate = Lock();
        if (Find() is not { } devnet)
        {
            return false;
        }

        await RemoveAsync(devnet);
        return true;
    }

    private async Task RemoveAsync(DevnetInfo devnet)
    {
        var alive = devnet.All.Where(n => NodeProcess.IsAlive(n.Pid)).ToList();
        alive.ForEach(n => Signals.Terminate(n.Pid));
        var started = time.GetTimestamp();
        while (alive.Exists(n => NodeProcess.IsAlive(n.Pid)))
        {
            if (time.GetElapsedTime(started) > DrainPatience)
            {
                alive.ForEach(n => Signals.Kill(n.Pid));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), time);
        }

        File.Delete(StateFile);
        File.Delete(GenesisPath);
        foreach (var entry in Directory.EnumerateDirectories(folders.Devnet))
        {
            Directory.Delete(entry, recursive: true);
        }
    }

    private string GenesisPath => Path.Combine(folders.Devnet, "genesis.json");

    private string KeyOf(string name) => Path.Combine(DataOf(name), "node.key");

    private string DataOf(string name) => Path.Combine(folders.Devnet, name);

    private string ReadyFile(string name) => Path.Combine(DataOf(name), "ready.json");

    private FileStream Lock()
    {
        try
        {
            return new FileStream(Path.Combine(folders.Devnet, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw CommandFailure.Usage("devnet-is-busy", "Another command is starting or ending the devnet; try again when it is done.");
        }
    }
}
