using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace VideoMesh.Chain.Primitives;

/// <summary>The curve's native library (Bitcoin Core's libsecp256k1): found, set up once for the process, and never torn down.</summary>
public static partial class Secp256k1
{
    private const string Library = "libsecp256k1";

    // Every release of a distribution has one of these; the functions we use are the same in all.
    private static readonly string[] FileNames = ["libsecp256k1.so.1", "libsecp256k1.so.2"];

    // The library allows any number of threads to use one context as long as nobody randomizes it meanwhile; randomizing happens in here only.
    private static readonly Lazy<nint> LazyContext = new(CreateContext, LazyThreadSafetyMode.ExecutionAndPublication);

    internal static nint Context => LazyContext.Value;

    /// <summary>Does nothing when keys and signatures will work in this process.</summary>
    /// <exception cref="Secp256k1UnavailableException">The native library is not installed or too old.</exception>
    public static void EnsureAvailable() => _ = Context;

    private static nint CreateContext()
    {
        nint library = 0;
        if (!Array.Exists(FileNames, name => NativeLibrary.TryLoad(name, typeof(Secp256k1).Assembly, searchPath: null, out library)))
        {
            throw new Secp256k1UnavailableException($"{Library} is missing, so no key can be used: run 'apt-get install libsecp256k1-1' (libsecp256k1-2 from Debian 13 on).");
        }

        // every call of a native function is handed the context, so none can come before this
        NativeLibrary.SetDllImportResolver(typeof(Secp256k1).Assembly, (name, _, _) => string.Equals(name, Library, StringComparison.Ordinal) ? library : 0);
        if (!NativeLibrary.TryGetExport(library, "secp256k1_ecdsa_recover", out _))
        {
            throw new Secp256k1UnavailableException($"{Library} was built without public key recovery: run 'apt-get install --reinstall libsecp256k1-1'.");
        }

        var context = Native.ContextCreate(Native.ContextNone);
        Span<byte> seed = stackalloc byte[32];
        RandomNumberGenerator.Fill(seed);
        var randomized = Native.ContextRandomize(context, seed);
        CryptographicOperations.ZeroMemory(seed);
        return randomized == 1 ? context : throw new Secp256k1UnavailableException($"{Library} refused to randomize its context.");
    }

    /// <summary>The functions we use, as <c>secp256k1.h</c> and <c>secp256k1_recovery.h</c> declare them. All return 1 for success.</summary>
    internal static partial class Native
    {
        internal const uint ContextNone = 1;
        internal const uint Uncompressed = 1 << 1;
        internal const uint Compressed = (1 << 1) | (1 << 8);

        /// <summary>Bytes of the opaque <c>secp256k1_pubkey</c>.</summary>
        internal const int PublicKeySize = 64;

        /// <summary>Bytes of the opaque <c>secp256k1_ecdsa_recoverable_signature</c>.</summary>
        internal const int RecoverableSignatureSize = 65;

        [LibraryImport(Library, EntryPoint = "secp256k1_context_create")]
        internal static partial nint ContextCreate(uint flags);

        [LibraryImport(Library, EntryPoint = "secp256k1_context_randomize")]
        internal static partial int ContextRandomize(nint context, ReadOnlySpan<byte> seed32);

        [LibraryImport(Library, EntryPoint = "secp256k1_ec_seckey_verify")]
        internal static partial int SecretKeyVerify(nint context, SecretKeyHandle secretKey);

        /// <summary>Adds a number to a secret in place, modulo the order; 0 where the number is not below the order or the sum is zero.</summary>
        [LibraryImport(Library, EntryPoint = "secp256k1_ec_seckey_tweak_add")]
        internal static partial int SecretKeyTweakAdd(nint context, SecretKeyHandle secretKey, ReadOnlySpan<byte> tweak32);

        [LibraryImport(Library, EntryPoint = "secp256k1_ec_pubkey_create")]
        internal static partial int PublicKeyCreate(nint context, Span<byte> publicKey, SecretKeyHandle secretKey);

        [LibraryImport(Library, EntryPoint = "secp256k1_ec_pubkey_parse")]
        internal static partial int PublicKeyParse(nint context, Span<byte> publicKey, ReadOnlySpan<byte> input, nuint inputLength);

        [LibraryImport(Library, EntryPoint = "secp256k1_ec_pubkey_serialize")]
        internal static partial int PublicKeySerialize(nint context, Span<byte> output, ref nuint outputLength, ReadOnlySpan<byte> publicKey, uint flags);

        [LibraryImport(Library, EntryPoint = "secp256k1_ecdsa_sign_recoverable")]
        internal static partial int SignRecoverable(
            nint context, Span<byte> signature, ReadOnlySpan<byte> digest32, SecretKeyHandle secretKey, nint nonceFunction, nint nonceData);

        [LibraryImport(Library, EntryPoint = "secp256k1_ecdsa_recoverable_signature_serialize_compact")]
        internal static partial int RecoverableSerialize(nint context, Span<byte> output64, out int recoveryId, ReadOnlySpan<byte> signature);

        [LibraryImport(Library, EntryPoint = "secp256k1_ecdsa_recoverable_signature_parse_compact")]
        internal static partial int RecoverableParse(nint context, Span<byte> signature, ReadOnlySpan<byte> input64, int recoveryId);

        [LibraryImport(Library, EntryPoint = "secp256k1_ecdsa_recover")]
        internal static partial int Recover(nint context, Span<byte> publicKey, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> digest32);
    }
}

/// <summary>Keys and signatures cannot work on this machine; the message says which command mends it.</summary>
public sealed class Secp256k1UnavailableException(string message) : Exception(message);
