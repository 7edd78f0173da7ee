using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace VideoMesh.Chain.Primitives;

/// <summary>A Keccak-256 digest: what is signed, and what names a block or a transaction. Written <c>0x</c> and 64 lower-case digits.
/// Content is named by <see cref="ContentHash"/>, another function, and the two types do not mix.</summary>
public readonly struct Hash256 : IEquatable<Hash256>, IComparable<Hash256>
{
    /// <summary>Size of a hash in bytes.</summary>
    public const int Size = 32;

    private static readonly SearchValues<char> LowerHexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>All zeros: the hash of nothing.</summary>
    public static Hash256 Zero => default;

    private readonly UInt256Words _words;

    /// <param name="bytes">Exactly <see cref="Size"/> bytes.</param>
    /// <exception cref="ArgumentException">Another length was given.</exception>
    public Hash256(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"A hash has {Size} bytes, not {bytes.Length}.", nameof(bytes));
        }

        _words = new UInt256Words(bytes);
    }

    /// <summary>Reads <c>0x</c> and 64 lower-case hexadecimal digits. Upper case is refused, so that one hash has one spelling.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Hash256 hash)
    {
        hash = default;
        if (text is not { Length: 2 + (2 * Size) } || !text.StartsWith("0x", StringComparison.Ordinal)
            || text.AsSpan(2).IndexOfAnyExcept(LowerHexDigits) >= 0)
        {
            return false;
        }

        hash = new Hash256(Convert.FromHexString(text.AsSpan(2)));
        return true;
    }

    /// <inheritdoc cref="TryParse"/>
    /// <exception cref="FormatException">The text is not such a hash.</exception>
    public static Hash256 Parse(string text) =>
        TryParse(text, out var hash) ? hash : throw new FormatException($"'{text}' is not a hash: 0x and 64 lower-case hexadecimal digits are expected.");

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> destination) => _words.CopyTo(destination);

    /// <summary>One bit, the first being the highest of the first byte.</summary>
    /// <param name="index">0 to 255.</param>
    public bool Bit(int index) => _words.Bit(index);

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    public bool Equals(Hash256 other) => _words.Equals(other._words);

    public override bool Equals(object? obj) => obj is Hash256 other && Equals(other);

    public override int GetHashCode() => _words.GetHashCode();

    public int CompareTo(Hash256 other) => _words.CompareTo(other._words);

    public override string ToString() => "0x" + Convert.ToHexStringLower(ToArray());

    public static bool operator ==(Hash256 left, Hash256 right) => left.Equals(right);

    public static bool operator !=(Hash256 left, Hash256 right) => !left.Equals(right);

    public static bool operator <(Hash256 left, Hash256 right) => left.CompareTo(right) < 0;

    public static bool operator >(Hash256 left, Hash256 right) => left.CompareTo(right) > 0;

    public static bool operator <=(Hash256 left, Hash256 right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Hash256 left, Hash256 right) => left.CompareTo(right) >= 0;
}
