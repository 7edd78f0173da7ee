using System.CommandLine;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Node;

namespace VideoMesh.Client.Commands;

/// <summary>Who pays for a job, how much at the most, and what to wait for.</summary>
internal sealed class PurseFlags
{
    private const string Settled = "settled";

    private static readonly Amount DevnetBudget = Amount.FromVid(10);

    private readonly WalletFlags _wallet = new("The wallet whose account pays for the job. On a devnet of your own its faucet pays.");
    private readonly Option<string?> _budget = new("--budget") { Description = "The most to lock for the job on the ledger, such as 10VID; what is not spent comes back." };
    private readonly Option<string?> _wait = new("--wait") { Description = "settled: return when the ledger has paid and refunded. Without it: when the output is ready." };

    public PurseFlags() => _wait.AcceptOnlyFromAmong(Settled);

    public void AddTo(Command command)
    {
        command.Options.Add(_budget);
        command.Options.Add(_wait);
        _wallet.AddTo(command);
    }

    public bool WaitsForSettlement(CommandRun run) => run.Value(_wait) is not null;

    /// <summary>The budget of a new job, and the key that pays, which the caller disposes of; zero and null for a job that pays nothing.</summary>
    /// <param name="network">Of the job; null: an embedded one.</param>
    public (Amount Budget, PrivateKey? Key) Read(CommandRun run, Uri? network)
    {
        var budget = run.Value(_budget) is { } text ? Accounts.ReadAmount(text) : Amount.Zero;
        var key = OpenKey(run, network);
        return (budget > Amount.Zero, key) switch
        {
            (true, null) => throw CommandFailure.Usage("wallet-needed", "Say with --wallet NAME whose account pays; `videomesh wallet list` names yours."),
            (false, not null) when run.IsGiven(_budget) || !IsFaucet(run, network) => throw Without(key),
            (false, not null) => (DevnetBudget, key),
            _ => (budget, key),
        };

        static CommandFailure Without(PrivateKey key)
        {
            key.Dispose();
            return CommandFailure.Usage("budget-needed", "Say with --budget AMOUNT, such as 10VID, how much may be locked for the job.");
        }
    }

    /// <summary>The key that pays for a job which has a budget already.</summary>
    public PrivateKey? OpenKey(CommandRun run, Uri? network) => _wallet.Open(run) ?? (FaucetOf(run, network) is { } faucet ? PasswordFlags.WalletsOf(run).Open(faucet, "").Key : null);

    private bool IsFaucet(CommandRun run, Uri? network) => !_wallet.IsNamed(run) && FaucetOf(run, network) is not null;

    private static string? FaucetOf(CommandRun run, Uri? network)
    {
        var devnets = new Devnet(new UserFolders(run.Environment), run.Time);
        return network is not null && devnets.Owns(network) ? devnets.Find()?.Faucet : null;
    }
}
