using System.Diagnostics;
using System.Globalization;

namespace VideoMesh.TestKit.Media;

/// <summary>Plain ffmpeg and ffprobe for tests: to make clips, and to look at results independently of the code under test.</summary>
public static class Tools
{
    public static Task<string> FfmpegAsync(IEnumerable<string> arguments) => RunAsync("ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments]);

    public static Task<string> FfprobeAsync(IEnumerable<string> arguments) => RunAsync("ffprobe", ["-v", "error", .. arguments]);

    /// <summary>Puts a CMAF header and its segments into one file, as a player's buffer would hold them.</summary>
    public static async Task<string> JoinAsync(string folder)
    {
        var joined = Path.Combine(folder, "joined.mp4");
        await using var target = File.Create(joined);
        foreach (var part in Directory.EnumerateFiles(folder, "*.m4s").Order(StringComparer.Ordinal).Prepend(Path.Combine(folder, "init.mp4")))
        {
            await using var source = File.OpenRead(part);
            await source.CopyToAsync(target);
        }

        return joined;
    }

    /// <summary>Mean PSNR in dB of all planes over all frames, frame by frame in order, at the first file's size.</summary>
    public static async Task<double> PsnrAsync(string path, string reference, string referenceFilter = "null")
    {
        var printed = await FfmpegAsync(
        [
            "-noautorotate", "-i", path, "-noautorotate", "-i", reference, "-an", "-lavfi",
            $"[0:v]setpts=N/TB,format=yuv420p[a];[1:v]{referenceFilter},format=yuv420p,setpts=N/TB[b];[a][b]psnr,metadata=print:key=lavfi.psnr.mse_avg:file=-",
            "-vsync", "passthrough", "-f", "null", "-",
        ]);
        var errors = printed.Split('\n').Where(line => line.StartsWith("lavfi.psnr.mse_avg=", StringComparison.Ordinal))
            .Select(line => double.Parse(line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture));
        return 10 * Math.Log10(255 * 255 / Math.Max(errors.Average(), 1e-6));
    }

    private static async Task<string> RunAsync(string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await errors}");
    }
}
