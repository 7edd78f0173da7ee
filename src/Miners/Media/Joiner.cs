using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Media.Mp4;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Media;

/// <summary>One rendition's encoded segments.</summary>
/// <param name="Spec">What was asked for.</param>
/// <param name="SegmentPaths">Host paths of its MP4 files, one for each segment of the plan, in order.</param>
public sealed record RenditionSegments(RenditionSpec Spec, IReadOnlyList<string> SegmentPaths);

/// <summary>A finished file.</summary>
/// <param name="Name">The rendition's name.</param>
/// <param name="Kind">MP4 or Matroska.</param>
/// <param name="Path">Relative to the session's work folder.</param>
/// <param name="Codec">The codec of the picture.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Frames">Frames; equal to the source's.</param>
/// <param name="Duration">From the first frame's start to the last one's end.</param>
/// <param name="Bytes">Size of the file.</param>
public sealed record RenditionFile(string Name, OutputKind Kind, string Path, VideoCodec Codec, int Width, int Height, int Frames, TimeSpan Duration, long Bytes);

/// <param name="Files">For each rendition an MP4 file if MP4, HLS or DASH is wanted, and a Matroska file if that is.</param>
/// <param name="Notes">One sentence for each thing that was left out.</param>
public sealed record JoinResult(ImmutableArray<RenditionFile> Files, ImmutableArray<string> Notes);

/// <summary>Makes whole files of encoded segments: picture in the source's own time, sound, subtitles, chapters and metadata.</summary>
public static class Joiner
{
    /// <summary>Joins every rendition. The result is verified: each frame of the source is there, at its time.</summary>
    /// <param name="session">A session that has the source among its inputs, and <paramref name="audio"/> in its work folder; results lie there too.</param>
    /// <param name="inputName">The source's name in it.</param>
    /// <param name="source">What the probe found.</param>
    /// <param name="plan">How it was cut.</param>
    /// <param name="renditions">The encoded segments.</param>
    /// <param name="profile">What is wanted.</param>
    /// <param name="audio">What <see cref="AudioPass"/> made; null for no sound.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MediaException">Segments do not fit together, which <see cref="MediaFault.HeaderMismatch"/> says of encoders that differ, or a result is not what it must be.</exception>
    public static async Task<JoinResult> JoinAsync(
        ISandboxSession session,
        string inputName,
        SourceInfo source,
        SegmentPlan plan,
        IReadOnlyList<RenditionSegments> renditions,
        Profile profile,
        AudioFile? audio,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(renditions);
        ArgumentNullException.ThrowIfNull(profile);
        var kinds = Kinds(profile);
        var files = ImmutableArray.CreateBuilder<RenditionFile>();
        var notes = audio?.Notes ?? [];
        foreach (var rendition in renditions)
        {
            var picture = $"{rendition.Spec.Name}.picture.mp4";
            await WritePictureAsync(WorkPath.Free(session, picture), source, plan, rendition, cancellationToken);
            foreach (var kind in kinds)
            {
                var path = $"{rendition.Spec.Name}.{kind.Text()}";
                var arguments = MuxArguments.Build(session.InputPath(inputName), source, picture, audio, kind, path);
                await FfmpegRun.RunAsync(session, MediaTool.Ffmpeg, arguments, $"Joining rendition '{rendition.Spec.Name}'", cancellationToken);
                files.Add(await VerifyAsync(session, source, rendition.Spec, kind, path, cancellationToken));
            }

            File.Delete(Path.Combine(session.WorkFolder, picture));
        }

        return new JoinResult(files.ToImmutable(), [.. notes, .. kinds.SelectMany(kind => MuxArguments.Notes(source, kind)).Distinct(StringComparer.Ordinal)]);
    }

    private static ImmutableArray<OutputKind> Kinds(Profile profile)
    {
        ImmutableArray<OutputKind> kinds = profile.Outputs.Any(output => output is not OutputKind.Mkv) ? [OutputKind.Mp4] : [];
        return profile.Outputs.Contains(OutputKind.Mkv) ? kinds.Add(OutputKind.Mkv) : kinds;
    }

    private static async Task WritePictureAsync(string path, SourceInfo source, SegmentPlan plan, RenditionSegments rendition, CancellationToken cancellationToken)
    {
        if (rendition.SegmentPaths.Count != plan.Segments.Length)
        {
            throw new MediaException(MediaFault.SegmentMismatch, $"Rendition '{rendition.Spec.Name}' has {rendition.SegmentPaths.Count} of {plan.Segments.Length} segments.");
        }

        var pieces = new List<Mp4Piece>(plan.Segments.Length);
        foreach (var segment in plan.Segments)
        {
            pieces.Add(Piece(rendition, segment, pieces.Count > 0 ? pieces[0] : null));
        }

        var video = source.Video;
        var origin = (long)Math.Round(source.StartSeconds / video.TimeBase.Value);
        try
        {
            await Mp4VideoWriter.WriteAsync(path, pieces, source.FrameTimes, source.EndTime, origin, video.TimeBase, cancellationToken);
        }
        catch (Exception e) when (e is Mp4FormatException or OverflowException)
        {
            throw new MediaException(MediaFault.SegmentMismatch, $"The segments of rendition '{rendition.Spec.Name}' cannot be joined: {e.Message}", e);
        }
    }

    /// <summary>After a <see cref="MediaFault.HeaderMismatch"/>: segments whose decoder needs another set-up than the others': another encoder made them, or other settings. Those that are like <paramref name="own"/> are right;
    /// where none is, those that most are like, and of equally many the first.</summary>
    /// <param name="rendition">Its finished segments.</param>
    /// <param name="plan">What they are segments of.</param>
    /// <param name="own">A file that this machine encoded as the rendition asks; null: there is none.</param>
    /// <exception cref="MediaException">A segment cannot be read.</exception>
    public static IEnumerable<int> Misfits(RenditionSegments rendition, SegmentPlan plan, string? own = null)
    {
        var right = own is null ? default(ContentHash?) : SetUp(ReadVideo(own, int.MaxValue, $"This machine's own segment of rendition '{rendition.Spec.Name}'"));
        return plan.Segments.GroupBy(segment => SetUp(ReadVideo(rendition, segment)), segment => segment.Index)
            .OrderByDescending(same => same.Key == right).ThenByDescending(same => same.Count()).ThenBy(same => same.Min()).Skip(1).SelectMany(same => same);
    }

    private static Mp4Piece Piece(RenditionSegments rendition, Segment segment, Mp4Piece? first)
    {
        var path = rendition.SegmentPaths[segment.Index];
        var video = ReadVideo(rendition, segment);
        if (video.Samples.Length != segment.Frames || !video.Samples[0].Sync)
        {
            throw new MediaException(MediaFault.SegmentMismatch, $"Segment {segment.Index} of rendition '{rendition.Spec.Name}' has {video.Samples.Length} frames instead of {segment.Frames}, or does not start with a keyframe.");
        }

        return first is null || first.Video.SampleEntry.Span.SequenceEqual(video.SampleEntry.Span)
            ? new Mp4Piece(path, video)
            : throw new MediaException(MediaFault.HeaderMismatch, $"Segment {segment.Index} of rendition '{rendition.Spec.Name}' was made by another kind of encoder than the first one.");
    }

    private static Mp4Track ReadVideo(RenditionSegments rendition, Segment segment) =>
        ReadVideo(rendition.SegmentPaths[segment.Index], segment.Frames, $"Segment {segment.Index} of rendition '{rendition.Spec.Name}'");

    private static Mp4Track ReadVideo(string path, int mostFrames, string what)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return Mp4Track.ReadVideoOnly(file, mostFrames);
        }
        catch (Exception e) when (e is Mp4FormatException or IOException or ArgumentException)
        {
            throw new MediaException(MediaFault.SegmentMismatch, $"{what} cannot be read: {e.Message}", e);
        }
    }

    private static ContentHash SetUp(Mp4Track video) => ContentHash.Of(video.SampleEntry.Span);

    private static async Task<RenditionFile> VerifyAsync(ISandboxSession session, SourceInfo source, RenditionSpec spec, OutputKind kind, string path, CancellationToken cancellationToken)
    {
        var packets = new PacketReader();
        await FfmpegRun.RunAsync(
            session,
            MediaTool.Ffprobe,
            [
                "-v", "error", "-protocol_whitelist", "file", "-format_whitelist", "mov,matroska", "-select_streams", "v:0",
                "-show_entries", "packet=pts,dts,duration,pos,flags", "-of", "compact=p=0:nk=1", "-i", FfmpegPath.Of(path),
            ],
            $"Checking rendition '{spec.Name}'",
            cancellationToken,
            packets.ReadAsync);
        if (packets.Count != source.Frames || packets.Packets.Any(packet => packet.Discard || packet.Pts is null))
        {
            throw new MediaException(MediaFault.OutputMismatch, $"Rendition '{spec.Name}' came out with {packets.Count} frames where the source has {source.Frames}.");
        }

        using var file = WorkPath.Open(session, path);
        return new RenditionFile(
            spec.Name, kind, path, spec.Codec, spec.Width, spec.Height, packets.Count, source.Duration, file.Length);
    }
}

/// <summary>Compiles the run that puts picture, sound, subtitles, chapters and metadata into one file. Pure.</summary>
internal static class MuxArguments
{
    public static IReadOnlyList<string> Build(string sourcePath, SourceInfo source, string picture, AudioFile? audio, OutputKind kind, string output)
    {
        var hasAudio = audio is { Tracks.Length: > 0 };
        var from = hasAudio ? 2 : 1;
        List<string> arguments = ["-v", "error", "-nostdin", "-copyts", .. Ours(picture)];
        if (hasAudio)
        {
            arguments.AddRange(Ours(audio!.Path));
        }

        // the source's clock is moved to where ours starts
        arguments.AddRange([.. MediaProbe.Guards.Skip(2), "-itsoffset", $"{-source.StartSeconds:0.######}", "-i", FfmpegPath.Of(sourcePath)]);
        arguments.AddRange(["-map", "0:v:0", "-c:v", "copy"]);
        if (hasAudio)
        {
            arguments.AddRange(["-map", "1:a", "-c:a", "copy"]);
        }

        var subtitles = Kept(source, kind).ToList();
        for (var i = 0; i < subtitles.Count; i++)
        {
            arguments.AddRange(["-map", $"{from}:{subtitles[i].StreamIndex}", $"-c:s:{i}", Codec(subtitles[i], kind)]);
        }

        arguments.AddRange(["-map_metadata", $"{from}", "-map_chapters", $"{from}", "-map_metadata:s:v:0", $"{from}:s:{source.Video.StreamIndex}"]);
        for (var i = 0; hasAudio && i < audio!.Tracks.Length; i++)
        {
            arguments.AddRange([$"-map_metadata:s:a:{i}", $"{from}:s:{audio.Tracks[i].StreamIndex}", $"-disposition:a:{i}", i == DefaultTrack(audio) ? "default" : "0"]);
        }

        // the picture already stands upright: a rotation tag copied from the source would turn it again
        arguments.AddRange(["-metadata:s:v:0", "rotate=", "-metadata:s:v:0", "encoder=", "-max_muxing_queue_size", "9999", "-max_interleave_delta", "0"]);
        if (kind == OutputKind.Mp4)
        {
            arguments.AddRange(["-movflags", "+faststart"]);
        }

        arguments.AddRange(["-y", FfmpegPath.Of(output)]);
        return arguments;
    }

    public static IEnumerable<string> Notes(SourceInfo source, OutputKind kind) =>
        source.Subtitles.Except(Kept(source, kind)).Select(track => track.Codec.Length == 0
            ? $"Subtitle track {track.Ordinal + 1} is left out: its format is unknown."
            : $"Subtitle track {track.Ordinal + 1} ({track.Codec}) is left out of {kind.Text()}: pictures as subtitles fit only into mkv.");

    private static string[] Ours(string path) => ["-protocol_whitelist", "file", "-format_whitelist", "mov,matroska", "-i", FfmpegPath.Of(path)];

    private static IEnumerable<SubtitleTrack> Kept(SourceInfo source, OutputKind kind) =>
        source.Subtitles.Where(track => track.Codec.Length > 0 && (track.IsText || kind == OutputKind.Mkv && track.Codec is "dvd_subtitle" or "hdmv_pgs_subtitle" or "dvb_subtitle"));

    private static string Codec(SubtitleTrack track, OutputKind kind) => kind switch
    {
        OutputKind.Mp4 => "mov_text",
        _ when track.Codec is "subrip" or "ass" or "webvtt" || !track.IsText => "copy",
        _ => "srt",
    };

    private static int DefaultTrack(AudioFile audio)
    {
        var marked = audio.Tracks.ToList().FindIndex(track => track.IsDefault);
        return Math.Max(0, marked);
    }
}
