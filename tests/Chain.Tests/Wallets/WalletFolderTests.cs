using VideoMesh.Chain.Tests.Primitives;
using VideoMesh.Chain.Wallets;

namespace VideoMesh.Chain.Tests.Wallets;

public sealed class WalletFolderTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("videomesh-wallets-").FullName;
    private readonly WalletFolder _wallets;

    public WalletFolderTests() => _wallets = new WalletFolder(Folder);

    private string Folder => Path.Combine(_parent, "wallets");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void Keeps_wallets_for_their_owner_alone_and_names_them_without_a_password()
    {
        Assert.Empty(_wallets.Names());
        using var secret = WalletSecret.Of(A.Key(1));
        _wallets.Add("you", secret, "p", KeystoreCost.Devnet);
        _wallets.Add("me", secret, "p", KeystoreCost.Devnet);

        Assert.Equal(["me", "you"], _wallets.Names());
        Assert.Equal(secret.Key.Address, _wallets.AddressOf("me"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Folder, "me.json")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
        Assert.Equal(2, Directory.GetFileSystemEntries(Folder).Length);
    }

    [Fact]
    public void A_name_is_given_once()
    {
        using var first = WalletSecret.Of(A.Key(1));
        using var second = WalletSecret.Of(A.Key(2));
        _wallets.Add("me", first, "p", KeystoreCost.Devnet);

        Assert.Equal(WalletRefusal.NameTaken, Assert.Throws<WalletException>(() => _wallets.Add("me", second, "p", KeystoreCost.Devnet)).Reason);
        Assert.Equal(first.Key.Address, _wallets.AddressOf("me"));
    }

    [Fact]
    public void A_link_that_leads_nowhere_takes_a_name_too()
    {
        using var secret = WalletSecret.Of(A.Key(1));
        Directory.CreateDirectory(Folder);
        File.CreateSymbolicLink(Path.Combine(Folder, "me.json"), Path.Combine(_parent, "elsewhere"));

        Assert.Equal(WalletRefusal.NameTaken, Assert.Throws<WalletException>(() => _wallets.Add("me", secret, "p", KeystoreCost.Devnet)).Reason);
        Assert.False(VideoMesh.Chain.Primitives.PrivateFile.TryCreate(Path.Combine(Folder, "me.json"), [1]));
        Assert.False(File.Exists(Path.Combine(_parent, "elsewhere")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("../me")]
    [InlineData("me.json")]
    [InlineData("m\u00e9")]
    [InlineData("me\n")]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234x")]
    public void A_name_leads_nowhere_else(string name)
    {
        using var secret = WalletSecret.Of(A.Key(1));

        Assert.Equal(WalletRefusal.BadName, Assert.Throws<WalletException>(() => _wallets.Add(name, secret, "p", KeystoreCost.Devnet)).Reason);
        Assert.Equal(WalletRefusal.BadName, Assert.Throws<WalletException>(() => _wallets.AddressOf(name)).Reason);
    }

    [Fact]
    public void An_unknown_wallet_and_a_wrong_password_have_their_names()
    {
        using var secret = WalletSecret.Of(A.Key(1));
        Assert.Equal(WalletRefusal.UnknownWallet, Assert.Throws<WalletException>(() => _wallets.AddressOf("me")).Reason);
        _wallets.Add("me", secret, "p", KeystoreCost.Devnet);

        Assert.Equal(WalletRefusal.WrongPassword, Assert.Throws<WalletException>(() => _wallets.Open("me", "q")).Reason);
    }
}
