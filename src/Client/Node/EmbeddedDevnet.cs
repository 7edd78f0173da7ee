using System.Diagnostics;

namespace VideoMesh.Client.Node;

/// <summary>Compute processes for one job alone. They end with this process, however it ends.</summary>
public sealed class EmbeddedDevnet : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly List<Process> _processes = [];
    private readonly string _folder;

    private EmbeddedDevnet(string folder) => _folder = folder;

    /// <summary>Starts the nodes and returns at once: they link to <paramref name="seed"/> when they are up.</summary>
    /// <param name="compute">How many.</param>
    /// <param name="folder">Gets their data and logs; removed at the end.</param>
    public static EmbeddedDevnet Start(int compute, Uri seed, string folder, IReadOnlyList<string> nodeArguments)
    {
        Directory.CreateDirectory(folder);
        var devnet = new EmbeddedDevnet(folder);
        for (var i = 1; i <= compute; i++)
        {
            devnet._processes.Add(NodeProcess.StartTied(
                Devnet.ComputeArguments($"compute-{i}", compute, seed, Path.Combine(folder, $"compute-{i}")).Concat(nodeArguments),
                Path.Combine(folder, $"compute-{i}.log")));
        }

        return devnet;
    }

    /// <summary>What the nodes logged last, if none of them is running; else null.</summary>
    public string? Failure =>
        _processes.TrueForAll(p => p.HasExited) ? NodeProcess.Tail(Path.Combine(_folder, "compute-1.log")) : null;

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
}
