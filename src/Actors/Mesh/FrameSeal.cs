using System.Buffers.Binary;
using System.Security.Cryptography;

namespace VideoMesh.Actors.Mesh;

/// <summary>Seals or opens the frames of one direction of a link with AES-256-GCM. The nonce is a counter that both ends keep and nobody sends, so a frame
/// that was forged, altered, replayed, reordered, or that follows a dropped one, does not open.</summary>
public sealed class FrameSeal : IDisposable
{
    /// <summary>Size of a key in bytes.</summary>
    public const int KeyBytes = 32;

    /// <summary>What sealing adds to a frame, in bytes.</summary>
    public const int TagBytes = 16;

    private const int NonceBytes = 12;

    // NIST SP 800-38D, 8.3: at most 2^32 invocations per key.
    private const ulong MaxFrames = 1UL << 32;

    private readonly AesGcm _aes;
    private ulong _counter;

    /// <param name="key">Exactly <see cref="KeyBytes"/> bytes, used by one direction of one link only.</param>
    public FrameSeal(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyBytes)
        {
            throw new ArgumentException($"A frame key has {KeyBytes} bytes, not {key.Length}.", nameof(key));
        }

        _aes = new AesGcm(key, TagBytes);
    }

    /// <summary>True when this key has sealed all it may: the link ends and a new one gets new keys.</summary>
    public bool IsExhausted => _counter >= MaxFrames;

    /// <summary>Ciphertext and tag of the next frame.</summary>
    /// <exception cref="InvalidOperationException">The key is exhausted.</exception>
    public byte[] Seal(ReadOnlySpan<byte> plain)
    {
        if (IsExhausted)
        {
            throw new InvalidOperationException("This key has sealed as many frames as it may.");
        }

        var sealedFrame = new byte[plain.Length + TagBytes];
        Span<byte> nonce = stackalloc byte[NonceBytes];
        WriteNonce(nonce);
        _aes.Encrypt(nonce, plain, sealedFrame.AsSpan(0, plain.Length), sealedFrame.AsSpan(plain.Length));
        _counter++;
        return sealedFrame;
    }

    /// <summary>The next frame's plain bytes, or null when it does not open. Never throws, whatever the bytes.</summary>
    public byte[]? TryOpen(ReadOnlySpan<byte> sealedFrame)
    {
        if (sealedFrame.Length < TagBytes || IsExhausted)
        {
            return null;
        }

        var plain = new byte[sealedFrame.Length - TagBytes];
        Span<byte> nonce = stackalloc byte[NonceBytes];
        WriteNonce(nonce);
        try
        {
            _aes.Decrypt(nonce, sealedFrame[..^TagBytes], sealedFrame[^TagBytes..], plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        _counter++;
        return plain;
    }

    public void Dispose() => _aes.Dispose();

    private void WriteNonce(Span<byte> nonce)
    {
        nonce.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(nonce[(NonceBytes - sizeof(ulong))..], _counter);
    }
}
