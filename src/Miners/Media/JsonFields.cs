using System.Collections.Immutable;
using System.Text.Json;

namespace VideoMesh.Miners.Media;

/// <summary>One JSON object of a profile, read key by key; what is wrong is refused by the key's full name.</summary>
internal sealed class JsonFields
{
    private const int LongestName = 64;

    private readonly Dictionary<string, JsonElement> _fields = new(StringComparer.Ordinal);

    public JsonFields(string what, string path, JsonElement element, IReadOnlyCollection<string> known)
    {
        Path = path;
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new ProfileException($"{(path.Length == 0 ? $"A {what}" : $"The key '{path.TrimEnd('.')}'")} must be a JSON object.");
        }

        foreach (var field in element.EnumerateObject())
        {
            if (!known.Contains(field.Name, StringComparer.Ordinal))
            {
                throw new ProfileException($"The key '{path}{field.Name}' is unknown: a {what} has {string.Join(", ", known)}.");
            }

            if (!_fields.TryAdd(field.Name, field.Value))
            {
                throw new ProfileException($"The key '{path}{field.Name}' is given twice.");
            }
        }
    }

    public string Path { get; }

    /// <summary>Whether a text may name a file of ours: letters, digits, dot, dash and underscore, starting with a letter or digit.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= LongestName && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    public string? Name(string key)
    {
        if (Text(key) is not { } text)
        {
            return null;
        }

        return IsName(text) ? text : throw Wrong(key, $"must be 1 to {LongestName} letters, digits, dots, dashes and underscores, starting with a letter or digit");
    }

    public double? Number(string key, double least, double most)
    {
        if (Get(key) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most
            ? number
            : throw Wrong(key, $"must be a number from {least} to {most}");
    }

    public int? Integer(string key, int least, int most)
    {
        if (Get(key) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most
            ? number
            : throw Wrong(key, $"must be a whole number from {least} to {most}");
    }

    public string? Choice(string key, IReadOnlyCollection<string> choices)
    {
        if (Get(key) is not { } value)
        {
            return null;
        }

        // presets that count (VP9, AV1) are accepted as JSON numbers too
        var text = value.ValueKind is JsonValueKind.String ? value.GetString() : value.ValueKind is JsonValueKind.Number ? value.GetRawText() : null;
        return text is not null && choices.Contains(text, StringComparer.Ordinal) ? text : throw Wrong(key, $"must be one of {string.Join(", ", choices)}");
    }

    public T? Choice<T>(string key, IReadOnlyCollection<T> choices, Func<T, string> name)
        where T : struct, Enum
    {
        var text = Choice(key, [.. choices.Select(name)]);
        return text is null ? null : choices.First(choice => string.Equals(name(choice), text, StringComparison.Ordinal));
    }

    public ImmutableArray<JsonElement>? Array(string key)
    {
        if (Get(key) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : throw Wrong(key, "must be a list");
    }

    public JsonFields? Object(string key, IReadOnlyCollection<string> known) =>
        Get(key) is { } value ? new JsonFields(key, $"{Path}{key}.", value, known) : null;

    private string? Text(string key)
    {
        if (Get(key) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(key, "must be a text");
    }

    private JsonElement? Get(string key) => _fields.TryGetValue(key, out var value) ? value : null;

    private ProfileException Wrong(string key, string rule) =>
        new($"The key '{Path}{key}' {rule}, not {Shortened(_fields[key].GetRawText())}.");

    private static string Shortened(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
