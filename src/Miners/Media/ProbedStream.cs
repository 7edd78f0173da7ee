using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace VideoMesh.Miners.Media;

/// <summary>One stream by ffprobe's account.</summary>
internal sealed record ProbedStream
{
    private static readonly ImmutableHashSet<string> CodecsOfSingleFrames =
        ImmutableHashSet.Create(StringComparer.Ordinal, "mjpeg", "dvvideo", "rawvideo", "huffyuv", "ffvhuff", "utvideo", "v210");

    public required int Index { get; init; }

    public required string Type { get; init; }

    public required string Codec { get; init; }

    /// <summary>Cover art and other still pictures that ride along.</summary>
    public required bool IsPicture { get; init; }

    public required bool IsDefault { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required string PixelFormat { get; init; }

    public required Rational? SampleAspect { get; init; }

    public required string FieldOrder { get; init; }

    public required Rational TimeBase { get; init; }

    public required Rational? AverageRate { get; init; }

    public required Rational? NominalRate { get; init; }

    /// <summary>Whether frames lie in another order than they are shown in.</summary>
    public required bool Reorders { get; init; }

    /// <summary>Whether, by its codec, no frame needs another, so that frames lie in the order they are shown in.</summary>
    public bool StandsAlone => CodecsOfSingleFrames.Contains(Codec);

    public required int? FrameCount { get; init; }

    public required ColourTags Colour { get; init; }

    public required Orientation Orientation { get; init; }

    public required int Channels { get; init; }

    public required string ChannelLayout { get; init; }

    public required int SampleRate { get; init; }

    public required string? Language { get; init; }

    public required string? Title { get; init; }

    public static ProbedStream Read(JsonElement stream)
    {
        var disposition = stream.TryGetProperty("disposition", out var flags) ? flags : default;
        var tags = stream.TryGetProperty("tags", out var found) ? found : default;
        return new ProbedStream
        {
            Index = Json.Integer(stream, "index") ?? -1,
            Type = Json.Text(stream, "codec_type") ?? "",
            Codec = Json.Text(stream, "codec_name") is { } codec and not "unknown" ? codec : "",
            IsPicture = Json.Integer(disposition, "attached_pic") == 1 || Json.Integer(disposition, "timed_thumbnails") == 1,
            IsDefault = Json.Integer(disposition, "default") == 1,
            Width = Json.Integer(stream, "width") ?? 0,
            Height = Json.Integer(stream, "height") ?? 0,
            PixelFormat = Json.Text(stream, "pix_fmt") is { } format and not "unknown" ? format : "",
            SampleAspect = Rational.Parse(Json.Text(stream, "sample_aspect_ratio")),
            FieldOrder = Json.Text(stream, "field_order") ?? "",
            TimeBase = Rational.Parse(Json.Text(stream, "time_base")) is { IsPositive: true } timeBase ? timeBase : new Rational(1, 1000),
            AverageRate = Rational.Parse(Json.Text(stream, "avg_frame_rate")),
            NominalRate = Rational.Parse(Json.Text(stream, "r_frame_rate")),
            Reorders = Json.Integer(stream, "has_b_frames") > 0,
            FrameCount = int.TryParse(Json.Text(stream, "nb_frames"), NumberStyles.None, CultureInfo.InvariantCulture, out var frames) ? frames : null,
            Colour = new ColourTags(
                Json.Text(stream, "color_range") is "tv" or "pc" ? Json.Text(stream, "color_range")! : "",
                Known(stream, "color_primaries", ColourNames.Primaries),
                Known(stream, "color_transfer", ColourNames.Transfers),
                Json.Text(stream, "color_space") is "gbr" ? "gbr" : Known(stream, "color_space", ColourNames.Spaces)),
            Orientation = DisplayMatrix.Read(stream),
            Channels = Json.Integer(stream, "channels") ?? 0,
            ChannelLayout = Json.Text(stream, "channel_layout") ?? "",
            SampleRate = int.TryParse(Json.Text(stream, "sample_rate"), NumberStyles.None, CultureInfo.InvariantCulture, out var rate) ? rate : 0,
            Language = Json.Text(tags, "language") is { } language and not "und" ? language : null,
            Title = Json.Text(tags, "title"),
        };
    }

    private static string Known(JsonElement stream, string key, ImmutableHashSet<string> names) =>
        Json.Text(stream, key) is { } name && names.Contains(name) ? name : "";
}

/// <summary>Reads the side data by which containers say how a picture lies.</summary>
internal static class DisplayMatrix
{
    public static Orientation Read(JsonElement stream)
    {
        if (!stream.TryGetProperty("side_data_list", out var list) || list.ValueKind != JsonValueKind.Array)
        {
            return Orientation.Upright;
        }

        foreach (var item in list.EnumerateArray())
        {
            if (Json.Text(item, "displaymatrix") is { } text && Parse(text) is { } orientation)
            {
                return orientation;
            }
        }

        return Orientation.Upright;
    }

    // Three lines "00000000:  a  b  u": the point (x, y) is shown at (a·x + c·y, b·x + d·y), y pointing down. Oblique ones go to the nearest quarter.
    internal static Orientation? Parse(string text)
    {
        var numbers = text.Split((char[])[' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries)
            .Where(word => !word.EndsWith(':'))
            .Select(word => long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0)
            .ToArray();
        if (numbers.Length < 5)
        {
            return null;
        }

        var (a, b, c, d) = (numbers[0], numbers[1], numbers[3], numbers[4]);
        if (Math.Abs(a) >= Math.Abs(b))
        {
            return (a < 0, d < 0) switch
            {
                (false, false) => Orientation.Upright,
                (true, true) => Orientation.TurnHalf,
                (true, false) => Orientation.Mirror,
                (false, true) => Orientation.MirrorTurnHalf,
            };
        }

        return (b < 0, c < 0) switch
        {
            (false, true) => Orientation.TurnClockwise,
            (true, false) => Orientation.TurnAnticlockwise,
            (false, false) => Orientation.MirrorTurnAnticlockwise,
            (true, true) => Orientation.MirrorTurnClockwise,
        };
    }
}

/// <summary>Fields of ffprobe's JSON, where any may be missing.</summary>
internal static class Json
{
    public static string? Text(JsonElement element, string key) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static int? Integer(JsonElement element, string key) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;

    public static double? Seconds(JsonElement element, string key) =>
        double.TryParse(Text(element, key), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && double.IsFinite(seconds) ? seconds : null;
}
