using System.Globalization;

namespace VideoMesh.Miners.Content;

/// <summary>Which bytes a GET gives (RFC 9110, section 14).</summary>
public abstract record ContentRange
{
    private ContentRange()
    {
    }

    /// <summary>All bytes, with 200.</summary>
    public sealed record Whole : ContentRange;

    /// <summary>Some bytes, with 206.</summary>
    public sealed record Part(long First, long Length) : ContentRange;

    /// <summary>None, with 416.</summary>
    public sealed record Unsatisfiable : ContentRange;

    /// <summary>Decides from the headers. What is no single well-formed byte range is ignored, as the RFC allows.</summary>
    /// <param name="range">The <c>Range</c> header.</param>
    /// <param name="ifRange">The <c>If-Range</c> header.</param>
    /// <param name="etag">The content's strong entity tag, with quotes.</param>
    /// <param name="length">The content's size in bytes.</param>
    public static ContentRange Decide(string? range, string? ifRange, string etag, long length)
    {
        const string unit = "bytes=";
        if (range is null || !range.StartsWith(unit, StringComparison.OrdinalIgnoreCase) || range.Contains(',', StringComparison.Ordinal)
            || (!string.IsNullOrEmpty(ifRange) && !string.Equals(ifRange, etag, StringComparison.Ordinal)))
        {
            return new Whole();
        }

        var bounds = range.AsSpan(unit.Length).Trim();
        var dash = bounds.IndexOf('-');
        if (dash < 0)
        {
            return new Whole();
        }

        if (dash == 0)
        {
            if (!TryRead(bounds[1..], out var suffix))
            {
                return new Whole();
            }

            var taken = Math.Min(suffix, length);
            return taken == 0 ? new Unsatisfiable() : new Part(length - taken, taken);
        }

        var last = long.MaxValue;
        if (!TryRead(bounds[..dash], out var first) || (dash < bounds.Length - 1 && !TryRead(bounds[(dash + 1)..], out last)) || last < first)
        {
            return new Whole();
        }

        return first >= length ? new Unsatisfiable() : new Part(first, Math.Min(last, length - 1) - first + 1);
    }

    private static bool TryRead(ReadOnlySpan<char> digits, out long value) =>
        long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
