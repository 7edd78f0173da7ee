using System.Globalization;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Proofs;

/// <summary>Compares the pictures of a miner's segment with those of the verifier's own, in the verifier's sandbox.</summary>
/// <param name="sandbox">Decodes both.</param>
/// <param name="store">Has both.</param>
public sealed class PictureCheck(ISandbox sandbox, ContentStore store)
{
    private const string Theirs = "theirs.mp4";
    private const string Own = "own.mp4";
    private const double EqualFrames = 100;
    private const double LeastPixelsPerSecond = 1_000_000;

    /// <param name="theirs">The miner's file.</param>
    /// <param name="own">The verifier's.</param>
    /// <param name="frames">Of both.</param>
    /// <param name="spec">Of both.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MediaException">They cannot be decoded and compared.</exception>
    /// <exception cref="ContentStoreException">The store does not have them.</exception>
    /// <exception cref="SandboxException">The sandbox failed.</exception>
    public async Task<PictureComparison> CompareAsync(ContentHash theirs, ContentHash own, int frames, RenditionSpec spec, CancellationToken cancellationToken)
    {
        var wallTime = TimeSpan.FromMinutes(1) + TimeSpan.FromSeconds((double)spec.Width * spec.Height * frames / LeastPixelsPerSecond);
        await using var session = await sandbox.OpenAsync(SandboxMounts.None, new SandboxLimits { WallTime = wallTime, CpuTime = wallTime }, cancellationToken);
        await store.CopyToAsync(theirs, Path.Combine(session.WorkFolder, Theirs), cancellationToken);
        await store.CopyToAsync(own, Path.Combine(session.WorkFolder, Own), cancellationToken);
        var (psnr, ssim) = (new List<double>(), new List<double>());
        await FfmpegRun.RunAsync(
            session,
            MediaTool.Ffmpeg,
            [
                "-v", "error", "-nostdin", .. Input(Theirs), .. Input(Own), "-filter_threads", "1", "-filter_complex_threads", "1", "-filter_complex",
                "[0:v:0]setpts=N/TB,split[a][b];[1:v:0]setpts=N/TB,split[c][d];[a][c]psnr=stats_file=-[e];[b][d]ssim=stats_file=-[f];[e][f]hstack",
                "-vsync", "passthrough", "-frames:v", $"{frames}", "-f", "null", "-",
            ],
            "Comparing the segments",
            cancellationToken,
            (stream, token) => ReadAsync(stream, frames, psnr, ssim, token));
        if (psnr.Count != frames || ssim.Count != frames)
        {
            throw new MediaException(MediaFault.SegmentMismatch, $"Of {frames} frames, {psnr.Count} could be compared.");
        }

        return new PictureComparison(frames, psnr.Average(), psnr.Min(), ssim.Average(), (double)Length(theirs) / Length(own));
    }

    private static string[] Input(string name) =>
        ["-protocol_whitelist", "file", "-format_whitelist", "mov", "-max_pixels", $"{EncodeArguments.MostPixels}", "-threads", "1", "-noautorotate", "-i", $"file:{name}"];

    // "n:1 mse_avg:0.21 mse_y:0.27 … psnr_y:53.70 …" and "n:1 Y:0.998 U:0.999 …", as the two filters go along.
    private static async Task ReadAsync(Stream stream, int frames, List<double> psnr, List<double> ssim, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (psnr.Count <= frames && Number(line, " psnr_y:") is { } decibels)
            {
                psnr.Add(Math.Min(EqualFrames, decibels));
            }
            else if (ssim.Count <= frames && Number(line, " Y:") is { } likeness)
            {
                ssim.Add(likeness);
            }
        }
    }

    private static double? Number(string line, string name)
    {
        var at = line.IndexOf(name, StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        var text = line.AsSpan(at + name.Length);
        var end = text.IndexOf(' ');
        text = end < 0 ? text : text[..end];
        return text is "inf" ? double.PositiveInfinity : double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private long Length(ContentHash hash) => store.TryGetLength(hash, out var length) ? length : throw new ContentStoreException(ContentRefusal.NotFound);
}
