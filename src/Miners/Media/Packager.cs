using System.Collections.Immutable;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Media;

/// <param name="Hls">Path of the master playlist within the result, or null.</param>
/// <param name="Dash">Path of the manifest within the result, or null.</param>
/// <param name="Files">All files of the package.</param>
public sealed record Package(string? Hls, string? Dash, ImmutableArray<PublishedFile> Files);

/// <summary>Cuts finished files into one set of CMAF segments that HLS and DASH share, without encoding again.</summary>
public static class Packager
{
    private const string Folder = "stream";
    private const string Manifest = "manifest.mpd";
    private const string Master = "master.m3u8";

    /// <param name="session">Has <paramref name="files"/> in its work folder; the package lies there too.</param>
    /// <param name="files">What the joiner made.</param>
    /// <returns>Null if the profile wants neither HLS nor DASH.</returns>
    /// <exception cref="MediaException">It failed.</exception>
    public static async Task<Package?> PackageAsync(
        ISandboxSession session, SourceInfo source, IReadOnlyList<RenditionFile> files, Profile profile, bool hasAudio, CancellationToken cancellationToken)
    {
        var (hls, dash) = (profile.Outputs.Contains(OutputKind.Hls), profile.Outputs.Contains(OutputKind.Dash));
        var inputs = files.Where(f => f.Kind == OutputKind.Mp4).ToList();
        if (!hls && !dash)
        {
            return null;
        }

        List<string> arguments = ["-v", "error", "-nostdin", "-protocol_whitelist", "file", "-format_whitelist", "mov"];
        arguments.AddRange(inputs.SelectMany(f => new[] { "-i", FfmpegPath.Of(f.Path) }));
        arguments.AddRange(inputs.SelectMany((_, i) => new[] { "-map", $"{i}:v:0" }));
        arguments.AddRange(["-map", "0:a?", "-c", "copy", "-map_metadata", "-1", "-fflags", "+bitexact"]);
        // Without it a ladder whose rungs round to unequal shapes fails: "Conflicting stream aspect ratios".
        arguments.AddRange(["-aspect", $"{source.Video.DisplayWidth}:{source.Video.DisplayHeight}"]);
        arguments.AddRange(
        [
            "-f", "dash", "-seg_duration", $"{profile.SegmentLength.TotalSeconds}", "-use_template", "1", "-use_timeline", "1",
            "-hls_playlist", hls ? "1" : "0", "-hls_master_name", Master,
            "-init_seg_name", "init-$RepresentationID$.m4s", "-media_seg_name", "chunk-$RepresentationID$-$Number%05d$.m4s",
            "-adaptation_sets", hasAudio ? "id=0,streams=v id=1,streams=a" : "id=0,streams=v", "-y", Manifest,
        ]);
        await FfmpegRun.RunAsync(session, MediaTool.Ffmpeg, arguments, "Packaging", cancellationToken);
        var made = Directory.EnumerateFiles(session.WorkFolder).Select(path => Path.GetFileName(path)!)
            .Where(name => name.EndsWith(".m4s", StringComparison.Ordinal) || (hls && name.EndsWith(".m3u8", StringComparison.Ordinal)) || (dash && string.Equals(name, Manifest, StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal);
        return new Package(
            hls ? $"{Folder}/{Master}" : null, dash ? $"{Folder}/{Manifest}" : null, [.. made.Select(name => new PublishedFile(name, $"{Folder}/{name}"))]);
    }
}
