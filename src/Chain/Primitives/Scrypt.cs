using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace VideoMesh.Chain.Primitives;

/// <summary>The password hash of RFC 7914, from OpenSSL's libcrypto: .NET, which needs that library itself, has no face for this function.</summary>
internal static unsafe class Scrypt
{
    /// <summary>What OpenSSL needs beside the blocks it counts itself.</summary>
    private const ulong SlackBytes = 1 << 20;

    // the symbol is the same since OpenSSL 1.1
    private static readonly string[] FileNames = ["libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so.4", "libcrypto.so"];

    private static readonly Lazy<nint> Function = new(Find, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <param name="n">A power of two above 1.</param>
    /// <param name="key">Filled with the derived key. A longer one begins with the bytes of a shorter one.</param>
    /// <exception cref="LibcryptoUnavailableException">The native library is not installed or too old.</exception>
    /// <exception cref="CryptographicException">There is no room for 128·n·r bytes.</exception>
    internal static void Derive(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int n, int r, int p, Span<byte> key)
    {
        var function = (delegate* unmanaged<byte*, nuint, byte*, nuint, ulong, ulong, ulong, ulong, byte*, nuint, int>)Function.Value;
        var bytes = (128UL * (ulong)r * ((ulong)n + (ulong)p)) + SlackBytes;

        // OpenSSL takes a null password for a question about limits, not for an empty password
        ReadOnlySpan<byte> passwordOrEnd = password.IsEmpty ? stackalloc byte[1] : password;
        int success;
        fixed (byte* passwordStart = passwordOrEnd, saltStart = salt, keyStart = key)
        {
            success = function(passwordStart, (nuint)password.Length, saltStart, (nuint)salt.Length, (ulong)n, (ulong)r, (ulong)p, bytes, keyStart, (nuint)key.Length);
        }

        if (success != 1)
        {
            throw new CryptographicException($"scrypt needs {bytes >> 20} MiB of memory, which this machine does not give.");
        }
    }

    private static nint Find()
    {
        foreach (var name in FileNames)
        {
            if (NativeLibrary.TryLoad(name, typeof(Scrypt).Assembly, searchPath: null, out var library)
                && NativeLibrary.TryGetExport(library, "EVP_PBE_scrypt", out var function))
            {
                return function;
            }
        }

        throw new LibcryptoUnavailableException("OpenSSL's libcrypto is missing or has no scrypt, so no wallet can be opened: run 'apt-get install libssl3' (libssl3t64 from Debian 13 on).");
    }
}

/// <summary>Passwords cannot be hashed on this machine; the message says which command mends it.</summary>
public sealed class LibcryptoUnavailableException(string message) : Exception(message);
