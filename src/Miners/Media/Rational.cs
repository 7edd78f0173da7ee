using System.Globalization;

namespace VideoMesh.Miners.Media;

/// <summary>An exact fraction, as containers use for time bases and frame rates. Always in lowest terms with a positive denominator.</summary>
public readonly record struct Rational
{
    private readonly long _denominator;

    public Rational(long numerator, long denominator)
    {
        ArgumentOutOfRangeException.ThrowIfZero(denominator);
        var divisor = GreatestCommonDivisor(Math.Abs(numerator), Math.Abs(denominator));
        divisor = denominator < 0 ? -divisor : divisor;
        Numerator = numerator / divisor;
        _denominator = denominator / divisor;
    }

    public long Numerator { get; }

    public long Denominator => _denominator == 0 ? 1 : _denominator;

    public double Value => (double)Numerator / Denominator;

    public bool IsPositive => Numerator > 0;

    public Rational Inverse => new(Denominator, Numerator);

    /// <summary>Reads ffprobe's <c>30000/1001</c> or <c>16:9</c>; null for anything without a meaning, such as <c>0/0</c> or <c>N/A</c>.</summary>
    public static Rational? Parse(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var cut = text.AsSpan().IndexOfAny('/', ':');
        return cut > 0
            && long.TryParse(text.AsSpan(0, cut), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var numerator)
            && long.TryParse(text.AsSpan(cut + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var denominator)
            && denominator > 0
            ? new Rational(numerator, denominator)
            : null;
    }

    /// <summary>Converts a count of units of <paramref name="from"/> seconds to units of <paramref name="to"/> seconds, rounding halves away from zero.</summary>
    public static long Rescale(long value, Rational from, Rational to)
    {
        var numerator = (Int128)value * from.Numerator * to.Denominator;
        var denominator = (Int128)from.Denominator * to.Numerator;
        var half = denominator / 2;
        return (long)(numerator >= 0 ? (numerator + half) / denominator : -((-numerator + half) / denominator));
    }

    /// <summary>How long that many units last, taking this fraction as a time base in seconds.</summary>
    public TimeSpan Span(long units) => new(Rescale(units, this, new Rational(1, TimeSpan.TicksPerSecond)));

    public override string ToString() => $"{Numerator}/{Denominator}";

    private static long GreatestCommonDivisor(long a, long b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a == 0 ? 1 : a;
    }
}
