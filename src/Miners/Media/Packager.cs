using System.Collections.Immutable;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Media.Mp4;
using VideoMesh.Miners.Media.Packaging;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Media;

/// <param name="Hls">Path of the master playlist within the result, or null.</param>
/// <param name="Dash">Path of the manifest within the result, or null.</param>
/// <param name="Files">All files of the package, manifests last.</param>
public sealed record Package(string? Hls, string? Dash, ImmutableArray<PublishedFile> Files);

/// <summary>Makes one set of CMAF segments of finished MP4 files, and the HLS and DASH manifests over it.</summary>
public static class Packager
{
    /// <summary>The folder in the work folder that holds it all. All addresses in the manifests are relative to their own file.</summary>
    public const string Folder = "stream";

    /// <param name="session">Has <paramref name="files"/> in its work folder; the package lies there too.</param>
    /// <param name="source">Names the audio tracks.</param>
    /// <param name="files">What <see cref="Joiner"/> made; sound is taken from the first MP4 file.</param>
    /// <param name="profile">Names the outputs and the length of segments.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null if the profile wants neither HLS nor DASH.</returns>
    /// <exception cref="MediaException">The files cannot be packaged together.</exception>
    public static async Task<Package?> PackageAsync(
        ISandboxSession session, SourceInfo source, IReadOnlyList<RenditionFile> files, Profile profile, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(profile);
        var hls = profile.Outputs.Contains(OutputKind.Hls);
        var dash = profile.Outputs.Contains(OutputKind.Dash);
        if (!hls && !dash)
        {
            return null;
        }

        try
        {
            var root = WorkPath.NewFolder(session, Folder);
            var streams = new List<MediaStream>();
            foreach (var stream in Streams(session, source, files, profile))
            {
                streams.Add(await WriteAsync(root, stream, cancellationToken));
            }

            return await ManifestsAsync(root, streams, hls, dash, cancellationToken);
        }
        catch (Exception e) when (e is Mp4FormatException or OverflowException or ContentStoreException)
        {
            throw new MediaException(MediaFault.OutputMismatch, $"The renditions cannot be packaged: {e.Message}", e);
        }
    }

    private static List<MediaStream> Streams(ISandboxSession session, SourceInfo source, IReadOnlyList<RenditionFile> files, Profile profile)
    {
        var pictures = files.Where(file => file.Kind == OutputKind.Mp4).Select(file => (File: file, Path: Path.Combine(session.WorkFolder, file.Path))).ToList();
        var tracks = pictures.ConvertAll(picture => Read(picture.Path));
        var video = tracks.ConvertAll(all => all.First(track => track.Handler is "vide"));
        var cuts = StreamCuts.Video(video, profile.SegmentLength);
        var streams = pictures.Select((picture, i) => new MediaStream
        {
            Name = picture.File.Name,
            Path = picture.Path,
            Track = video[i],
            Codec = CodecString.Of(video[i]),
            Segments = StreamCuts.Segments(video[i], cuts),
            Picture = new Picture(picture.File.Codec, picture.File.Width, picture.File.Height, source.Video.FrameRate, source.Video.Colour.Transfer),
        }).ToList();
        var ends = streams[0].Segments.Select(segment => streams[0].Seconds(segment.Start + segment.Length)).ToList();
        var sound = tracks[0].Where(track => track.Handler is "soun").ToList();
        var chosen = Math.Max(0, source.Audio.ToList().FindIndex(track => track.IsDefault));
        for (var i = 0; i < sound.Count; i++)
        {
            streams.Add(new MediaStream
            {
                Name = AudioName(i, streams),
                Path = pictures[0].Path,
                Track = sound[i],
                Codec = CodecString.Of(sound[i]),
                Segments = StreamCuts.Segments(sound[i], ends),
                Title = sound.Count == source.Audio.Length ? source.Audio[i].Title : null,
                IsDefault = i == (chosen < sound.Count ? chosen : 0),
            });
        }

        return streams;
    }

    // a rendition may be called audio-1 too
    private static string AudioName(int index, List<MediaStream> taken)
    {
        var name = $"audio-{index + 1}";
        while (taken.Exists(stream => string.Equals(stream.Name, name, StringComparison.Ordinal)))
        {
            name += "a";
        }

        return name;
    }

    private static ImmutableArray<Mp4Track> Read(string path)
    {
        using var file = ContentFolder.OpenRegularFile(path);
        return Mp4Track.ReadAll(file);
    }

    private static async Task<MediaStream> WriteAsync(string root, MediaStream stream, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, stream.Name)).FullName;
        await File.WriteAllBytesAsync(Path.Combine(folder, PackageNames.Header), CmafWriter.Header(stream), cancellationToken);
        var segments = ImmutableArray.CreateBuilder<StreamSegment>(stream.Segments.Length);
        var source = ContentFolder.OpenRegularFile(stream.Path);
        await using (source.ConfigureAwait(false))
        {
            for (var i = 0; i < stream.Segments.Length; i++)
            {
                var path = Path.Combine(folder, PackageNames.Segment(i + 1));
                segments.Add(stream.Segments[i] with { Bytes = await CmafWriter.SegmentAsync(path, stream, stream.Segments[i], (uint)i + 1, source, cancellationToken) });
            }
        }

        return stream with { Segments = segments.MoveToImmutable() };
    }

    private static async Task<Package> ManifestsAsync(string root, List<MediaStream> streams, bool hls, bool dash, CancellationToken cancellationToken)
    {
        var files = ImmutableArray.CreateBuilder<PublishedFile>();
        void Add(string name) => files.Add(new PublishedFile($"{Folder}/{name}", $"{Folder}/{name}"));
        foreach (var stream in streams)
        {
            Add($"{stream.Name}/{PackageNames.Header}");
            for (var i = 1; i <= stream.Segments.Length; i++)
            {
                Add($"{stream.Name}/{PackageNames.Segment(i)}");
            }
        }

        async Task AddAsync(string name, string text)
        {
            await File.WriteAllTextAsync(Path.Combine(root, name), text, cancellationToken);
            Add(name);
        }

        if (hls)
        {
            foreach (var stream in streams)
            {
                await AddAsync($"{stream.Name}/{HlsPlaylist.MediaName}", HlsPlaylist.Media(stream));
            }

            await AddAsync(HlsPlaylist.MasterName, HlsPlaylist.Master(streams));
        }

        if (dash)
        {
            await AddAsync(DashManifest.Name, DashManifest.Write(streams));
        }

        return new Package(hls ? $"{Folder}/{HlsPlaylist.MasterName}" : null, dash ? $"{Folder}/{DashManifest.Name}" : null, files.ToImmutable());
    }
}
