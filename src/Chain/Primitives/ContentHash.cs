using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace VideoMesh.Chain.Primitives;

/// <summary>The SHA-256 of some content: its name on the data plane. Written as 64 lower-case hexadecimal digits.</summary>
public readonly struct ContentHash : IEquatable<ContentHash>, IComparable<ContentHash>
{
    /// <summary>Size of a hash in bytes.</summary>
    public const int Size = 32;

    private static readonly SearchValues<char> LowerHexDigits = SearchValues.Create("0123456789abcdef");

    private readonly UInt256Words _words;

    /// <param name="bytes">Exactly <see cref="Size"/> bytes.</param>
    /// <exception cref="ArgumentException">Another length was given.</exception>
    public ContentHash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"A content hash has {Size} bytes, not {bytes.Length}.", nameof(bytes));
        }

        _words = new UInt256Words(bytes);
    }

    /// <summary>Hashes a whole buffer.</summary>
    public static ContentHash Of(ReadOnlySpan<byte> content)
    {
        Span<byte> digest = stackalloc byte[Size];
        SHA256.HashData(content, digest);
        return new ContentHash(digest);
    }

    /// <summary>Reads 64 lower-case hexadecimal digits. Upper case is refused, so that one content has one name.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ContentHash hash)
    {
        hash = default;
        if (text is not { Length: 2 * Size } || text.AsSpan().IndexOfAnyExcept(LowerHexDigits) >= 0)
        {
            return false;
        }

        hash = new ContentHash(Convert.FromHexString(text));
        return true;
    }

    /// <inheritdoc cref="TryParse"/>
    /// <exception cref="FormatException">The text is not such a hash.</exception>
    public static ContentHash Parse(string text) =>
        TryParse(text, out var hash) ? hash : throw new FormatException($"'{text}' is not a content hash: 64 lower-case hexadecimal digits are expected.");

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> destination) => _words.CopyTo(destination);

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    public bool Equals(ContentHash other) => _words.Equals(other._words);

    public override bool Equals(object? obj) => obj is ContentHash other && Equals(other);

    public override int GetHashCode() => _words.GetHashCode();

    public int CompareTo(ContentHash other) => _words.CompareTo(other._words);

    public override string ToString() => Convert.ToHexStringLower(ToArray());

    public static bool operator ==(ContentHash left, ContentHash right) => left.Equals(right);

    public static bool operator !=(ContentHash left, ContentHash right) => !left.Equals(right);

    public static bool operator <(ContentHash left, ContentHash right) => left.CompareTo(right) < 0;

    public static bool operator >(ContentHash left, ContentHash right) => left.CompareTo(right) > 0;

    public static bool operator <=(ContentHash left, ContentHash right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ContentHash left, ContentHash right) => left.CompareTo(right) >= 0;
}
