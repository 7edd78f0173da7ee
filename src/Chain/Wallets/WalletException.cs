namespace VideoMesh.Chain.Wallets;

/// <summary>Why a wallet refuses. Each has one sentence, in <see cref="WalletException"/>.</summary>
public enum WalletRefusal
{
    /// <summary>The name is not made of letters, digits, <c>-</c> and <c>_</c>, or is too long.</summary>
    BadName = 1,

    UnknownWallet,

    NameTaken,

    WrongPassword,

    /// <summary>Not 12, 15, 18, 21 or 24 words.</summary>
    WordCount,

    /// <summary>A word that is not in the list.</summary>
    UnknownWord,

    /// <summary>Words of the list that make no phrase: one is wrong, or two are swapped.</summary>
    PhraseChecksum,

    /// <summary>Not a derivation path such as <c>m/44'/60'/0'/0/0</c>.</summary>
    BadPath,

    /// <summary>Digits that are no private key.</summary>
    NotAKey,

    /// <summary>Not a V3 keystore.</summary>
    KeystoreMalformed,

    /// <summary>A keystore of another version, or with another cipher or password hash.</summary>
    KeystoreUnsupported,

    /// <summary>A keystore that wants more memory or time than any honest one.</summary>
    KeystoreTooCostly,

    /// <summary>A keystore that names another address, or holds another phrase, than its key's.</summary>
    KeystoreMismatch,

    /// <summary>The wallet was made from a key, so no phrase belongs to it.</summary>
    NoPhrase,
}

/// <summary>A wallet refuses: one reason, one sentence that says why and what to do. Neither ever holds a part of a secret.</summary>
public sealed class WalletException(WalletRefusal reason, string sentence) : Exception(sentence)
{
    public WalletRefusal Reason { get; } = reason;
}
