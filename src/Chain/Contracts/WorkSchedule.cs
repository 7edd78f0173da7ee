using System.Collections.Frozen;
using System.Globalization;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Contracts;

/// <summary>
/// ω of transcoding work: pixels of the output × the weight of its codec and preset ÷ 1000, so nobody has to trust anybody's clock. Weights stand for
/// one-core encoding times per pixel, x264 medium being 1000. They are estimates: nobody has measured them yet.
/// </summary>
public static class WorkSchedule
{
    /// <summary>The widest and highest picture, in pixels.</summary>
    public const uint MaxSide = 16_384;

    /// <summary>The most frames of one segment.</summary>
    public const uint MaxFrames = 1 << 20;

    /// <summary>Prices are per so many ω.</summary>
    public const ulong WattsPerPrice = 1_000_000;

    private const ulong WeightUnit = 1000;

    private static readonly FrozenDictionary<(string Codec, string Preset), uint> Weights = Table(
        ("h264", "ultrafast 190, superfast 270, veryfast 430, faster 660, fast 900, medium 1000, slow 1650, slower 3200, veryslow 5400"),
        ("h265", "ultrafast 950, superfast 1250, veryfast 2000, faster 2050, fast 2900, medium 4100, slow 11500, slower 31000, veryslow 48000"),
        ("vp9", "0 60000, 1 15500, 2 8600, 3 7000, 4 4700, 5 3300"),
        ("av1", "2 75000, 3 42000, 4 24000, 5 13500, 6 8600, 7 5600, 8 3600, 9 2500, 10 1800, 11 1500, 12 1200"));

    /// <summary>The weights of the schedule: codec and preset by the names profiles use.</summary>
    public static IEnumerable<(string Codec, string Preset, uint Weight)> Entries => Weights.Select(entry => (entry.Key.Codec, entry.Key.Preset, entry.Value));

    /// <summary>Whether the schedule knows a codec and preset: what it does not know has no price.</summary>
    public static bool Knows(string codec, string preset) => Weights.ContainsKey((codec, preset));

    /// <param name="codec">Such as <c>h264</c>.</param>
    /// <param name="preset">Such as <c>medium</c>.</param>
    /// <param name="frames">Of the output, at most <see cref="MaxFrames"/>.</param>
    /// <param name="width">Pixels, at most <see cref="MaxSide"/>.</param>
    /// <param name="height">Pixels, at most <see cref="MaxSide"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The schedule does not know codec and preset, or the picture is larger than it knows.</exception>
    public static ulong Of(string codec, string preset, uint frames, uint width, uint height)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(frames, MaxFrames);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, MaxSide);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, MaxSide);
        var weight = Weights.TryGetValue((codec, preset), out var known) ? known : throw new ArgumentOutOfRangeException(nameof(preset), preset, "The schedule has no such preset.");

        // 2²⁰ frames of 2²⁸ pixels and a weight below 2¹⁷ fit into 65 bits
        return (ulong)((UInt128)frames * width * height * weight / WeightUnit);
    }

    /// <summary>What ω cost at a price, rounded down.</summary>
    /// <param name="watts">ω.</param>
    /// <param name="price">π in nano-VID per million ω.</param>
    /// <returns>Null when that is more than there can be.</returns>
    public static Amount? Price(UInt128 watts, Amount price)
    {
        var nano = watts * price.Nano / WattsPerPrice;
        return nano <= ulong.MaxValue ? new Amount((ulong)nano) : null;
    }

    private static FrozenDictionary<(string, string), uint> Table(params (string Codec, string Presets)[] codecs) => codecs
        .SelectMany(entry => entry.Presets.Split(", ").Select(preset => preset.Split(' '))
            .Select(preset => KeyValuePair.Create((entry.Codec, preset[0]), uint.Parse(preset[1], CultureInfo.InvariantCulture))))
        .ToFrozenDictionary();
}
