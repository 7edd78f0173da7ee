using System.Diagnostics;
using VideoMesh.TestKit;

namespace VideoMesh.Benchmarks;

/// <summary>Programs that benchmarks run.</summary>
internal static class BenchProcess
{
    /// <summary>Runs our own program to its end.</summary>
    /// <returns>What it printed.</returns>
    public static Task<string> VideoMeshAsync(IEnumerable<string> arguments) => RunAsync(VideoMesh, arguments);

    /// <summary>Runs our own program to its end, and looks how much memory it takes at most.</summary>
    /// <returns>What it printed, and mebibytes.</returns>
    public static async Task<(string Output, double PeakMb)> WatchAsync(IEnumerable<string> arguments)
    {
        using var process = Start(VideoMesh, arguments, folder: null);
        var ended = EndAsync(process, VideoMesh);
        var peak = 0.0;
        await Eventually.TrueAsync(
            () =>
            {
                peak = Math.Max(peak, PeakResidentMb(process.Id));
                return ended.IsCompleted;
            },
            TimeSpan.FromMinutes(10));
        return (await ended, peak);
    }

    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, string? folder = null)
    {
        using var process = Start(program, arguments, folder);
        return await EndAsync(process, program);
    }

    /// <summary>The most memory the process ever had, in mebibytes; 0 once it is gone.</summary>
    public static double PeakResidentMb(int pid)
    {
        try
        {
            return File.ReadLines($"/proc/{pid}/status").Where(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)).Select(l => double.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024).SingleOrDefault();
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static string VideoMesh => Path.Combine(AppContext.BaseDirectory, "videomesh");

    private static Process Start(string program, IEnumerable<string> arguments, string? folder)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder ?? "" };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private static async Task<string> EndAsync(Process process, string program)
    {
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await errors}");
    }
}
