using System.Globalization;
using System.Text;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Media;

/// <summary>Finds out what an encoded segment really is, without decoding it and without trusting who sent it.</summary>
public static class SegmentInspector
{
    /// <summary>Encoded segments come as MP4 and as nothing else.</summary>
    private const string Format = "mov";

    private const string HashFile = "packets.sha256";
    private const int MostHashBytes = 4096;

    /// <summary>Inspects a file by one run.</summary>
    /// <param name="session">A session in which the file can be seen, with a work folder that can be written.</param>
    /// <param name="path">The file as the sandbox sees it: relative to the work folder, or from <see cref="ISandboxSession.InputPath"/>.</param>
    /// <param name="cancellationToken">Ends the inspection.</param>
    /// <exception cref="MediaException">It is not an MP4 file with exactly one video stream that starts with a keyframe.</exception>
    public static async Task<SegmentFacts> InspectAsync(ISandboxSession session, string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        var file = new FileInfo(Path.Combine(session.WorkFolder, path));
        return await InspectAsync(session, path, file.Exists ? file.Length : 0, cancellationToken);
    }

    /// <param name="session">As above.</param>
    /// <param name="path">As above.</param>
    /// <param name="bytes">The file's size, for files that this process sees under another path than the sandbox.</param>
    /// <param name="cancellationToken">As above.</param>
    /// <inheritdoc cref="InspectAsync(ISandboxSession, string, CancellationToken)"/>
    public static async Task<SegmentFacts> InspectAsync(ISandboxSession session, string path, long bytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        var input = FfmpegPath.Of(path);
        var table = new FrameTable();
        var hash = WorkPath.Free(session, HashFile);
        // one run makes both: a table of packets, and one hash over all of them
        await FfmpegRun.RunAsync(
            session,
            MediaTool.Ffmpeg,
            [
                "-v", "error", "-nostdin", "-protocol_whitelist", "file", "-format_whitelist", Format, "-max_pixels", $"{EncodeArguments.MostPixels}", "-threads", "1", "-i", input,
                "-map", "0", "-c", "copy", "-f", "framecrc", "pipe:1",
                "-map", "0:v", "-c", "copy", "-f", "streamhash", "-hash", "sha256", "-y", FfmpegPath.Of(HashFile),
            ],
            "Inspecting the segment",
            cancellationToken,
            (stream, token) => LineReader.ReadAsync(stream, 1024, table.Line, token));
        var packetHash = await ReadHashAsync(session, cancellationToken);
        File.Delete(hash);
        return table.ToFacts(bytes, packetHash);
    }

    private static async Task<ContentHash> ReadHashAsync(ISandboxSession session, CancellationToken cancellationToken)
    {
        try
        {
            using var file = WorkPath.Open(session, HashFile);
            var buffer = new byte[MostHashBytes];
            var read = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            // "0,v,SHA256=…" and nothing after it: a second line would be a second stream
            var text = Encoding.ASCII.GetString(buffer, 0, read).Trim();
            var at = text.IndexOf("SHA256=", StringComparison.Ordinal);
            return at >= 0 && ContentHash.TryParse(text[(at + 7)..], out var hash)
                ? hash
                : throw new MediaException(MediaFault.SegmentMismatch, "The segment has not exactly one stream of packets.");
        }
        catch (IOException e)
        {
            throw new MediaException(MediaFault.SegmentMismatch, "The segment's packets could not be hashed.", e);
        }
    }

    /// <summary>The packet table that the framecrc muxer writes.</summary>
    internal sealed class FrameTable
    {
        private string _codec = "";
        private Rational? _timeBase;
        private int _width;
        private int _height;
        private int _frames;
        private long _first = long.MaxValue;
        private long _end = long.MinValue;
        private bool _otherStreams;

        public void Line(string line)
        {
            if (line.StartsWith('#'))
            {
                Header(line);
                return;
            }

            var fields = line.Split(',', StringSplitOptions.TrimEntries);
            if (fields.Length < 5 || fields[0] is not "0"
                || !long.TryParse(fields[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var pts)
                || !long.TryParse(fields[3], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var duration))
            {
                _otherStreams = true;
                return;
            }

            _frames++;
            _first = Math.Min(_first, pts);
            _end = Math.Max(_end, pts + duration);
        }

        public SegmentFacts ToFacts(long bytes, ContentHash packetHash) =>
            !_otherStreams && _frames > 0 && _timeBase is { IsPositive: true } timeBase && _codec.Length > 0
                ? new SegmentFacts(_codec, _width, _height, _frames, timeBase.Span(_end - _first), bytes, packetHash)
                : throw new MediaException(MediaFault.SegmentMismatch, "The segment is not one video stream with frames in it.");

        private void Header(string line)
        {
            var cut = line.IndexOf(": ", StringComparison.Ordinal);
            if (cut < 0)
            {
                return;
            }

            var value = line[(cut + 2)..];
            switch (line[..cut])
            {
                case "#tb 0":
                    _timeBase = Rational.Parse(value);
                    break;
                case "#codec_id 0":
                    _codec = value;
                    break;
                case "#dimensions 0" when value.Split('x') is [var width, var height]:
                    _ = int.TryParse(width, NumberStyles.None, CultureInfo.InvariantCulture, out _width);
                    _ = int.TryParse(height, NumberStyles.None, CultureInfo.InvariantCulture, out _height);
                    break;
                case var other when other.StartsWith("#tb", StringComparison.Ordinal):
                    _otherStreams = true;
                    break;
            }
        }
    }
}

/// <summary>Why an encoded segment is not accepted.</summary>
public enum SegmentFault
{
    WrongCodec,
    WrongSize,
    WrongFrameCount,
    WrongDuration,
}

/// <summary>Judges an encoded segment by its facts. Pure.</summary>
public static class SegmentCheck
{
    /// <summary>Null if the segment is what was asked for; else the first thing that is wrong.</summary>
    public static SegmentFault? Judge(int frames, RenditionSpec spec, SegmentFacts facts)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(facts);
        if (!string.Equals(facts.Codec, spec.Codec.ProbeName(), StringComparison.Ordinal))
        {
            return SegmentFault.WrongCodec;
        }

        if (facts.Width != spec.Width || facts.Height != spec.Height)
        {
            return SegmentFault.WrongSize;
        }

        if (facts.Frames != frames)
        {
            return SegmentFault.WrongFrameCount;
        }

        // segments are encoded at a steady rate, so their duration follows from their frames; half a frame is rounding
        var frame = spec.FrameRate.Inverse;
        var expected = frame.Span(frames);
        return (facts.Duration - expected).Duration() <= frame.Span(1) / 2 ? null : SegmentFault.WrongDuration;
    }

    /// <summary>One sentence for a log or a report.</summary>
    public static string Sentence(this SegmentFault fault) => fault switch
    {
        SegmentFault.WrongCodec => "The segment is of another codec than was asked for.",
        SegmentFault.WrongSize => "The segment's pictures have another size than was asked for.",
        SegmentFault.WrongFrameCount => "The segment has not as many frames as its source.",
        SegmentFault.WrongDuration => "The segment does not last as long as its frames do.",
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "Not a fault."),
    };
}
