using System.Security.Cryptography;

namespace VideoMesh.Actors.Mesh;

/// <summary>One end's ephemeral P-256 key, and the two frame keys that come of it. Used for one link and forgotten, so that an account key stolen later opens
/// nothing that was recorded.</summary>
public sealed class LinkKeys : IDisposable
{
    /// <summary>Size of a point on the wire in bytes: <c>04</c>, x, y.</summary>
    public const int PointBytes = 65;

    private const int CoordinateBytes = 32;

    private readonly ECDiffieHellman _mine = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>This end's point.</summary>
    public byte[] Point()
    {
        var q = _mine.ExportParameters(includePrivateParameters: false).Q;
        var point = new byte[PointBytes];
        point[0] = 4;
        q.X!.CopyTo(point, 1);
        q.Y!.CopyTo(point, 1 + CoordinateBytes);
        return point;
    }

    /// <summary>Whether these bytes are an uncompressed point on the curve.</summary>
    public static bool IsPoint(ReadOnlySpan<byte> bytes)
    {
        using var key = TryImport(bytes);
        return key is not null;
    }

    /// <summary>The two seals of a link: frames of the dialer and frames of the listener have a key each.</summary>
    /// <param name="theirs">A point that <see cref="IsPoint"/> accepted.</param>
    public (FrameSeal Send, FrameSeal Receive) Derive(LinkRole role, ReadOnlySpan<byte> theirs, Transcript transcript)
    {
        ArgumentNullException.ThrowIfNull(transcript);
        using var peer = TryImport(theirs) ?? throw new ArgumentException("The bytes are not a point of P-256.", nameof(theirs));
        var secret = _mine.DeriveRawSecretAgreement(peer.PublicKey);
        var salt = transcript.Binding().ToArray();
        Span<byte> dialer = stackalloc byte[FrameSeal.KeyBytes];
        Span<byte> listener = stackalloc byte[FrameSeal.KeyBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, dialer, salt, "videomesh/link/1 frames of the dialer"u8);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, listener, salt, "videomesh/link/1 frames of the listener"u8);
        CryptographicOperations.ZeroMemory(secret);
        var seals = role == LinkRole.Dialer ? (new FrameSeal(dialer), new FrameSeal(listener)) : (new FrameSeal(listener), new FrameSeal(dialer));
        CryptographicOperations.ZeroMemory(dialer);
        CryptographicOperations.ZeroMemory(listener);
        return seals;
    }

    public void Dispose() => _mine.Dispose();

    private static ECDiffieHellman? TryImport(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != PointBytes || bytes[0] != 4)
        {
            return null;
        }

        try
        {
            return ECDiffieHellman.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = bytes[1..(1 + CoordinateBytes)].ToArray(), Y = bytes[(1 + CoordinateBytes)..].ToArray() },
            });
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
