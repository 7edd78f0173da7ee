using System.Globalization;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Media;

/// <summary>Cuts a source into one Matroska file per segment, video only, without re-encoding.</summary>
public static class SourceSplitter
{
    /// <summary>Splits. Each segment is reported, in any order, as soon as its file is complete and holds the planned number of packets, so that encoding can begin.</summary>
    /// <param name="session">A session that has the source among its inputs; the segments lie in its work folder.</param>
    /// <param name="inputName">The source's name in it.</param>
    /// <param name="source">What the probe found.</param>
    /// <param name="plan">Where to cut.</param>
    /// <param name="onSegmentReady">Gets a segment's index and its file's path relative to the work folder. The file may be moved away.</param>
    /// <param name="cancellationToken">Ends the split.</param>
    /// <returns>Sentences for the user about what had to be done differently.</returns>
    /// <exception cref="MediaException">The source cannot be split so that every frame is there.</exception>
    public static async Task<IReadOnlyList<string>> SplitAsync(
        ISandboxSession session,
        string inputName,
        SourceInfo source,
        SegmentPlan plan,
        Func<int, string, Task> onSegmentReady,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(onSegmentReady);
        var input = FfmpegPath.Of(session.InputPath(inputName));
        var ready = new HashSet<int>();
        var fault = plan.Segments.All(segment => segment.NeedsLosslessCopy) ? null : await CopyAsync(session, input, source, plan, ready, onSegmentReady, cancellationToken);
        var missing = plan.Segments.Where(segment => !ready.Contains(segment.Index)).ToList();
        if (missing.Count == 0)
        {
            return [];
        }

        await LosslessAsync(session, input, source, plan, missing, onSegmentReady, cancellationToken);
        return fault is null
            ? [$"The source's first frames cannot be handed out as they lie: {missing.Sum(segment => segment.Frames)} frames go out as a lossless copy."]
            : [$"The source could not be cut without decoding it ({fault.TrimEnd('.')}): {missing.Count} of {plan.Segments.Length} segments go out as lossless copies."];
    }

    // Cuts by packet count and not by time, because containers round times. Gives what went wrong, or null.
    private static async Task<string?> CopyAsync(
        ISandboxSession session, string input, SourceInfo source, SegmentPlan plan, HashSet<int> ready, Func<int, string, Task> onSegmentReady, CancellationToken cancellationToken)
    {
        string? fault = null;
        List<string> arguments =
        [
            "-nostdin", .. MediaProbe.Guards, "-fflags", "+genpts", "-i", input, "-map", $"0:{source.Video.StreamIndex}", "-c", "copy", "-copyinkf:v", "-copypriorss:v", "1",
            "-map_metadata", "-1", "-map_chapters", "-1",
        ];
        if (source.Video.Codec is "mpeg4" && source.Container is "avi")
        {
            // two frames in one packet, as DivX wrote them, would be lost to a decoder that starts at a segment
            arguments.AddRange(["-bsf:v", "mpeg4_unpack_bframes"]);
        }

        arguments.AddRange(["-f", "segment", "-segment_format", "matroska", "-reset_timestamps", "1", "-segment_list", "pipe:1", "-segment_list_type", "csv", "-fflags", "+bitexact"]);
        if (plan.Segments.Length > 1)
        {
            arguments.AddRange(["-segment_frames", string.Join(',', plan.Segments.Skip(1).Select(segment => segment.FirstPacket))]);
        }
        else
        {
            arguments.AddRange(["-segment_time", "1000000"]);
        }

        arguments.Add("s_%06d.mkv");
        var run = await session.RunAsync(
            new SandboxCommand
            {
                Tool = MediaTool.Ffmpeg,
                Arguments = arguments,
                ReadOutput = (stream, token) => SegmentListReader.ReadAsync(stream, async index =>
                {
                    if (index < plan.Segments.Length && !plan.Segments[index].NeedsLosslessCopy)
                    {
                        var wrong = Check(session, plan.Segments[index]);
                        fault ??= wrong;
                        if (wrong is null && ready.Add(index))
                        {
                            await onSegmentReady(index, FileName(index));
                        }
                    }
                    else if (index >= plan.Segments.Length)
                    {
                        fault ??= "it fell into more pieces than planned";
                    }
                }, token),
            },
            cancellationToken);
        if (run.LimitHit is not null)
        {
            throw new MediaException(MediaFault.LimitHit, "Splitting the source passed a limit of the sandbox.");
        }

        return run.ExitCode == 0 ? fault : fault ?? FfmpegRun.Reason(run);
    }

    private static string? Check(ISandboxSession session, Segment segment)
    {
        try
        {
            using var file = WorkPath.Open(session, FileName(segment.Index));
            var found = MatroskaFrames.Count(file);
            return found == segment.Packets ? null : $"segment {segment.Index} has {found} packets instead of {segment.Packets}";
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return $"segment {segment.Index} is not well-formed: {e.Message}";
        }
    }

    // The way that is right for every source: decode in order from the start, once, and cut the pictures. Every frame of FFV1 can start a file.
    private static async Task LosslessAsync(
        ISandboxSession session, string input, SourceInfo source, SegmentPlan plan, List<Segment> missing, Func<int, string, Task> onSegmentReady, CancellationToken cancellationToken)
    {
        var wanted = missing.ToDictionary(segment => segment.FirstFrame);
        var end = missing.Max(segment => segment.FirstFrame + segment.Frames);
        var cuts = plan.Segments.Where(segment => segment.FirstFrame > 0 && segment.FirstFrame < end).Select(segment => segment.FirstFrame).ToList();
        List<string> arguments =
        [
            "-nostdin", .. MediaProbe.Guards, "-threads", "1", "-noautorotate", "-r", source.Video.FrameRate.ToString(), "-i", input,
            "-map", $"0:{source.Video.StreamIndex}", "-vsync", "passthrough", "-frames:v", $"{end}", "-map_metadata", "-1", "-map_chapters", "-1",
            "-c:v", "ffv1", "-level", "3", "-g", "1", "-threads", "1",
            "-f", "segment", "-segment_format", "matroska", "-reset_timestamps", "1", "-segment_list", "pipe:1", "-segment_list_type", "csv", "-fflags", "+bitexact",
            .. cuts.Count > 0 ? (string[])["-segment_frames", string.Join(',', cuts)] : ["-segment_time", "1000000"],
            "s_%06d.mkv",
        ];
        await FfmpegRun.RunAsync(session, MediaTool.Ffmpeg, arguments, "Decoding the source into segments", cancellationToken, (stream, token) =>
            SegmentListReader.ReadAsync(stream, async index =>
            {
                if (index < plan.Segments.Length && wanted.Remove(plan.Segments[index].FirstFrame, out var segment))
                {
                    using var file = WorkPath.Open(session, FileName(index));
                    if (MatroskaFrames.Count(file) is var found && found != segment.Frames)
                    {
                        throw new MediaException(MediaFault.SplitMismatch, $"Segment {index} of the source decodes to {found} frames where {segment.Frames} are listed: the source is damaged there.");
                    }

                    await onSegmentReady(index, FileName(index));
                }
            }, token));
        if (wanted.Count > 0)
        {
            throw new MediaException(MediaFault.SplitMismatch, $"The source decodes to fewer frames than it lists: {wanted.Count} segments are missing, so it is damaged.");
        }
    }

    private static string FileName(int index) => string.Create(CultureInfo.InvariantCulture, $"s_{index:D6}.mkv");
}

/// <summary>Reads the segment muxer's list: one line <c>NAME,start,end</c> as each file is finished.</summary>
internal static class SegmentListReader
{
    public static async Task ReadAsync(Stream stream, Func<int, Task> finished, CancellationToken cancellationToken)
    {
        var lines = System.Threading.Channels.Channel.CreateUnbounded<int>();
        var reading = ReadLinesAsync(stream, lines.Writer, cancellationToken);
        try
        {
            await foreach (var index in lines.Reader.ReadAllAsync(cancellationToken))
            {
                await finished(index);
            }
        }
        finally
        {
            // the pipe is read to its end whatever happens to the segments, so that the program is never stuck on a full pipe
            await reading;
        }
    }

    private static async Task ReadLinesAsync(Stream stream, System.Threading.Channels.ChannelWriter<int> lines, CancellationToken cancellationToken)
    {
        try
        {
            await LineReader.ReadAsync(stream, 256, line =>
            {
                var name = line.AsSpan(0, Math.Max(0, line.IndexOf(',', StringComparison.Ordinal)));
                if (name.StartsWith("s_", StringComparison.Ordinal) && name.EndsWith(".mkv", StringComparison.Ordinal)
                    && int.TryParse(name[2..^4], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                {
                    lines.TryWrite(index);
                }
            }, cancellationToken);
        }
        finally
        {
            lines.Complete();
        }
    }
}
