using VideoMesh.Chain.Primitives;

namespace VideoMesh.Client.Commands;

/// <summary>Prices on the command line: for a million ω, such as <c>100000nano</c>, <c>100000</c> or <c>0.0001VID</c>.</summary>
internal static class Prices
{
    private const string Unit = "nano";

    /// <exception cref="CommandFailure">It is not a price.</exception>
    public static Amount Parse(string option, string text)
    {
        var plain = text.EndsWith(Unit, StringComparison.OrdinalIgnoreCase) ? text[..^Unit.Length].TrimEnd() : text;
        return Amount.TryParse(plain, out var price) && (plain.Length == text.Length || plain.All(char.IsAsciiDigit))
            ? price
            : throw CommandFailure.Usage("bad-price", $"{option} wants a price for a million ω such as 100000nano, not '{text}'.");
    }
}
