using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace VideoMesh.Chain.Primitives;

/// <summary>An account: the last 20 bytes of the Keccak-256 of its public key, as Ethereum derives it. Written <c>0x</c> and 40 lower-case digits.</summary>
public readonly record struct Address : IComparable<Address>
{
    /// <summary>Size of an address in bytes.</summary>
    public const int Size = 20;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly uint _c;

    /// <param name="bytes">Exactly <see cref="Size"/> bytes.</param>
    /// <exception cref="ArgumentException">Another length was given.</exception>
    public Address(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"An address has {Size} bytes, not {bytes.Length}.", nameof(bytes));
        }

        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]);
    }

    /// <summary>Reads <c>0x</c> and 40 hexadecimal digits of either case (checksummed Ethereum spellings are accepted, their checksum is not checked).</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Address address)
    {
        address = default;
        if (text is not { Length: 2 + (2 * Size) } || !text.StartsWith("0x", StringComparison.Ordinal)
            || text.AsSpan(2).IndexOfAnyExcept(HexDigits) >= 0)
        {
            return false;
        }

        address = new Address(Convert.FromHexString(text.AsSpan(2)));
        return true;
    }

    /// <inheritdoc cref="TryParse"/>
    /// <exception cref="FormatException">The text is not an address.</exception>
    public static Address Parse(string text) =>
        TryParse(text, out var address) ? address : throw new FormatException($"'{text}' is not an address: 0x and 40 hexadecimal digits are expected.");

    /// <summary>Writes the 20 bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _a);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _b);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], _c);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    // Strangers choose the addresses they announce: a seeded combination keeps them from aiming at one bucket of a dictionary.
    // In halves, because the hash code of a whole word is the exclusive-or of its halves and has no seed.
    public override int GetHashCode() => HashCode.Combine((uint)_a, (uint)(_a >> 32), (uint)_b, (uint)(_b >> 32), _c);

    public int CompareTo(Address other) =>
        _a != other._a ? _a.CompareTo(other._a)
        : _b != other._b ? _b.CompareTo(other._b)
        : _c.CompareTo(other._c);

    public override string ToString() => "0x" + Convert.ToHexStringLower(ToArray());

    public static bool operator <(Address left, Address right) => left.CompareTo(right) < 0;

    public static bool operator >(Address left, Address right) => left.CompareTo(right) > 0;

    public static bool operator <=(Address left, Address right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Address left, Address right) => left.CompareTo(right) >= 0;
}
