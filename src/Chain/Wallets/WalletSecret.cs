using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Wallets;

/// <summary>An open wallet: its key and, where the key came from one, the word phrase. Disposing it disposes of both.</summary>
public sealed class WalletSecret : IDisposable
{
    private WalletSecret(PrivateKey key, WordPhrase? phrase, DerivationPath? path)
    {
        Key = key;
        Phrase = phrase;
        Path = path;
    }

    public PrivateKey Key { get; }

    /// <summary>Null if the wallet was made from a key.</summary>
    public WordPhrase? Phrase { get; }

    /// <summary>Where the key lies below the phrase; null without a phrase.</summary>
    public DerivationPath? Path { get; }

    /// <param name="key">The secret disposes of it.</param>
    public static WalletSecret Of(PrivateKey key) => new(key, null, null);

    /// <param name="phrase">The secret disposes of it.</param>
    public static WalletSecret Of(WordPhrase phrase, DerivationPath path) => new(phrase.DeriveKey(path), phrase, path);

    public void Dispose()
    {
        Key.Dispose();
        Phrase?.Dispose();
    }
}
