using System.CommandLine;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Client.Commands;

/// <summary>The options of every verb that acts for a wallet: which one, and where its password comes from.</summary>
/// <param name="description">What the verb does with it.</param>
internal sealed class WalletFlags(string description)
{
    private readonly Option<string?> _name = new("--wallet") { Description = description };

    private readonly PasswordFlags _password = new();

    public void AddTo(Command command)
    {
        command.Options.Add(_name);
        _password.AddTo(command);
    }

    public bool IsNamed(CommandRun run) => run.IsGiven(_name);

    /// <summary>The key of the wallet that is named, which the caller disposes of; null if none is.</summary>
    public PrivateKey? Open(CommandRun run)
    {
        if (run.Value(_name) is not { } name)
        {
            return null;
        }

        var secret = _password.Open(run, name);
        secret.Phrase?.Dispose();
        return secret.Key;
    }
}
