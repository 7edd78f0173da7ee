using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace VideoMesh.Client.Rendering;

/// <summary>The one JSON object a command prints with <c>--json</c>: camelCase, enums as camelCase words, absent values as null, on one line.</summary>
public sealed class JsonOutput(TextWriter output)
{
    /// <summary>How everything this program prints or stores as JSON is spelled.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        // stdout is not HTML: a file name stays readable
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new UrlConverter() },
    };

    /// <summary>Whether the object has been printed.</summary>
    public bool IsWritten { get; private set; }

    /// <exception cref="InvalidOperationException">An object was printed already, or the value is not a JSON object.</exception>
    public void Write(object result)
    {
        if (IsWritten)
        {
            throw new InvalidOperationException("A command prints exactly one JSON object.");
        }

        var line = ToObject(result).ToJsonString(Options);
        IsWritten = true;
        output.WriteLine(line);
        output.Flush();
    }

    /// <summary>The object of a failure: status, reason and message first, then what the command adds.</summary>
    internal void WriteFailure(string status, string reason, string message, object? result)
    {
        var merged = new JsonObject { ["status"] = status, ["reason"] = reason, ["message"] = message };
        if (result is not null)
        {
            foreach (var (name, value) in ToObject(result))
            {
                if (!merged.ContainsKey(name))
                {
                    merged[name] = value?.DeepClone();
                }
            }
        }

        Write(merged);
    }

    // Scripts append paths: a bare host has no slash at its end.
    private sealed class UrlConverter : JsonConverter<Uri>
    {
        public override Uri? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetString() is { } text ? new Uri(text, UriKind.RelativeOrAbsolute) : null;

        public override void Write(Utf8JsonWriter writer, Uri value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value is { IsAbsoluteUri: true, PathAndQuery: "/" } ? value.GetLeftPart(UriPartial.Authority) : value.OriginalString);
    }

    private static JsonObject ToObject(object result) =>
        JsonSerializer.SerializeToNode(result, result.GetType(), Options) as JsonObject
        ?? throw new InvalidOperationException($"{result.GetType().Name} is not a JSON object.");
}
