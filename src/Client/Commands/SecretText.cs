using System.Security.Cryptography;
using System.Text;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Wallets;

namespace VideoMesh.Client.Commands;

/// <summary>What people bring from other wallets: words, a private key, or a V3 keystore.</summary>
internal static class SecretText
{
    /// <summary>Reads it from the terminal, or from standard input where that is none.</summary>
    /// <exception cref="CommandFailure">There is nothing.</exception>
    public static string Ask(CommandRun run)
    {
        var text = run.InIsTerminal ? run.AskSecret("Words or private key: ") : Read(run.In);
        return !string.IsNullOrWhiteSpace(text) ? text
            : throw CommandFailure.Usage("nothing-to-import", "There is nothing to import: give the words or the private key on standard input, or use --phrase-file or --keystore.");
    }

    public static bool IsKeystore(string text) => text.AsSpan().TrimStart().StartsWith("{");

    /// <param name="path">Which account of the words.</param>
    /// <param name="password">Of a keystore.</param>
    /// <exception cref="WalletException">It is none of the three, or the password is wrong.</exception>
    public static WalletSecret Parse(string text, DerivationPath path, string? password)
    {
        if (password is not null)
        {
            return Keystore.Parse(Encoding.UTF8.GetBytes(text)).Open(password);
        }

        var trimmed = text.Trim();
        var digits = trimmed.StartsWith("0x", StringComparison.Ordinal) ? trimmed[2..] : trimmed;
        return digits.Length == 2 * PrivateKey.Size && digits.All(char.IsAsciiHexDigit) ? WalletSecret.Of(Key(digits)) : WalletSecret.Of(WordPhrase.Parse(trimmed), path);
    }

    private static PrivateKey Key(string digits)
    {
        var bytes = Convert.FromHexString(digits);
        try
        {
            return PrivateKey.FromBytes(bytes);
        }
        catch (ArgumentException)
        {
            throw new WalletException(WalletRefusal.NotAKey, "These digits are no private key.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static string Read(TextReader input)
    {
        // one character more than fits, so that what is too long is refused rather than cut
        var buffer = new char[Keystore.MaxBytes + 1];
        return new string(buffer, 0, input.ReadBlock(buffer));
    }
}
