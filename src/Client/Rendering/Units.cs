using System.Globalization;
using System.Text;

namespace VideoMesh.Client.Rendering;

/// <summary>Amounts as people read them.</summary>
public static class Units
{
    /// <summary>Room for a stranger's sentence.</summary>
    public const int SentenceLength = 300;

    private static readonly string[] ByteUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary><c>0 B</c>, <c>1.5 KiB</c>, <c>640 MiB</c>: three figures at most.</summary>
    public static string Bytes(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var unit = 0;
        var value = (double)bytes;
        // 999.5 would be printed as the fourth figure of its own unit
        while (value >= 999.5 && unit < ByteUnits.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value.ToString(unit > 0 && value < 99.95 ? "0.#" : "0", CultureInfo.InvariantCulture)} {ByteUnits[unit]}");
    }

    /// <summary><c>0:07</c>, <c>12:34</c>, <c>3:05:09</c>, <c>2 d 04:00:00</c>; rounded up to whole seconds, so that what remains is never shown as nothing.</summary>
    public static string Duration(TimeSpan duration)
    {
        var seconds = TimeSpan.FromSeconds(Math.Ceiling(Math.Max(0, duration.TotalSeconds)));
        return seconds switch
        {
            { TotalDays: >= 1 } => seconds.ToString(@"d\ \d\ hh\:mm\:ss", CultureInfo.InvariantCulture),
            { TotalHours: >= 1 } => seconds.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture),
            _ => seconds.ToString(@"m\:ss", CultureInfo.InvariantCulture),
        };
    }

    /// <summary><c>0x12ab…90ef</c>: enough to recognise an account by.</summary>
    public static string Abbreviate(Chain.Primitives.Address address)
    {
        var text = address.ToString();
        return $"{text[..6]}…{text[^4..]}";
    }

    /// <summary>A stranger's text made safe for a terminal: no control or invisible characters, and at most <paramref name="length"/> of what is left.</summary>
    public static string Clean(string text, int length)
    {
        var clean = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length >= length)
            {
                clean.Append('…');
                break;
            }

            clean.Append(Rune.GetUnicodeCategory(rune) switch
            {
                UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                    or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => "?",
                _ => rune.ToString(),
            });
        }

        return clean.ToString();
    }
}
