using System.Globalization;

namespace VideoMesh.Client.Commands;

/// <summary>Sizes as people type them.</summary>
internal static class Sizes
{
    private static readonly (string Unit, long Bytes)[] s_units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1),
    ];

    /// <summary>Reads <c>200GiB</c>, <c>1.5TB</c> or plain bytes.</summary>
    /// <returns>Bytes, from 0 to 2⁵⁰.</returns>
    /// <exception cref="CommandFailure">It is no such size.</exception>
    public static long Parse(string option, string text)
    {
        var (unit, bytes) = s_units.FirstOrDefault(known => text.EndsWith(known.Unit, StringComparison.OrdinalIgnoreCase), ("", 1));
        return decimal.TryParse(text[..^unit.Length].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number <= (1L << 50) / (decimal)bytes
            ? (long)(number * bytes)
            : throw CommandFailure.Usage("bad-size", $"{option} wants a size such as 200GiB, not '{text}'.");
    }
}
