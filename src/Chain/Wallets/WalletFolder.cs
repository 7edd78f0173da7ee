using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Wallets;

/// <summary>What a wallet says of itself without its password.</summary>
/// <param name="Path">Where its key lies below its phrase; null for a wallet made from a key.</param>
/// <param name="IsDevnetGrade">Its password protects nothing and may be empty.</param>
public sealed record WalletInfo(string Name, Address Address, DerivationPath? Path, bool IsDevnetGrade);

/// <summary>The wallets of one user, one keystore file each: <c>NAME.json</c>, mode 0600.</summary>
/// <param name="folder">Absolute; made, for its owner alone, when the first wallet is added.</param>
public sealed class WalletFolder(string folder)
{
    private const int MaxNameLength = 64;
    private const string Ending = ".json";

    /// <summary>In alphabetical order.</summary>
    public IEnumerable<string> Names() => !Directory.Exists(folder)
        ? []
        : Directory.EnumerateFiles(folder, "*" + Ending).Select(file => Path.GetFileNameWithoutExtension(file)).Where(IsName).Order(StringComparer.Ordinal);

    /// <exception cref="WalletException"><see cref="WalletRefusal.BadName"/> or <see cref="WalletRefusal.NameTaken"/>.</exception>
    public void RequireFree(string name)
    {
        if (PrivateFile.IsTaken(FileOf(name)))
        {
            throw Taken(name);
        }
    }

    /// <exception cref="WalletException">There is no such wallet, or its file is no keystore.</exception>
    public WalletInfo Describe(string name)
    {
        var keystore = Read(name);
        return new WalletInfo(
            name,
            keystore.Address ?? throw new WalletException(WalletRefusal.KeystoreMalformed, $"The file of wallet {name} does not say its address; remove it and import it again."),
            keystore.Path,
            keystore.IsDevnetGrade);
    }

    /// <summary>Whose wallet this is; needs no password.</summary>
    /// <exception cref="WalletException">There is no such wallet, or its file is no keystore.</exception>
    public Address AddressOf(string name) => Describe(name).Address;

    /// <summary>Decrypts a wallet. The caller disposes of what it gets.</summary>
    /// <exception cref="WalletException">There is no such wallet, or the password is wrong, or the file was altered.</exception>
    public WalletSecret Open(string name, string password) => Read(name).Open(password);

    /// <summary>The file itself, which other wallets open with the same password.</summary>
    /// <exception cref="WalletException">There is no such wallet.</exception>
    public byte[] Export(string name)
    {
        try
        {
            using var file = File.OpenHandle(FileOf(name));
            var bytes = new byte[Keystore.MaxBytes + 1];
            return bytes[..RandomAccess.Read(file, bytes, fileOffset: 0)];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new WalletException(WalletRefusal.UnknownWallet, $"There is no wallet {name}; `videomesh wallet list` names those there are.");
        }
    }

    /// <summary>Encrypts a wallet and keeps it durably.</summary>
    /// <exception cref="WalletException"><see cref="WalletRefusal.BadName"/> or <see cref="WalletRefusal.NameTaken"/>.</exception>
    public WalletInfo Add(string name, WalletSecret secret, string password, KeystoreCost cost)
    {
        RequireFree(name);
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return PrivateFile.TryCreate(FileOf(name), Keystore.Seal(secret, password, cost)) ? Describe(name) : throw Taken(name);
    }

    private Keystore Read(string name) => Keystore.Parse(Export(name));

    private string FileOf(string name) => IsName(name)
        ? Path.Combine(folder, name + Ending)
        : throw new WalletException(WalletRefusal.BadName, $"A wallet's name has 1 to {MaxNameLength} letters, digits, - and _.");

    private static bool IsName(string name) => name.Length is > 0 and <= MaxNameLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static WalletException Taken(string name) => new(WalletRefusal.NameTaken, $"There is a wallet {name} already; choose another name.");
}
