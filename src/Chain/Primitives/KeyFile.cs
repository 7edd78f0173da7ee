using System.Security.Cryptography;
using System.Text;

namespace VideoMesh.Chain.Primitives;

/// <summary>A private key at rest: one line of 64 hexadecimal digits, readable and writable by its owner alone (mode 0600).</summary>
public static class KeyFile
{
    private const int Digits = 2 * PrivateKey.Size;

    /// <summary>Room for the digits, an optional <c>0x</c> and white space around them: what fills it is some other file.</summary>
    private const int MaxBytes = 256;

    /// <summary>Loads the key at <paramref name="path"/>, or draws a new one and writes it there durably. Whoever else creates the file meanwhile wins:
    /// all callers get the same key.</summary>
    /// <exception cref="KeyFileException">The file is there but holds no key, or it can be neither read nor written.</exception>
    /// <exception cref="Secp256k1UnavailableException">The native library is not installed.</exception>
    public static PrivateKey LoadOrCreate(string path)
    {
        path = Path.GetFullPath(path);
        if (!File.Exists(path))
        {
            Create(path);
        }

        return Load(path);
    }

    /// <summary>Loads the key at <paramref name="path"/>.</summary>
    /// <exception cref="KeyFileException">The file is missing, cannot be read, or holds no key. The message never repeats its content.</exception>
    /// <exception cref="Secp256k1UnavailableException">The native library is not installed.</exception>
    public static PrivateKey Load(string path)
    {
        Span<byte> text = stackalloc byte[MaxBytes];
        Span<byte> secret = stackalloc byte[PrivateKey.Size];
        try
        {
            var read = Read(path, text);
            var digits = Trim(text[..read]);
            return read < MaxBytes && digits.Length == Digits && Convert.FromHexString(digits, secret, out _, out _) == System.Buffers.OperationStatus.Done
                ? PrivateKey.FromBytes(secret)
                : throw Malformed(path);
        }
        catch (ArgumentException)
        {
            throw Malformed(path);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private static int Read(string path, Span<byte> text)
    {
        try
        {
            using var file = File.OpenHandle(path);
            return RandomAccess.Read(file, text, fileOffset: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyFileException($"The key file {path} cannot be read: {e.Message}", e);
        }
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
    {
        var trimmed = text[Ascii.Trim(text)];
        return trimmed.StartsWith("0x"u8) ? trimmed[2..] : trimmed;
    }

    private static KeyFileException Malformed(string path) => new(
        $"The key file {path} does not hold a private key: one line of {Digits} hexadecimal digits is expected. Restore it from a backup, or move it away to get a new key and address.");

    private static void Create(string path)
    {
        using var key = PrivateKey.Create();
        Span<byte> secret = stackalloc byte[PrivateKey.Size];
        Span<byte> line = stackalloc byte[Digits + 1];
        try
        {
            key.CopyTo(secret);
            _ = Convert.TryToHexStringLower(secret, line, out _);
            line[^1] = (byte)'\n';

            // Not minding who was first: a key that appeared meanwhile may already be somebody's address.
            _ = PrivateFile.TryCreate(path, line);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyFileException($"The key file {path} cannot be written: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
            CryptographicOperations.ZeroMemory(line);
        }
    }
}

/// <summary>A key file is unusable; the message says which, why, and what to do.</summary>
public sealed class KeyFileException(string message, Exception? inner = null) : Exception(message, inner);
