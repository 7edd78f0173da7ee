using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace VideoMesh.Miners.Media;

/// <summary>ffprobe's account of a file, as typed values. Pure.</summary>
internal sealed partial record ProbedContainer(string Format, double StartSeconds, ImmutableArray<ProbedStream> Streams, int Chapters)
{
    private const int LongestSide = 16384;

    // A track's language and title may stand in a file's metadata in any length; ours may not.
    private const int LongestTag = 200;

    private static readonly ImmutableHashSet<string> TextSubtitles = ImmutableHashSet.Create(
        StringComparer.Ordinal, "subrip", "srt", "ass", "ssa", "webvtt", "mov_text", "text", "ttml", "microdvd", "subviewer", "subviewer1", "sami", "realtext", "jacosub", "mpl2", "pjs", "stl", "vplayer");

    /// <summary>What the program complained about while it looked at the file.</summary>
    public string Errors { get; init; } = "";

    /// <summary>Transport and program streams restart their clock where recordings were joined.</summary>
    public bool HasDiscontinuousClock => Format is "mpegts" or "mpeg";

    /// <summary>AVI keeps no presentation times; asked to fill them in, the demuxer gives decoding order as if it were the order of showing.</summary>
    public bool MakesUpTimes => Format is "avi";

    public static ProbedContainer Read(JsonElement root)
    {
        var format = root.TryGetProperty("format", out var found) ? found : default;
        var streams = root.TryGetProperty("streams", out var list) ? list.EnumerateArray().Select(ProbedStream.Read).ToImmutableArray() : [];
        var chapters = root.TryGetProperty("chapters", out var items) ? items.GetArrayLength() : 0;
        return new ProbedContainer(Json.Text(format, "format_name") ?? "", Json.Seconds(format, "start_time") ?? 0, streams, chapters);
    }

    /// <exception cref="InputRefusedException">There is none that can be worked on.</exception>
    public ProbedStream ChooseVideo()
    {
        var videos = Streams.Where(stream => stream is { Type: "video", IsPicture: false }).ToList();
        if (videos.Count == 0)
        {
            throw Streams.Any(stream => stream.Type is "audio")
                ? new InputRefusedException(InputRefusal.AudioOnly, "The file has sound but no video: give a video file.")
                : new InputRefusedException(InputRefusal.NotAVideo, "The file has no video stream: give a video file.");
        }

        var chosen = videos.OrderByDescending(video => video.IsDefault).ThenByDescending(video => (long)video.Width * video.Height).First();
        if (chosen.Width == 0 && Errors.Contains("Picture size", StringComparison.Ordinal))
        {
            throw new InputRefusedException(InputRefusal.AbsurdDimensions, "The video claims a picture size that no decoder takes: the file is damaged or made to do harm.");
        }

        if (chosen.Width is < 0 or > LongestSide || chosen.Height is < 0 or > LongestSide || (long)chosen.Width * chosen.Height > EncodeArguments.MostPixels)
        {
            throw new InputRefusedException(
                InputRefusal.AbsurdDimensions,
                $"The video claims {chosen.Width}×{chosen.Height} pixels: at most {LongestSide} a side and {EncodeArguments.MostPixels / 1_000_000} million together are taken.");
        }

        return chosen is { Width: > 0, Height: > 0, PixelFormat.Length: > 0, Codec.Length: > 0 }
            ? chosen
            : throw new InputRefusedException(InputRefusal.NoDecodableVideo, $"The video stream ({(chosen.Codec.Length > 0 ? chosen.Codec : "unknown codec")}) cannot be decoded: it is damaged, or its codec is not supported.");
    }

    public SourceInfo ToSource(ProbedStream video, PacketTimeline timeline)
    {
        var notes = timeline.Notes;
        var videos = Streams.Count(stream => stream is { Type: "video", IsPicture: false });
        if (videos > 1)
        {
            notes = notes.Add($"The file has {videos} video streams; stream {video.Index} ({video.Width}×{video.Height}) is used.");
        }

        return new SourceInfo
        {
            Container = Format,
            StartSeconds = StartSeconds,
            Video = new VideoTrack
            {
                StreamIndex = video.Index,
                Codec = video.Codec,
                CodedWidth = video.Width,
                CodedHeight = video.Height,
                Orientation = video.Orientation,
                SampleAspect = SaneAspect(video.SampleAspect),
                PixelFormat = video.PixelFormat,
                BitDepth = BitDepth(video),
                TimeBase = video.TimeBase,
                FrameRate = timeline.FrameRate,
                ConstantRate = timeline.ConstantRate,
                Colour = video.Colour,
                Interlaced = video.FieldOrder is "tt" or "bb" or "tb" or "bt",
                Language = Short(video.Language),
            },
            Packets = timeline.Packets,
            FrameTimes = timeline.FrameTimes,
            EndTime = timeline.EndTime,
            Audio = [.. Streams.Where(stream => stream.Type is "audio").Select((stream, i) => new AudioTrack(
                stream.Index, i, stream.Codec, stream.Channels, stream.ChannelLayout, stream.SampleRate, Short(stream.Language), Short(stream.Title), stream.IsDefault))],
            Subtitles = [.. Streams.Where(stream => stream.Type is "subtitle").Select((stream, i) => new SubtitleTrack(
                stream.Index, i, stream.Codec, TextSubtitles.Contains(stream.Codec), Short(stream.Language), Short(stream.Title)))],
            Chapters = Chapters,
            Notes = notes,
        };
    }

    // a sample ten times wider than high is a damaged header, not a picture
    private static Rational SaneAspect(Rational? aspect) => aspect is { IsPositive: true } known && known.Value is > 0.1 and < 10 ? known : new Rational(1, 1);

    private static int BitDepth(ProbedStream video)
    {
        var match = DeepFormat().Match(video.PixelFormat);
        var named = match.Success ? int.Parse(match.Groups["depth"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 8;
        return named switch
        {
            48 or 64 => 16,
            _ => named,
        };
    }

    private static string? Short(string? text) => text is null || text.Length <= LongestTag ? text : text[..LongestTag];

    [GeneratedRegex("(?<depth>9|10|12|14|16|48|64)(?:le|be)$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DeepFormat();
}
