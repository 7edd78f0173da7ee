using System.Collections.Immutable;
using System.Globalization;

namespace VideoMesh.Chain.Wallets;

/// <summary>Which of the keys that follow from a seed is meant, as BIP-32 writes it: <c>m/44'/60'/0'/0/0</c>. The apostrophe marks a hardened step.</summary>
public sealed class DerivationPath
{
    /// <summary>Added to a hardened step's number.</summary>
    public const uint Hardened = 0x8000_0000;

    /// <summary>Deeper than any wallet goes.</summary>
    private const int MaxSteps = 16;

    private DerivationPath(ImmutableArray<uint> steps) => Steps = steps;

    /// <summary>The first account as BIP-44 counts them for Ethereum: what other wallets show first for the same words.</summary>
    public static DerivationPath Default { get; } = Parse("m/44'/60'/0'/0/0");

    /// <summary>The steps from the root, <see cref="Hardened"/> included.</summary>
    public ImmutableArray<uint> Steps { get; }

    /// <summary>Reads <c>m</c> and up to 16 numbers below 2³¹, each with <c>'</c>, <c>h</c> or <c>H</c> behind it where it is hardened.</summary>
    /// <exception cref="WalletException"><see cref="WalletRefusal.BadPath"/>.</exception>
    public static DerivationPath Parse(string text)
    {
        var parts = text.Split('/');
        if (parts[0] is not "m" || parts.Length > MaxSteps + 1)
        {
            throw Bad();
        }

        return new DerivationPath([.. parts.Skip(1).Select(Step)]);
    }

    public override string ToString() =>
        string.Concat(Steps.Select(step => step >= Hardened ? $"/{step - Hardened}'" : $"/{step}").Prepend("m"));

    private static uint Step(string text)
    {
        var isHardened = text is [.., '\'' or 'h' or 'H'];
        return uint.TryParse(isHardened ? text.AsSpan()[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < Hardened
            ? number | (isHardened ? Hardened : 0)
            : throw Bad();
    }

    private static WalletException Bad() => new(WalletRefusal.BadPath, $"A derivation path is written like m/44'/60'/0'/0/0: m, then at most {MaxSteps} numbers.");
}
