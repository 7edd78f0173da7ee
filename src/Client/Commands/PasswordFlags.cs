using System.CommandLine;
using VideoMesh.Chain.Wallets;
using VideoMesh.Client.Node;

namespace VideoMesh.Client.Commands;

/// <summary>Where a wallet's password comes from, for every verb that needs one: <c>--password-file</c>, then the environment, then the terminal; never an
/// argument.</summary>
internal sealed class PasswordFlags
{
    public const string Variable = "VIDEOMESH_PASSWORD";

    private readonly Option<string?> _file = new("--password-file")
    {
        Description = $"File with the wallet's password. Without it: {Variable}, or it is asked for on the terminal. A devnet's wallets need none.",
    };

    public void AddTo(Command command) => command.Options.Add(_file);

    /// <summary>The password of something that exists.</summary>
    /// <exception cref="CommandFailure">None is given, and there is no terminal to ask on.</exception>
    public string Existing(CommandRun run, string subject) => Given(run) ?? Ask(run, $"Password of {subject}: ");

    /// <summary>A password for a new wallet; typed twice where it is typed.</summary>
    /// <exception cref="CommandFailure">None is given, and there is no terminal to ask on; or it is empty, or was typed differently.</exception>
    public string New(CommandRun run, string name)
    {
        if (Given(run) is not { } password)
        {
            password = Ask(run, $"New password for wallet {name}: ");
            if (password.Length > 0 && !string.Equals(password, Ask(run, "The same again: "), StringComparison.Ordinal))
            {
                throw CommandFailure.Usage("passwords-differ", "The two passwords differ; nothing was written.");
            }
        }

        return password.Length > 0
            ? password
            : throw CommandFailure.Usage("password-empty", "An empty password protects nothing; only a devnet's wallets may have one (--devnet).");
    }

    /// <summary>Opens one of this user's wallets. A devnet's is tried with the empty password first, so that nobody is asked in vain.</summary>
    /// <exception cref="WalletException">It does not open.</exception>
    /// <exception cref="CommandFailure">No password is given, and there is no terminal to ask on.</exception>
    public WalletSecret Open(CommandRun run, string name)
    {
        var wallets = WalletsOf(run);
        if (wallets.Describe(name).IsDevnetGrade)
        {
            try
            {
                return wallets.Open(name, "");
            }
            catch (WalletException refused) when (refused.Reason == WalletRefusal.WrongPassword)
            {
                // it has one after all
            }
        }

        return wallets.Open(name, Existing(run, $"wallet {name}"));
    }

    /// <summary>This user's wallets.</summary>
    public static WalletFolder WalletsOf(CommandRun run) => new(new UserFolders(run.Environment).Wallets);

    private string? Given(CommandRun run) => run.Value(_file) is { } path ? FirstLine(PrivateFiles.Read(run, "--password-file", path)) : run.Environment(Variable);

    private static string FirstLine(string text) => text.Split('\n')[0].TrimEnd('\r');

    private static string Ask(CommandRun run, string question) => !run.InIsTerminal
        ? throw CommandFailure.Usage("password-needed", $"A password is needed and there is no terminal to ask on: use --password-file or {Variable}.")
        : run.AskSecret(question) ?? throw CommandFailure.Usage("password-needed", "No password was typed.");
}
