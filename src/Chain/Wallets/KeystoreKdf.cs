using System.Security.Cryptography;
using System.Text.Json;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Wallets;

/// <summary>How a keystore makes its keys from a password, within bounds that a hostile file cannot leave.</summary>
internal abstract record KeystoreKdf(byte[] Salt)
{
    /// <summary>Bytes that encrypt and authenticate the private key.</summary>
    internal const int KeySize = 32;

    private const int MaxSaltBytes = 256;

    /// <param name="key">Filled. A longer one begins with the bytes of a shorter one.</param>
    internal abstract void Derive(ReadOnlySpan<byte> password, Span<byte> key);

    /// <exception cref="WalletException">Malformed, unsupported or too costly.</exception>
    internal static KeystoreKdf Read(JsonElement crypto)
    {
        var parameters = crypto.Member("kdfparams");
        if (parameters.Number("dklen") != KeySize)
        {
            throw KeystoreJson.Malformed($"dklen is not {KeySize}");
        }

        var salt = parameters.Bytes("salt", 0, MaxSaltBytes);
        return crypto.Text("kdf") switch
        {
            "scrypt" => OfScrypt.Checked(parameters.Number("n"), parameters.Number("r"), parameters.Number("p"), salt),
            "pbkdf2" when parameters.Text("prf") is "hmac-sha256" => OfPbkdf2.Checked(parameters.Number("c"), salt),
            _ => throw new WalletException(WalletRefusal.KeystoreUnsupported, "This keystore hashes its password with neither scrypt nor pbkdf2 over hmac-sha256."),
        };
    }

    private static WalletException TooCostly() =>
        new(WalletRefusal.KeystoreTooCostly, "This keystore wants more memory or time for its password than any honest one, so it was not opened.");

    internal sealed record OfScrypt(int N, int R, int P, byte[] Salt) : KeystoreKdf(Salt)
    {
        private const long MaxBytes = 1L << 30;

        /// <summary>Sixteen times what we and others write.</summary>
        private const long MaxWork = 1L << 25;

        internal static OfScrypt Checked(int n, int r, int p, byte[] salt) =>
            n < 2 || (n & (n - 1)) != 0 ? throw KeystoreJson.Malformed("n is no power of two above 1")
            : (Int128)128 * r * ((long)n + p) > MaxBytes || (Int128)n * r * p > MaxWork ? throw TooCostly()
            : r == 1 && n >= 1 << 16 ? throw new WalletException(WalletRefusal.KeystoreUnsupported, "This keystore's scrypt has an n above what RFC 7914 allows for its r.")
            : new OfScrypt(n, r, p, salt);

        internal override void Derive(ReadOnlySpan<byte> password, Span<byte> key) => Scrypt.Derive(password, Salt, N, R, P, key);
    }

    internal sealed record OfPbkdf2(int Rounds, byte[] Salt) : KeystoreKdf(Salt)
    {
        private const int MaxRounds = 10_000_000;

        internal static OfPbkdf2 Checked(int rounds, byte[] salt) => rounds > MaxRounds ? throw TooCostly() : new OfPbkdf2(rounds, salt);

        internal override void Derive(ReadOnlySpan<byte> password, Span<byte> key) => Rfc2898DeriveBytes.Pbkdf2(password, Salt, key, Rounds, HashAlgorithmName.SHA256);
    }
}
