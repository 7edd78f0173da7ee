using System.Collections.Immutable;
using System.Text.Json;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Media;

/// <summary>Looks at a source without decoding it: one run for the streams, one for the packets of the chosen video stream.</summary>
public static class MediaProbe
{
    /// <summary>More frames than this are not taken: 9 hours at 300 per second.</summary>
    public const int MostFrames = 10_000_000;

    /// <summary>The containers that are opened. Playlists and scripts, which name other files, are not among them, whatever their name ends in.</summary>
    internal const string Formats = "mov,matroska,webm,mpegts,mpeg,avi,ogg,flv,asf,mxf,ivf,dv";

    private const int MostProbeBytes = 8 << 20;

    /// <summary>What every run that reads the source is told first: no other files, no network, no playlist, no monstrous pictures.</summary>
    internal static readonly ImmutableArray<string> Guards =
    [
        "-v", "error", "-protocol_whitelist", "file", "-format_whitelist", Formats, "-max_pixels", $"{EncodeArguments.MostPixels}",
        "-probesize", "32M", "-analyzeduration", "15M",
    ];

    /// <summary>Probes an input.</summary>
    /// <param name="session">A session that has the file among its inputs.</param>
    /// <param name="inputName">The file's name in it.</param>
    /// <param name="cancellationToken">Ends the probe.</param>
    /// <exception cref="InputRefusedException">It is not a video this project works on.</exception>
    public static async Task<SourceInfo> ProbeAsync(ISandboxSession session, string inputName, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        var path = FfmpegPath.Of(session.InputPath(inputName));
        var container = await StreamsAsync(session, path, cancellationToken);
        var video = container.ChooseVideo();
        var packets = new PacketReader();
        var run = await session.RunAsync(
            new SandboxCommand
            {
                Tool = MediaTool.Ffprobe,
                Arguments = [.. Guards, .. container.MakesUpTimes ? [] : (string[])["-fflags", "+genpts"], "-select_streams", $"{video.Index}", "-show_entries", "packet=pts,dts,duration,pos,flags", "-of", "compact=p=0:nk=1", "-i", path],
                ReadOutput = packets.ReadAsync,
            },
            cancellationToken);
        if (packets.Overflowed)
        {
            throw new InputRefusedException(InputRefusal.TooLong, $"The video has more than {MostFrames:N0} frames: cut it into shorter files first.");
        }

        if (packets.Count == 0)
        {
            throw ProbeFailure.From(run, InputRefusal.NoDecodableVideo, "The video stream has no frames.");
        }

        // a demuxer that makes times up does so for as many packets as it likes: of MPEG-4 it gives every B-frame one, of H.264 none
        if (container.MakesUpTimes ? packets.HasClock && !video.StandsAlone : packets.LacksTimes && video.Reorders)
        {
            packets.OrderBy(await ShownAsync(session, path, video.Index, cancellationToken));
        }

        var timeline = PacketTimeline.Build(packets, video, container.HasDiscontinuousClock);
        if (timeline.HeadIsDoubtful)
        {
            timeline = timeline.WithHeadShownAt(await DecodedTimesAsync(session, path, video.Index, ["-frames:v", $"{timeline.HeadPackets}"], [], cancellationToken));
        }

        // what a demuxer complains about is nearly always a last packet that is cut short; whether it still gives a frame only a decoder can tell
        if (run.Errors.Length > 0 || timeline.EndsEarly)
        {
            var from = (timeline.TailStart * video.TimeBase.Value) - container.StartSeconds;
            timeline = timeline.WithTailShownAt(await DecodedTimesAsync(session, path, video.Index, [], ["-noaccurate_seek", "-ss", $"{Math.Max(0, from):0.######}"], cancellationToken));
        }

        return timeline.FrameTimes.IsEmpty
            ? throw new InputRefusedException(InputRefusal.NoDecodableVideo, "The video stream has no frame that can be shown.")
            : container.ToSource(video, timeline);
    }

    private static async Task<ProbedContainer> StreamsAsync(ISandboxSession session, string path, CancellationToken cancellationToken)
    {
        using var output = new MemoryStream();
        var run = await session.RunAsync(
            new SandboxCommand
            {
                Tool = MediaTool.Ffprobe,
                Arguments = [.. Guards, "-show_format", "-show_streams", "-show_chapters", "-of", "json", "-i", path],
                ReadOutput = async (stream, token) => await CopyAsync(stream, output, token),
            },
            cancellationToken);
        if (run.ExitCode != 0 || run.LimitHit is not null)
        {
            throw ProbeFailure.From(run, InputRefusal.NotAVideo, "");
        }

        try
        {
            using var document = JsonDocument.Parse(output.GetBuffer().AsMemory(0, (int)output.Length));
            return ProbedContainer.Read(document.RootElement) with { Errors = run.Errors };
        }
        catch (JsonException e)
        {
            throw new InputRefusedException(InputRefusal.Unreadable, "What the probe said of the file cannot be understood: the file is damaged.", e);
        }
    }

    // The times of the frames that a decoder really gives of the beginning or the end.
    private static async Task<ImmutableHashSet<long>> DecodedTimesAsync(
        ISandboxSession session, string path, int stream, IReadOnlyList<string> until, IReadOnlyList<string> from, CancellationToken cancellationToken)
    {
        var times = ImmutableHashSet.CreateBuilder<long>();
        await session.RunAsync(
            new SandboxCommand
            {
                Tool = MediaTool.Ffmpeg,
                Arguments =
                [
                    "-nostdin", .. Guards, "-threads", "1", "-copyts", .. from, "-i", path, "-map", $"0:{stream}", "-vsync", "passthrough", "-enc_time_base", "-1",
                    .. until, "-f", "framecrc", "pipe:1",
                ],
                ReadOutput = async (output, token) => await LineReader.ReadAsync(output, 256, line =>
                {
                    var fields = line.Split(',', StringSplitOptions.TrimEntries);
                    if (!line.StartsWith('#') && fields.Length >= 3 && long.TryParse(fields[2], out var pts))
                    {
                        times.Add(pts);
                    }
                }, token),
            },
            cancellationToken);
        return times.ToImmutable();
    }

    // AVI does not say when frames are shown, only in which order they lie. Where the two orders may differ, decoding is the only way to know.
    private static async Task<List<ShownPacket>> ShownAsync(ISandboxSession session, string path, int stream, CancellationToken cancellationToken)
    {
        List<ShownPacket> shown = [];
        await FfmpegRun.RunAsync(
            session,
            MediaTool.Ffprobe,
            [.. Guards, "-threads", "1", "-select_streams", $"{stream}", "-show_entries", "frame=key_frame,pkt_pos", "-of", "compact=p=0:nk=1", "-i", path],
            "Finding the order of the source's frames",
            cancellationToken,
            async (output, token) => await LineReader.ReadAsync(output, 256, line =>
            {
                var fields = line.Split('|');
                if (fields.Length >= 2 && long.TryParse(fields[1], out var position))
                {
                    shown.Add(new ShownPacket(position, fields[0] is "1"));
                }
            }, token));
        return shown;
    }

    private static async Task CopyAsync(Stream from, MemoryStream to, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await from.ReadAsync(buffer, cancellationToken)) > 0)
        {
            // the pipe is drained to its end even when there is too much, so that the program can finish
            if (to.Length + read <= MostProbeBytes)
            {
                to.Write(buffer, 0, read);
            }
        }
    }
}

/// <summary>Turns a failed probe into a refusal by what the program said.</summary>
internal static class ProbeFailure
{
    public static InputRefusedException From(SandboxResult run, InputRefusal otherwise, string sentence)
    {
        var errors = run.Errors;
        if (run.LimitHit is not null)
        {
            return new InputRefusedException(InputRefusal.Unreadable, "Probing the file took more than the sandbox allows: the file is damaged or made to do harm.");
        }

        if (Says(errors, "moov atom not found"))
        {
            return new InputRefusedException(InputRefusal.Truncated, "The file has no index (its 'moov' is missing): it was cut off while being recorded or copied, so get the whole file.");
        }

        if (Says(errors, "Permission denied"))
        {
            return new InputRefusedException(InputRefusal.Unreadable, "The file cannot be read inside the sandbox: permission is denied.");
        }

        return Says(errors, "whitelist") || sentence.Length == 0
            ? new InputRefusedException(InputRefusal.NotAVideo, "The file is not a video in a container this program opens (MP4, MOV, Matroska, WebM, MPEG-TS, MPEG-PS, AVI, Ogg, FLV, ASF, MXF, IVF, DV).")
            : new InputRefusedException(otherwise, sentence);
    }

    private static bool Says(string errors, string text) => errors.Contains(text, StringComparison.Ordinal);
}
