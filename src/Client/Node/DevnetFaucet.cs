using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Wallets;

namespace VideoMesh.Client.Node;

/// <summary>The wallet that a devnet's faucet pays from: one of the user's own, without a password, the same for each devnet.</summary>
internal static class DevnetFaucet
{
    private const string Name = "faucet";

    /// <summary>Taken when the user keeps a wallet of real worth under the other name.</summary>
    private const string OtherName = "devnet-faucet";

    /// <summary>Finds it, or makes it.</summary>
    /// <exception cref="WalletException">Both names belong to wallets with a password.</exception>
    public static WalletInfo Of(WalletFolder wallets)
    {
        var names = wallets.Names().ToHashSet(StringComparer.Ordinal);
        foreach (var name in (string[])[Name, OtherName])
        {
            if (!names.Contains(name))
            {
                using var secret = WalletSecret.Of(PrivateKey.Create());
                return wallets.Add(name, secret, "", KeystoreCost.Devnet);
            }

            if (wallets.Describe(name) is { IsDevnetGrade: true } known)
            {
                return known;
            }
        }

        throw new WalletException(WalletRefusal.NameTaken, $"A devnet's faucet wants a wallet of the name {OtherName}, and that one has a password: export it under another name first.");
    }
}
