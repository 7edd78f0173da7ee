using System.Diagnostics;
using System.Security.Cryptography;

namespace VideoMesh.Chain.Primitives;

/// <summary>An account's secp256k1 secret. Safe for use by several threads; zeroed when disposed; printed nowhere.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class PrivateKey : IDisposable
{
    /// <summary>Size of a private key in bytes.</summary>
    public const int Size = SecretKeyHandle.Size;

    private readonly SecretKeyHandle _secret;

    private PrivateKey(SecretKeyHandle secret)
    {
        _secret = secret;
        PublicKey = PublicKey.Of(secret);
    }

    public PublicKey PublicKey { get; }

    public Address Address => PublicKey.Address;

    /// <summary>Draws a new key from the operating system's generator.</summary>
    /// <exception cref="Secp256k1UnavailableException">The native library is not installed.</exception>
    public static PrivateKey Create()
    {
        Span<byte> bytes = stackalloc byte[Size];
        try
        {
            while (true)
            {
                // One draw in 2^128 is not a key.
                RandomNumberGenerator.Fill(bytes);
                if (TryCreate(bytes) is { } key)
                {
                    return key;
                }
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <param name="bytes">32 bytes, big endian, above zero and below the order of the curve. The caller zeroes its copy.</param>
    /// <exception cref="ArgumentException">Another length, zero, or not below the order. The message does not repeat the bytes.</exception>
    /// <exception cref="Secp256k1UnavailableException">The native library is not installed.</exception>
    public static PrivateKey FromBytes(ReadOnlySpan<byte> bytes) =>
        bytes.Length != Size
            ? throw new ArgumentException($"A private key has {Size} bytes, not {bytes.Length}.", nameof(bytes))
            : TryCreate(bytes)
                ?? throw new ArgumentException("A private key lies between 1 and the order of secp256k1, exclusive.", nameof(bytes));

    /// <summary>Signs a digest. The same key and digest always give the same signature (RFC 6979), with the lower of the two possible S.</summary>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public Signature Sign(Hash256 digest)
    {
        Span<byte> message = stackalloc byte[Hash256.Size];
        Span<byte> signature = stackalloc byte[Secp256k1.Native.RecoverableSignatureSize];
        Span<byte> wire = stackalloc byte[Signature.Size];
        digest.CopyTo(message);
        if (Secp256k1.Native.SignRecoverable(Secp256k1.Context, signature, message, _secret, nonceFunction: 0, nonceData: 0) != 1)
        {
            throw new CryptographicException("secp256k1 could not sign this digest.");
        }

        _ = Secp256k1.Native.RecoverableSerialize(Secp256k1.Context, wire, out var recoveryId, signature);
        wire[^1] = (byte)recoveryId;
        return Signature.Parse(wire);
    }

    public void Dispose() => _secret.Dispose();

    /// <summary>Names the account, never the secret.</summary>
    public override string ToString() => $"private key of {Address}";

    /// <summary>For what keeps keys at rest or derives others from them: the caller zeroes what it got.</summary>
    internal void CopyTo(Span<byte> destination) => _secret.CopyTo(destination);

    /// <summary>The key that is this one plus a number, modulo the order of the curve, as BIP-32 derives children.</summary>
    /// <param name="tweak">32 bytes, big endian.</param>
    /// <returns>Null where there is none: one number in 2^127.</returns>
    internal PrivateKey? Plus(ReadOnlySpan<byte> tweak)
    {
        Span<byte> bytes = stackalloc byte[Size];
        try
        {
            CopyTo(bytes);
            var sum = new SecretKeyHandle(bytes);
            return Checked(sum, Secp256k1.Native.SecretKeyTweakAdd(Secp256k1.Context, sum, tweak));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static PrivateKey? TryCreate(ReadOnlySpan<byte> bytes)
    {
        var context = Secp256k1.Context;
        var secret = new SecretKeyHandle(bytes);
        return Checked(secret, Secp256k1.Native.SecretKeyVerify(context, secret));
    }

    private static PrivateKey? Checked(SecretKeyHandle secret, int verdict)
    {
        if (verdict == 1)
        {
            return new PrivateKey(secret);
        }

        secret.Dispose();
        return null;
    }
}
