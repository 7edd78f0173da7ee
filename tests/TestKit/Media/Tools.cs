using System.Diagnostics;

namespace VideoMesh.TestKit.Media;

/// <summary>Plain ffmpeg and ffprobe for tests: to make clips, and to look at results independently of the code under test.</summary>
public static class Tools
{
    public static Task<string> FfmpegAsync(IEnumerable<string> arguments) => RunAsync("ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments]);

    public static Task<string> FfprobeAsync(IEnumerable<string> arguments) => RunAsync("ffprobe", ["-v", "error", .. arguments]);

    private static async Task<string> RunAsync(string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await errors}");
    }
}
