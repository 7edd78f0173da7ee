using System.Diagnostics.CodeAnalysis;

namespace VideoMesh.Chain.Primitives;

/// <summary>A recoverable secp256k1 signature over a 32-byte digest: r, s (32 bytes each, big endian) and v (0 or 1), 65 bytes.
/// Only the canonical spelling exists as a value: r and s within the order, s in its lower half (EIP-2). Written <c>0x</c> and 130 lower-case digits.</summary>
public readonly record struct Signature
{
    /// <summary>Size of a signature in bytes.</summary>
    public const int Size = 65;

    // SEC 2, section 2.4.1: the order n of the curve, and n / 2.
    private static readonly UInt256Words Order = new(0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFE, 0xBAAEDCE6AF48A03B, 0xBFD25E8CD0364141);
    private static readonly UInt256Words HalfOrder = new(0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 0x5D576E7357A4501D, 0xDFE92F46681B20A0);

    private readonly UInt256Words _r;
    private readonly UInt256Words _s;
    private readonly byte _v;

    private Signature(ReadOnlySpan<byte> bytes)
    {
        _r = new UInt256Words(bytes[..32]);
        _s = new UInt256Words(bytes[32..64]);
        _v = bytes[64];
    }

    /// <summary>Reads r ‖ s ‖ v, refusing every spelling but the canonical one.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Signature signature, [NotNullWhen(false)] out SignatureRefusal? refusal)
    {
        signature = default;
        refusal = bytes.Length != Size ? SignatureRefusal.WrongLength : new Signature(bytes).Check();
        if (refusal is not null)
        {
            return false;
        }

        signature = new Signature(bytes);
        return true;
    }

    /// <inheritdoc cref="TryParse"/>
    /// <exception cref="FormatException">The bytes are not a canonical signature; the message says why.</exception>
    public static Signature Parse(ReadOnlySpan<byte> bytes) =>
        TryParse(bytes, out var signature, out var refusal) ? signature : throw new FormatException(refusal.Value.Sentence());

    /// <summary>Finds the account that signed <paramref name="digest"/>. Any canonical signature leads to some account with a chance of about one half:
    /// the caller compares it with the one it expects.</summary>
    /// <returns>False when no key could have made this signature.</returns>
    /// <exception cref="Secp256k1UnavailableException">The native library is not installed.</exception>
    public bool TryRecover(Hash256 digest, out Address signer)
    {
        Span<byte> point = stackalloc byte[Secp256k1.Native.PublicKeySize];
        var found = TryRecoverPoint(digest, point);
        signer = found ? PublicKey.AddressOf(point) : default;
        return found;
    }

    /// <summary>Writes the 65 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The destination is shorter.</exception>
    public void CopyTo(Span<byte> destination)
    {
        _ = destination[Size - 1];
        _r.CopyTo(destination);
        _s.CopyTo(destination[32..]);
        destination[64] = _v;
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    public override string ToString() => "0x" + Convert.ToHexStringLower(ToArray());

    /// <summary>Recovers into the library's own form. The default value, being no signature, recovers nothing.</summary>
    internal bool TryRecoverPoint(Hash256 digest, Span<byte> point)
    {
        if (Check() is not null)
        {
            return false;
        }

        Span<byte> wire = stackalloc byte[Size];
        Span<byte> message = stackalloc byte[Hash256.Size];
        Span<byte> parsed = stackalloc byte[Secp256k1.Native.RecoverableSignatureSize];
        CopyTo(wire);
        digest.CopyTo(message);
        return Secp256k1.Native.RecoverableParse(Secp256k1.Context, parsed, wire, _v) == 1
            && Secp256k1.Native.Recover(Secp256k1.Context, point, parsed, message) == 1;
    }

    private SignatureRefusal? Check() =>
        _v > 1 ? SignatureRefusal.RecoveryIdOutOfRange
        : _r == default || _r >= Order ? SignatureRefusal.ROutOfRange
        : _s == default || _s >= Order ? SignatureRefusal.SOutOfRange
        : _s > HalfOrder ? SignatureRefusal.HighS
        : null;
}

/// <summary>Why 65 bytes are not a signature.</summary>
public enum SignatureRefusal
{
    WrongLength,
    RecoveryIdOutOfRange,
    ROutOfRange,
    SOutOfRange,
    HighS,
}

public static class SignatureRefusals
{
    /// <summary>The one sentence that goes with a reason.</summary>
    public static string Sentence(this SignatureRefusal refusal) => refusal switch
    {
        SignatureRefusal.WrongLength => "A signature has 65 bytes: r, s and v.",
        SignatureRefusal.RecoveryIdOutOfRange => "The recovery id of a signature is 0 or 1.",
        SignatureRefusal.ROutOfRange => "The r of a signature lies between 1 and the order of the curve, exclusive.",
        SignatureRefusal.SOutOfRange => "The s of a signature lies between 1 and the order of the curve, exclusive.",
        SignatureRefusal.HighS => "The s of a signature lies in the lower half of the order, so that nobody else can respell it.",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal)),
    };
}
