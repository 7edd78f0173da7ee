using System.Collections.Immutable;

namespace VideoMesh.Miners.Media;

/// <summary>Compiles renditions to one ffmpeg argument list: one decode, one output file each. Pure, and the same for miner and verifier.</summary>
public static class EncodeArguments
{
    /// <summary>Largest decoded picture in pixels.</summary>
    public const int MostPixels = 67_108_864;

    /// <summary>Frames between keyframes inside one segment. Fixed, so that all rungs of a ladder have theirs at the same places.</summary>
    public const int KeyframeInterval = 250;

    /// <summary>What a segment of the source may be, so that no bytes can make ffmpeg follow a playlist.</summary>
    internal const string SegmentFormat = "matroska";

    /// <summary>The argument list that encodes a segment in all these renditions.</summary>
    /// <param name="inputPath">The segment as the sandbox sees it.</param>
    /// <param name="specs">At least one; all of one job, so with the same frame rate and orientation.</param>
    /// <param name="outputs">One path ending in <c>.mp4</c> for each of <paramref name="specs"/>, as the sandbox sees it.</param>
    /// <exception cref="ArgumentException">A value is not from the closed lists: nothing a client sends reaches ffmpeg unchecked.</exception>
    public static IReadOnlyList<string> Build(string inputPath, IReadOnlyList<RenditionSpec> specs, IReadOnlyList<string> outputs)
    {
        ArgumentNullException.ThrowIfNull(specs);
        ArgumentNullException.ThrowIfNull(outputs);
        if (specs.Count == 0 || specs.Count != outputs.Count)
        {
            throw new ArgumentException($"{specs.Count} renditions need as many outputs, and at least one; {outputs.Count} were given.", nameof(outputs));
        }

        foreach (var spec in specs)
        {
            RenditionRules.Check(spec);
            if (spec.FrameRate != specs[0].FrameRate || spec.Deinterlace != specs[0].Deinterlace)
            {
                throw new ArgumentException("All renditions of one decode share frame rate and deinterlacing.", nameof(specs));
            }
        }

        List<string> arguments =
        [
            "-v", "error", "-nostdin", "-protocol_whitelist", "file", "-format_whitelist", SegmentFormat, "-max_pixels", $"{MostPixels}",
            "-threads", "1", "-noautorotate", "-r", specs[0].FrameRate.ToString(), "-i", FfmpegPath.Of(inputPath),
            "-filter_threads", "1", "-filter_complex_threads", "1", "-filter_complex", Graph(specs),
        ];
        for (var i = 0; i < specs.Count; i++)
        {
            arguments.AddRange(["-map", $"[v{i}]", .. EncoderFlags.Of(specs[i]), FfmpegPath.Of(outputs[i])]);
        }

        arguments.AddRange(["-progress", "pipe:1", "-nostats", "-stats_period", "0.5", "-y"]);
        return arguments;
    }

    private static string Graph(IReadOnlyList<RenditionSpec> specs)
    {
        var labels = string.Concat(Enumerable.Range(0, specs.Count).Select(i => $"[s{i}]"));
        var weave = specs[0].Deinterlace ? "bwdif=mode=send_frame:parity=auto:deint=interlaced," : "";
        var chains = specs.Select((spec, i) => $"[s{i}]{Chain(spec)}[v{i}]");
        return $"[0:v:0]{weave}split={specs.Count}{labels};{string.Join(';', chains)}";
    }

    private static string Chain(RenditionSpec spec)
    {
        var swaps = spec.Orientation.SwapsSides();
        var (width, height) = swaps ? (spec.Height, spec.Width) : (spec.Width, spec.Height);
        var matrix = ScaleMatrix(spec.ColourSpace) is { } name ? $":in_color_matrix={name}:out_color_matrix={name}" : "";
        // scaled first and turned after: turning the small picture is cheaper
        return $"scale={width}:{height}:flags=bicubic+accurate_rnd+bitexact:out_range=tv{matrix},format={spec.PixelFormat}{Turn(spec.Orientation)},setsar=1";
    }

    private static string Turn(Orientation orientation) => orientation switch
    {
        Orientation.Upright => "",
        Orientation.TurnClockwise => ",transpose=dir=clock",
        Orientation.TurnHalf => ",hflip,vflip",
        Orientation.TurnAnticlockwise => ",transpose=dir=cclock",
        Orientation.Mirror => ",hflip",
        Orientation.MirrorTurnClockwise => ",hflip,transpose=dir=clock",
        Orientation.MirrorTurnHalf => ",vflip",
        Orientation.MirrorTurnAnticlockwise => ",hflip,transpose=dir=cclock",
        _ => throw new ArgumentOutOfRangeException(nameof(orientation), orientation, "Not an orientation."),
    };

    // naming the same matrix on both sides keeps YUV as it is, and makes RGB sources the matrix their tag will say
    private static string? ScaleMatrix(string space) => space switch
    {
        "bt709" => "bt709",
        "smpte170m" or "bt470bg" => "bt601",
        "smpte240m" => "smpte240m",
        "fcc" => "fcc",
        "bt2020nc" or "bt2020c" => "bt2020",
        _ => null,
    };
}

/// <summary>What each encoder is told. Every flag that decides bytes is here, so that two machines of one class make the same ones.</summary>
internal static class EncoderFlags
{
    public static ImmutableArray<string> Of(RenditionSpec spec) =>
    [
        "-an", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1", "-vsync", "passthrough",
        .. Codec(spec),
        "-g", $"{EncodeArguments.KeyframeInterval}", "-pix_fmt", spec.PixelFormat,
        .. Colour("-color_range", spec.ColourRange),
        .. Colour("-color_primaries", spec.ColourPrimaries),
        .. Colour("-color_trc", spec.ColourTransfer),
        .. Colour("-colorspace", spec.ColourSpace),
        "-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-f", "mp4",
    ];

    private static string[] Codec(RenditionSpec spec) => spec.Codec switch
    {
        // the settings that x264 writes into an SEI would make the bytes depend on its version string
        VideoCodec.H264 => ["-c:v", "libx264", "-preset", spec.Preset, "-crf", $"{spec.Crf}", "-sc_threshold", "0", "-bsf:v", "filter_units=remove_types=6"],
        VideoCodec.H265 => ["-c:v", "libx265", "-preset", spec.Preset, "-crf", $"{spec.Crf}", "-tag:v", "hvc1", "-x265-params",
            "open-gop=0:scenecut=0:frame-threads=1:pools=none:info=0:log-level=error"],
        // equal least and most distance switches libvpx to fixed keyframes, which aligns ladders
        VideoCodec.Vp9 => ["-c:v", "libvpx-vp9", "-deadline", "good", "-cpu-used", spec.Preset, "-crf", $"{spec.Crf}", "-b:v", "0", "-row-mt", "0",
            "-keyint_min", $"{EncodeArguments.KeyframeInterval}"],
        VideoCodec.Av1 => ["-c:v", "libsvtav1", "-preset", spec.Preset, "-crf", $"{spec.Crf}", "-svtav1-params", "lp=1"],
        _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.Codec, "Not a video codec."),
    };

    private static string[] Colour(string option, string value) => value.Length == 0 ? [] : [option, value];
}

/// <summary>Checks a rendition that came over the wire against the closed lists.</summary>
public static class RenditionRules
{
    private const int LongestSide = 16384;
    private const int FastestRate = 1000;

    private static readonly ImmutableArray<string> PixelFormats = ["yuv420p", "yuv420p10le"];
    private static readonly ImmutableArray<string> Ranges = ["", "tv", "pc"];

    /// <exception cref="ArgumentException">Something is out of range or not in its list; the message names it.</exception>
    public static void Check(RenditionSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var (least, most) = EncoderPresets.CrfRange(Enum.IsDefined(spec.Codec) ? spec.Codec : throw Bad(spec, "codec"));
        Require(spec.Width is > 0 and <= LongestSide && spec.Width % 2 == 0, spec, "width");
        Require(spec.Height is > 0 and <= LongestSide && spec.Height % 2 == 0, spec, "height");
        Require((long)spec.Width * spec.Height <= EncodeArguments.MostPixels, spec, "size");
        Require(spec.Crf >= least && spec.Crf <= most, spec, "crf");
        Require(EncoderPresets.Of(spec.Codec).Contains(spec.Preset, StringComparer.Ordinal), spec, "preset");
        Require(PixelFormats.Contains(spec.PixelFormat, StringComparer.Ordinal), spec, "pixel format");
        Require(spec.Codec != VideoCodec.H264 || spec.PixelFormat is "yuv420p", spec, "pixel format");
        Require(Enum.IsDefined(spec.Orientation), spec, "orientation");
        Require(spec.FrameRate.IsPositive && spec.FrameRate.Value <= FastestRate, spec, "frame rate");
        Require(spec.FrameRate is { Numerator: <= int.MaxValue, Denominator: <= int.MaxValue }, spec, "frame rate");
        Require(Ranges.Contains(spec.ColourRange, StringComparer.Ordinal), spec, "colour range");
        Require(spec.ColourPrimaries.Length == 0 || ColourNames.Primaries.Contains(spec.ColourPrimaries), spec, "colour primaries");
        Require(spec.ColourTransfer.Length == 0 || ColourNames.Transfers.Contains(spec.ColourTransfer), spec, "colour transfer");
        Require(spec.ColourSpace.Length == 0 || ColourNames.Spaces.Contains(spec.ColourSpace), spec, "colour space");
    }

    private static void Require(bool holds, RenditionSpec spec, string what)
    {
        if (!holds)
        {
            throw Bad(spec, what);
        }
    }

    private static ArgumentException Bad(RenditionSpec spec, string what) => new($"Rendition '{spec.Name}' has an impossible {what}.", nameof(spec));
}

/// <summary>The colour tags that pass through, by ffmpeg's names. Others are dropped as if the source had none.</summary>
internal static class ColourNames
{
    public static readonly ImmutableHashSet<string> Primaries = ImmutableHashSet.Create(
        StringComparer.Ordinal, "bt709", "bt470m", "bt470bg", "smpte170m", "smpte240m", "film", "bt2020", "smpte428", "smpte431", "smpte432");

    public static readonly ImmutableHashSet<string> Transfers = ImmutableHashSet.Create(
        StringComparer.Ordinal, "bt709", "gamma22", "gamma28", "smpte170m", "smpte240m", "linear", "iec61966-2-1", "bt2020-10", "bt2020-12", "smpte2084", "arib-std-b67");

    public static readonly ImmutableHashSet<string> Spaces = ImmutableHashSet.Create(
        StringComparer.Ordinal, "bt709", "fcc", "bt470bg", "smpte170m", "smpte240m", "bt2020nc", "bt2020c");
}
