using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Wallets;

/// <summary>How dear a guess at the password is: scrypt's N, with r = 8 and p = 1.</summary>
public enum KeystoreCost
{
    /// <summary>For wallets of networks that begin anew each day: 4 MiB, some milliseconds.</summary>
    Devnet = 1 << 12,

    /// <summary>256 MiB, about a second.</summary>
    Standard = 1 << 18,
}

/// <summary>A wallet at rest: Ethereum's Web3 Secret Storage, version 3. The phrase lies in ethers' section <c>x-ethers</c>, encrypted by the second half of the
/// same password hash, so that other wallets open the file too. That section has no code of its own against tampering and needs none: what it holds must
/// derive the very key that the file authenticates.</summary>
public sealed class Keystore
{
    /// <summary>Longer files are not looked into.</summary>
    public const int MaxBytes = 64 << 10;

    private const int BlockCost = 8;

    // V3's 16 bytes to encrypt and 16 to authenticate, then ethers' 32 for the phrase
    private const int MacKeyAt = 16;
    private const int AllKeysSize = KeystoreKdf.KeySize + 32;

    private readonly KeystoreKdf _kdf;
    private readonly byte[] _counter;
    private readonly byte[] _ciphertext;
    private readonly byte[] _mac;
    private readonly (byte[] Counter, byte[] Ciphertext)? _phrase;

    private Keystore(JsonElement file)
    {
        if (file.Number("version") != 3)
        {
            throw new WalletException(WalletRefusal.KeystoreUnsupported, "This keystore is not of version 3, the only one we read.");
        }

        var crypto = file.Member("crypto");
        if (crypto.Text("cipher") is not "aes-128-ctr")
        {
            throw new WalletException(WalletRefusal.KeystoreUnsupported, "This keystore is not encrypted with aes-128-ctr, the only cipher we read.");
        }

        _kdf = KeystoreKdf.Read(crypto);
        _counter = crypto.Member("cipherparams").Bytes("iv", AesCounter.BlockSize, AesCounter.BlockSize);
        // keys with zeros in front were once written without them
        _ciphertext = crypto.Bytes("ciphertext", 1, PrivateKey.Size);
        _mac = crypto.Bytes("mac", Hash256.Size, Hash256.Size);
        Address = file.Find("address") is null ? null : new Address(file.Bytes("address", Primitives.Address.Size, Primitives.Address.Size));
        if (file.Find("x-ethers") is { } ethers && ethers.Find("mnemonicCiphertext") is not null)
        {
            _phrase = (ethers.Bytes("mnemonicCounter", AesCounter.BlockSize, AesCounter.BlockSize), ethers.Bytes("mnemonicCiphertext", 16, 32));
            Path = ethers.Find("path") is null ? DerivationPath.Default : DerivationPath.Parse(ethers.Text("path"));
        }
    }

    /// <summary>Whose key this claims to be, or null where it does not say; <see cref="Open"/> checks it.</summary>
    public Address? Address { get; }

    /// <summary>Where the key lies below the phrase; null if no phrase is kept.</summary>
    public DerivationPath? Path { get; }

    /// <summary>Guessing costs next to nothing, so the password is no protection and may well be empty.</summary>
    public bool IsDevnetGrade => _kdf is KeystoreKdf.OfScrypt { N: <= (int)KeystoreCost.Devnet, R: <= BlockCost, P: 1 };

    /// <param name="json">UTF-8, from anywhere.</param>
    /// <exception cref="WalletException">Malformed, unsupported or too costly.</exception>
    public static Keystore Parse(ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxBytes)
        {
            throw KeystoreJson.Malformed($"it has more than {MaxBytes >> 10} KiB");
        }

        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            return new Keystore(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // the latter: half a surrogate pair, which is JSON but no text
            throw KeystoreJson.Malformed("its JSON is broken");
        }
    }

    /// <summary>Encrypts a wallet.</summary>
    /// <returns>The file's UTF-8 bytes.</returns>
    /// <exception cref="LibcryptoUnavailableException">Passwords cannot be hashed on this machine.</exception>
    public static byte[] Seal(WalletSecret secret, string password, KeystoreCost cost)
    {
        var kdf = new KeystoreKdf.OfScrypt((int)cost, BlockCost, 1, RandomNumberGenerator.GetBytes(32));
        var counter = RandomNumberGenerator.GetBytes(AesCounter.BlockSize);
        var ciphertext = new byte[PrivateKey.Size];
        Span<byte> keys = stackalloc byte[AllKeysSize];
        try
        {
            kdf.Derive(Encoding.UTF8.GetBytes(password), keys);
            secret.Key.CopyTo(ciphertext);
            AesCounter.Apply(keys[..MacKeyAt], counter, ciphertext);
            var file = new JsonObject
            {
                ["version"] = 3,
                ["id"] = NewId(),
                ["address"] = Convert.ToHexStringLower(secret.Key.Address.ToArray()),
                ["crypto"] = new JsonObject
                {
                    ["cipher"] = "aes-128-ctr",
                    ["cipherparams"] = new JsonObject { ["iv"] = Convert.ToHexStringLower(counter) },
                    ["ciphertext"] = Convert.ToHexStringLower(ciphertext),
                    ["kdf"] = "scrypt",
                    ["kdfparams"] = new JsonObject
                    {
                        ["dklen"] = KeystoreKdf.KeySize,
                        ["n"] = kdf.N,
                        ["r"] = kdf.R,
                        ["p"] = kdf.P,
                        ["salt"] = Convert.ToHexStringLower(kdf.Salt),
                    },
                    ["mac"] = Convert.ToHexStringLower(Mac(keys, ciphertext)),
                },
            };
            if (secret is { Phrase: { } phrase, Path: { } path })
            {
                var phraseCounter = RandomNumberGenerator.GetBytes(AesCounter.BlockSize);
                var entropy = phrase.Entropy.ToArray();
                AesCounter.Apply(keys[KeystoreKdf.KeySize..], phraseCounter, entropy);
                file["x-ethers"] = new JsonObject
                {
                    ["client"] = "videomesh",
                    ["path"] = path.ToString(),
                    ["locale"] = "en",
                    ["mnemonicCounter"] = Convert.ToHexStringLower(phraseCounter),
                    ["mnemonicCiphertext"] = Convert.ToHexStringLower(entropy),
                    ["version"] = "0.1",
                };
            }

            return Encoding.UTF8.GetBytes(file.ToJsonString() + "\n");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(keys);
        }
    }

    /// <summary>Decrypts the wallet. The caller disposes of what it gets.</summary>
    /// <exception cref="WalletException"><see cref="WalletRefusal.WrongPassword"/>, or the file does not hold what it says.</exception>
    /// <exception cref="LibcryptoUnavailableException">Passwords cannot be hashed on this machine.</exception>
    public WalletSecret Open(string password)
    {
        Span<byte> keys = stackalloc byte[AllKeysSize];
        Span<byte> secret = stackalloc byte[PrivateKey.Size];
        secret.Clear();
        try
        {
            _kdf.Derive(Encoding.UTF8.GetBytes(password), keys);
            if (!CryptographicOperations.FixedTimeEquals(Mac(keys, _ciphertext), _mac))
            {
                throw new WalletException(WalletRefusal.WrongPassword, "The password is wrong.");
            }

            var digits = secret[^_ciphertext.Length..];
            _ciphertext.CopyTo(digits);
            AesCounter.Apply(keys[..MacKeyAt], _counter, digits);
            using var key = Key(secret);
            if (Address is { } claimed && claimed != key.Address)
            {
                throw new WalletException(WalletRefusal.KeystoreMismatch, $"This keystore claims to be {claimed} but holds the key of {key.Address}; somebody altered it.");
            }

            return _phrase is { } phrase ? WithPhrase(phrase, keys[KeystoreKdf.KeySize..], key.Address) : WalletSecret.Of(Key(secret));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(keys);
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private WalletSecret WithPhrase((byte[] Counter, byte[] Ciphertext) phrase, ReadOnlySpan<byte> phraseKey, Address address)
    {
        var entropy = phrase.Ciphertext.ToArray();
        AesCounter.Apply(phraseKey, phrase.Counter, entropy);
        var secret = WalletSecret.Of(WordPhrase.FromEntropy(entropy), Path!);
        CryptographicOperations.ZeroMemory(entropy);
        if (secret.Key.Address == address)
        {
            return secret;
        }

        secret.Dispose();
        throw new WalletException(WalletRefusal.KeystoreMismatch, $"The phrase in this keystore does not lead to its key, that of {address}; somebody altered it.");
    }

    private static PrivateKey Key(ReadOnlySpan<byte> secret)
    {
        try
        {
            return PrivateKey.FromBytes(secret);
        }
        catch (ArgumentException)
        {
            throw new WalletException(WalletRefusal.NotAKey, "What this keystore holds is no private key.");
        }
    }

    private static byte[] Mac(ReadOnlySpan<byte> keys, byte[] ciphertext) => Keccak.Hash([.. keys[MacKeyAt..KeystoreKdf.KeySize], .. ciphertext]).ToArray();


    private static string NewId()
    {
        var bytes = RandomNumberGenerator.GetBytes(16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }
}
