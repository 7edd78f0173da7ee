using System.Diagnostics;
using System.Security.Cryptography;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Client.Node;

/// <summary>How many processes of which role are started for one job.</summary>
public readonly record struct EmbeddedSize(int Compute, int Verifiers);

/// <summary>Processes for one job alone. They end with this process, however it ends.</summary>
public sealed class EmbeddedDevnet : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly List<Process> _processes = [];
    private readonly EmbeddedSize _size;
    private readonly string _folder;
    private readonly string _data;

    private EmbeddedDevnet(EmbeddedSize size, string folder)
    {
        _size = size;
        _folder = folder;

        // what a run that was killed left behind belongs to another chain
        _data = Directory.CreateDirectory(Path.Combine(folder, RandomNumberGenerator.GetHexString(8, lowercase: true))).FullName;
    }

    /// <summary>Of its own chain; null without verifiers.</summary>
    public string? ChainId { get; private set; }

    /// <summary>Makes keys, and a genesis if there are verifiers.</summary>
    /// <param name="folder">Gets the nodes' data and logs; removed at the end.</param>
    /// <param name="faucet">The account that has the coins of that chain.</param>
    public static EmbeddedDevnet Prepare(EmbeddedSize size, string folder, Address faucet, TimeProvider time)
    {
        var devnet = new EmbeddedDevnet(size, folder);
        if (size.Verifiers > 0)
        {
            devnet.ChainId = DevnetGenesis.Write(devnet.Verifiers.Select(devnet.KeyOf), devnet.Miners.Select(devnet.KeyOf), faucet, devnet.Genesis, time);
        }

        return devnet;
    }

    /// <summary>Starts the nodes and returns at once: they link to <paramref name="seed"/> when they are up.</summary>
    /// <param name="nodeArguments">For compute nodes.</param>
    public void Start(Uri seed, IReadOnlyList<string> nodeArguments)
    {
        string[] chain = ChainId is null ? [] : ["--chain", ChainId];
        foreach (var name in Miners)
        {
            StartNode(name, Devnet.ComputeArguments(name, _size.Compute, seed, DataOf(name)).Concat(chain).Concat(nodeArguments));
        }

        foreach (var name in Verifiers)
        {
            StartNode(name, Devnet.VerifierArguments(name, seed, DataOf(name), Genesis));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            process.StandardInput.Close();
        }

        using var patience = new CancellationTokenSource(Patience);
        foreach (var process in _processes)
        {
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }

            process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private IEnumerable<string> Miners => Enumerable.Range(1, _size.Compute).Select(i => $"compute-{i}");

    private IEnumerable<string> Verifiers => Enumerable.Range(1, _size.Verifiers).Select(i => $"verifier-{i}");

    private string Genesis => Path.Combine(_data, "genesis.json");

    private string DataOf(string name) => Path.Combine(_data, name);

    private string KeyOf(string name) => Path.Combine(DataOf(name), "node.key");

    private string LogOf(string name) => DataOf(name) + ".log";

    private void StartNode(string name, IEnumerable<string> arguments) => _processes.Add(NodeProcess.StartTied(arguments, LogOf(name)));
}
