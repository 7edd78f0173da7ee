using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Wallets;

/// <summary>12 to 24 English words that are a wallet (BIP-39): people write them down, and any wallet makes the same keys of them. Zeroed when disposed;
/// printed nowhere but by <see cref="Reveal"/>.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class WordPhrase : IDisposable
{
    /// <summary>Words of a new phrase: 128 bits, which is all the strength the curve has.</summary>
    public const int DefaultWordCount = 12;

    private const int SeedSize = 64;
    private const int Rounds = 2048;
    private const int MaxEntropySize = 32;

    private readonly byte[] _entropy;

    private WordPhrase(ReadOnlySpan<byte> entropy) => _entropy = entropy.ToArray();

    /// <summary>How many words a phrase may have.</summary>
    public static IReadOnlyList<int> WordCounts { get; } = [12, 15, 18, 21, 24];

    // 32 bits of entropy and one of checksum make three words
    public int WordCount => _entropy.Length * 3 / 4;

    internal ReadOnlySpan<byte> Entropy => _entropy;

    /// <summary>Draws a new phrase from the operating system's generator.</summary>
    /// <exception cref="WalletException"><see cref="WalletRefusal.WordCount"/>.</exception>
    public static WordPhrase Create(int wordCount = DefaultWordCount)
    {
        Span<byte> entropy = stackalloc byte[EntropySize(wordCount)];
        RandomNumberGenerator.Fill(entropy);
        try
        {
            return new WordPhrase(entropy);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(entropy);
        }
    }

    /// <param name="entropy">16, 20, 24, 28 or 32 bytes. The caller zeroes its copy.</param>
    /// <exception cref="WalletException"><see cref="WalletRefusal.WordCount"/>.</exception>
    public static WordPhrase FromEntropy(ReadOnlySpan<byte> entropy) =>
        entropy.Length % 4 == 0 && EntropySize(entropy.Length * 3 / 4) == entropy.Length ? new WordPhrase(entropy) : throw WrongCount(0);

    /// <summary>Reads words in either case with any white space between them.</summary>
    /// <exception cref="WalletException"><see cref="WalletRefusal.WordCount"/>, <see cref="WalletRefusal.UnknownWord"/> or
    /// <see cref="WalletRefusal.PhraseChecksum"/>. The message repeats no word.</exception>
    public static WordPhrase Parse(string text)
    {
        var words = text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var size = EntropySize(words.Length);
        Span<byte> bits = stackalloc byte[MaxEntropySize + 1];
        bits.Clear();
        try
        {
            for (var i = 0; i < words.Length; i++)
            {
                if (!WordList.TryFind(words[i], out var number))
                {
                    throw new WalletException(WalletRefusal.UnknownWord, $"Word {i + 1} is not one of the 2048 English words of BIP-39; check its spelling.");
                }

                WriteWord(bits, i, number);
            }

            return bits[size] == Checksum(bits[..size])
                ? new WordPhrase(bits[..size])
                : throw new WalletException(WalletRefusal.PhraseChecksum, "These words do not make a phrase: one of them is another word, or two are swapped.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bits);
        }
    }

    /// <summary>The words, for the one moment a person writes them down.</summary>
    public string Reveal()
    {
        Span<byte> bits = stackalloc byte[MaxEntropySize + 1];
        bits.Clear();
        _entropy.CopyTo(bits);
        bits[_entropy.Length] = Checksum(_entropy);
        var words = new string[WordCount];
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = WordList.Word(ReadWord(bits, i));
        }

        CryptographicOperations.ZeroMemory(bits);
        return string.Join(' ', words);
    }

    /// <summary>The seed that keys are derived from.</summary>
    /// <param name="passphrase">Words of the owner's own that make another wallet of the same phrase; empty for none. ASCII only: others must be
    /// decomposed (NFKD) first, which a program without culture data cannot do.</param>
    /// <returns>64 bytes, which the caller zeroes.</returns>
    /// <exception cref="ArgumentException">The passphrase is not ASCII.</exception>
    public byte[] ToSeed(string passphrase = "") => Ascii.IsValid(passphrase)
        ? Rfc2898DeriveBytes.Pbkdf2(Encoding.ASCII.GetBytes(Reveal()), Encoding.ASCII.GetBytes("mnemonic" + passphrase), Rounds, HashAlgorithmName.SHA512, SeedSize)
        : throw new ArgumentException("A passphrase is ASCII here.", nameof(passphrase));

    /// <summary>The key at a path below the phrase's seed.</summary>
    public PrivateKey DeriveKey(DerivationPath path)
    {
        var seed = ToSeed();
        try
        {
            return HdKeys.Derive(seed, path);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_entropy);

    /// <summary>Says how many words there are, never which.</summary>
    public override string ToString() => $"phrase of {WordCount} words";

    private static int EntropySize(int wordCount) => WordCounts.Contains(wordCount) ? wordCount * 4 / 3 : throw WrongCount(wordCount);

    private static WalletException WrongCount(int wordCount) =>
        new(WalletRefusal.WordCount, $"A phrase has {string.Join(", ", WordCounts.SkipLast(1))} or {WordCounts[^1]} words, not {wordCount}.");

    // the first bits of the hash, one for every 32 of entropy
    private static byte Checksum(ReadOnlySpan<byte> entropy)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(entropy, digest);
        return (byte)(digest[0] & (0xFF << (8 - (entropy.Length / 4))));
    }

    private static void WriteWord(Span<byte> bits, int word, int number)
    {
        for (var i = 0; i < WordList.BitsPerWord; i++)
        {
            var at = (word * WordList.BitsPerWord) + i;
            bits[at / 8] |= (byte)(((number >> (WordList.BitsPerWord - 1 - i)) & 1) << (7 - (at % 8)));
        }
    }

    private static int ReadWord(ReadOnlySpan<byte> bits, int word)
    {
        var number = 0;
        for (var at = word * WordList.BitsPerWord; at < (word + 1) * WordList.BitsPerWord; at++)
        {
            number = (number << 1) | ((bits[at / 8] >> (7 - (at % 8))) & 1);
        }

        return number;
    }
}
