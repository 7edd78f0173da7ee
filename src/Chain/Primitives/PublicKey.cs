using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace VideoMesh.Chain.Primitives;

/// <summary>A point of secp256k1 other than infinity. Written as its 33 compressed bytes in lower-case hexadecimal.</summary>
public sealed class PublicKey : IEquatable<PublicKey>
{
    /// <summary>Size of the compressed form in bytes: <c>02</c> or <c>03</c>, then x.</summary>
    public const int CompressedSize = 33;

    /// <summary>Size of the uncompressed form in bytes: <c>04</c>, x, y.</summary>
    public const int UncompressedSize = 65;

    // The library's own form, always one it made: it aborts the process when handed an empty one.
    private readonly byte[] _point;

    private PublicKey(byte[] point)
    {
        _point = point;
        Address = AddressOf(point);
    }

    /// <summary>The last 20 bytes of the Keccak-256 of x and y, as Ethereum derives it.</summary>
    public Address Address { get; }

    /// <summary>Reads 33 compressed or 65 uncompressed bytes. The hybrid forms <c>06</c> and <c>07</c>, and points off the curve, are refused.</summary>
    /// <exception cref="Secp256k1UnavailableException">The native library is not installed.</exception>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out PublicKey? publicKey)
    {
        publicKey = null;
        var known = bytes.Length == CompressedSize ? bytes[0] is 2 or 3 : bytes.Length == UncompressedSize && bytes[0] == 4;
        if (!known)
        {
            return false;
        }

        var point = new byte[Secp256k1.Native.PublicKeySize];
        if (Secp256k1.Native.PublicKeyParse(Secp256k1.Context, point, bytes, (nuint)bytes.Length) != 1)
        {
            return false;
        }

        publicKey = new PublicKey(point);
        return true;
    }

    /// <summary>True only when this key made <paramref name="signature"/> over <paramref name="digest"/> and the recovery id leads back to this key,
    /// so that whoever verifies and whoever recovers always agree, and nobody else can alter a byte of a valid signature.</summary>
    public bool Verify(Hash256 digest, Signature signature)
    {
        Span<byte> point = stackalloc byte[Secp256k1.Native.PublicKeySize];
        return signature.TryRecoverPoint(digest, point) && point.SequenceEqual(_point);
    }

    public byte[] ToCompressedArray() => Serialize(_point, CompressedSize, Secp256k1.Native.Compressed);

    public byte[] ToUncompressedArray() => Serialize(_point, UncompressedSize, Secp256k1.Native.Uncompressed);

    public bool Equals(PublicKey? other) => other is not null && _point.AsSpan().SequenceEqual(other._point);

    public override bool Equals(object? obj) => Equals(obj as PublicKey);

    public override int GetHashCode() => Address.GetHashCode();

    public override string ToString() => Convert.ToHexStringLower(ToCompressedArray());

    internal static PublicKey Of(SecretKeyHandle secret)
    {
        var point = new byte[Secp256k1.Native.PublicKeySize];
        return Secp256k1.Native.PublicKeyCreate(Secp256k1.Context, point, secret) == 1
            ? new PublicKey(point)
            : throw new CryptographicException("secp256k1 could not derive the public key.");
    }

    internal static Address AddressOf(ReadOnlySpan<byte> point)
    {
        Span<byte> uncompressed = stackalloc byte[UncompressedSize];
        Span<byte> digest = stackalloc byte[Hash256.Size];
        Serialize(point, uncompressed, Secp256k1.Native.Uncompressed);
        Keccak.Hash(uncompressed[1..], digest);
        return new Address(digest[^Address.Size..]);
    }

    private static byte[] Serialize(ReadOnlySpan<byte> point, int size, uint form)
    {
        var bytes = new byte[size];
        Serialize(point, bytes, form);
        return bytes;
    }

    private static void Serialize(ReadOnlySpan<byte> point, Span<byte> destination, uint form)
    {
        var length = (nuint)destination.Length;
        _ = Secp256k1.Native.PublicKeySerialize(Secp256k1.Context, destination, ref length, point, form);
    }
}
