using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Rendering;

namespace VideoMesh.Client.Node.Chain;

/// <summary>How the chain API spells things: hashes, addresses and bytes as hexadecimal digits after <c>0x</c>, amounts as integers of nano-VID.</summary>
public static class ChainJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonOutput.Options)
    {
        Converters = { new HashConverter(), new AddressConverter(), new AmountConverter(), new BytesConverter() },
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>A name of a catalogue as scripts read it: <c>nonce-used</c>.</summary>
    public static string Spell(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    public static JsonObject ToObject<T>(T answer) => JsonSerializer.SerializeToNode(answer, Options)!.AsObject();

    /// <summary>Reads <c>0x</c> and an even number of hexadecimal digits.</summary>
    public static bool TryReadBytes(string? text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text is null || !text.StartsWith("0x", StringComparison.Ordinal) || text.Length % 2 != 0 || !text.AsSpan(2).ToArray().All(char.IsAsciiHexDigit))
        {
            return false;
        }

        bytes = Convert.FromHexString(text.AsSpan(2));
        return true;
    }

    private sealed class HashConverter : JsonConverter<Hash256>
    {
        public override Hash256 Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Hash256.TryParse(reader.GetString(), out var hash) ? hash : throw new JsonException("A hash is 0x and 64 lower-case hexadecimal digits.");

        public override void Write(Utf8JsonWriter writer, Hash256 value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }

    private sealed class AddressConverter : JsonConverter<Address>
    {
        public override Address Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Address.TryParse(reader.GetString(), out var address) ? address : throw new JsonException("An address is 0x and 40 hexadecimal digits.");

        public override void Write(Utf8JsonWriter writer, Address value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }

    private sealed class AmountConverter : JsonConverter<Amount>
    {
        public override Amount Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetUInt64());

        public override void Write(Utf8JsonWriter writer, Amount value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Nano);
    }

    private sealed class BytesConverter : JsonConverter<byte[]>
    {
        public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            TryReadBytes(reader.GetString(), out var bytes) ? bytes : throw new JsonException("Bytes are 0x and hexadecimal digits.");

        public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) => writer.WriteStringValue("0x" + Convert.ToHexStringLower(value));
    }
}
