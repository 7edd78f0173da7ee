using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace VideoMesh.Benchmarks;

/// <summary>A chain that takes signed transfers over HTTP, in processes of its own.</summary>
internal abstract class LedgerPeer : IAsyncDisposable
{
    /// <summary>Where batches are posted to.</summary>
    public abstract Uri Target { get; }

    /// <summary>Its processes.</summary>
    public abstract IReadOnlyList<int> Pids { get; }

    /// <summary>Signs transfers and makes the body of one request of them.</summary>
    public abstract byte[] Batch(IReadOnlyList<BenchTransfer> transfers);

    /// <summary>How many of a batch an answer says were taken, or were there already.</summary>
    public abstract int Taken(JsonElement answer);

    /// <summary>Ends when this many transfers since the last call are final.</summary>
    public abstract Task FinalAsync(int transfers, CancellationToken cancellation);

    public abstract ValueTask DisposeAsync();

    /// <summary>Processor time of all its processes, user and system, in seconds.</summary>
    public double CpuSeconds() => Pids.Sum(pid =>
    {
        using var process = Process.GetProcessById(pid);
        return process.TotalProcessorTime.TotalSeconds;
    });

    /// <summary>What the largest of its processes has resident now, in MB.</summary>
    public double ResidentMegabytes() => Pids.Max(pid => ProcessStatus(pid, "VmRSS"));

    /// <summary>A figure in kB of <c>/proc/PID/status</c>, in MB.</summary>
    public static double ProcessStatus(int pid, string name) => File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/status"))
        .Where(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Select(line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024).Single();
}
