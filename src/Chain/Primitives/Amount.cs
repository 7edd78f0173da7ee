using System.Globalization;

namespace VideoMesh.Chain.Primitives;

/// <summary>An amount of the network's coin in nano-VID (10⁻⁹ VID). All arithmetic is checked: what does not fit is an <see cref="OverflowException"/>, and
/// rules that can be fed large numbers by strangers ask <see cref="TryAdd"/> and <see cref="TrySubtract"/>. Written as VID: <c>1.5 VID</c>.</summary>
public readonly record struct Amount(ulong Nano) : IComparable<Amount>
{
    /// <summary>How many nano-VID make one VID.</summary>
    public const ulong NanoPerVid = 1_000_000_000;

    private const int Decimals = 9;

    public static Amount Zero => default;

    /// <param name="vid">Whole VID.</param>
    public static Amount FromVid(ulong vid) => new(checked(vid * NanoPerVid));

    /// <summary>Reads <c>1.5VID</c>, <c>2 VID</c> (at most nine decimals) or a plain integer of nano-VID.</summary>
    public static bool TryParse(string? text, out Amount amount)
    {
        amount = default;
        text = text?.Trim() ?? "";
        if (!text.EndsWith("VID", StringComparison.OrdinalIgnoreCase))
        {
            var plain = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var nano);
            amount = new Amount(nano);
            return plain;
        }

        var parts = text[..^3].TrimEnd().Split('.');
        if (parts.Length > 2 || !ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var whole))
        {
            return false;
        }

        ulong fraction = 0;
        if (parts.Length == 2 && (parts[1].Length is 0 or > Decimals
            || !ulong.TryParse(parts[1].PadRight(Decimals, '0'), NumberStyles.None, CultureInfo.InvariantCulture, out fraction)))
        {
            return false;
        }

        var total = ((UInt128)whole * NanoPerVid) + fraction;
        if (total > ulong.MaxValue)
        {
            return false;
        }

        amount = new Amount((ulong)total);
        return true;
    }

    /// <summary>Adds, unless the sum does not fit.</summary>
    public bool TryAdd(Amount other, out Amount sum)
    {
        sum = new Amount(unchecked(Nano + other.Nano));
        return sum.Nano >= Nano;
    }

    /// <summary>Subtracts, unless <paramref name="other"/> is the larger one.</summary>
    public bool TrySubtract(Amount other, out Amount difference)
    {
        difference = new Amount(unchecked(Nano - other.Nano));
        return other.Nano <= Nano;
    }

    /// <summary>This amount × <paramref name="numerator"/> ÷ <paramref name="denominator"/>, rounded down; the product itself never overflows.</summary>
    public Amount Share(ulong numerator, ulong denominator) => new(checked((ulong)((UInt128)Nano * numerator / denominator)));

    public int CompareTo(Amount other) => Nano.CompareTo(other.Nano);

    public override string ToString()
    {
        var (whole, fraction) = Math.DivRem(Nano, NanoPerVid);
        return fraction == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{whole} VID")
            : string.Create(CultureInfo.InvariantCulture, $"{whole}.{fraction.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0')} VID");
    }

    public static Amount operator +(Amount left, Amount right) => new(checked(left.Nano + right.Nano));

    public static Amount operator -(Amount left, Amount right) => new(checked(left.Nano - right.Nano));

    public static Amount operator *(Amount left, ulong right) => new(checked(left.Nano * right));

    public static bool operator <(Amount left, Amount right) => left.Nano < right.Nano;

    public static bool operator >(Amount left, Amount right) => left.Nano > right.Nano;

    public static bool operator <=(Amount left, Amount right) => left.Nano <= right.Nano;

    public static bool operator >=(Amount left, Amount right) => left.Nano >= right.Nano;
}
