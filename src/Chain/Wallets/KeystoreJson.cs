using System.Text.Json;

namespace VideoMesh.Chain.Wallets;

/// <summary>Reads members of a keystore, which anybody may have written: what is missing or of another shape is refused by name.</summary>
internal static class KeystoreJson
{
    // programs differ in case: crypto, Crypto
    internal static JsonElement? Find(this JsonElement parent, string name) =>
        parent.ValueKind != JsonValueKind.Object ? throw Malformed($"an object with {name} is expected")
        : parent.EnumerateObject().Where(member => string.Equals(member.Name, name, StringComparison.OrdinalIgnoreCase)).Select(member => (JsonElement?)member.Value).FirstOrDefault();

    internal static JsonElement Member(this JsonElement parent, string name) => parent.Find(name) ?? throw Malformed($"{name} is missing");

    internal static string Text(this JsonElement parent, string name) => parent.Member(name) is { ValueKind: JsonValueKind.String } value
        ? value.GetString()!
        : throw Malformed($"{name} is no text");

    internal static int Number(this JsonElement parent, string name) => parent.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) && number > 0
        ? number
        : throw Malformed($"{name} is no number from 1 to {int.MaxValue}");

    /// <param name="min">Fewest bytes.</param>
    /// <param name="max">Most bytes.</param>
    internal static byte[] Bytes(this JsonElement parent, string name, int min, int max)
    {
        var digits = parent.Text(name);
        digits = digits.StartsWith("0x", StringComparison.Ordinal) ? digits[2..] : digits;
        if (digits.Length % 2 != 0 || digits.Length < 2 * min || digits.Length > 2 * max || !digits.All(char.IsAsciiHexDigit))
        {
            throw Malformed(min == max ? $"{name} is not {min} hexadecimal bytes" : $"{name} is not {min} to {max} hexadecimal bytes");
        }

        return Convert.FromHexString(digits);
    }

    internal static WalletException Malformed(string what) => new(WalletRefusal.KeystoreMalformed, $"This is not a V3 keystore: {what}.");
}
