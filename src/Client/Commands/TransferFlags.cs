using System.CommandLine;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Node.Chain;

namespace VideoMesh.Client.Commands;

/// <summary>The options of every verb that sends a transaction, and the sending.</summary>
internal sealed class TransferFlags
{
    private readonly WalletFlags _wallet = new("The wallet whose account signs and pays.");
    private readonly NetworkFlags _network = new();
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "Return when the node took it, before it is final." };
    private readonly Option<string?> _chain = new("--chain") { Description = "Sign for this chain only. Without it: for the chain of the node, so name it where you do not trust the node." };

    private readonly Option<string?> _maxFee = new("--max-fee") { Description = $"Sign nothing that may cost more in fees. Default {TransactionSender.DefaultMaxFee}." };

    public void AddTo(Command command)
    {
        _wallet.AddTo(command);
        _network.AddTo(command);
        command.Options.Add(_noWait);
        command.Options.Add(_chain);
        command.Options.Add(_maxFee);
    }

    /// <summary>Signs, sends, waits and prints.</summary>
    public async Task<ExitCode> SendAsync(CommandRun run, Func<Address, Wish> wish)
    {
        var maxFee = run.Value(_maxFee) is { } most ? Accounts.ReadAmount(most) : TransactionSender.DefaultMaxFee;
        using var chain = _network.Open(run);
        using var key = _wallet.Open(run) ?? throw CommandFailure.Usage("wallet-needed", "Say with --wallet NAME whose account signs; `videomesh wallet list` names yours.");
        var (hash, height) = await new TransactionSender(chain, run.Time, run.Note) { MaxFee = maxFee }.SendAsync(key, wish(key.Address), run.Value(_chain), !run.Value(_noWait), run.Cancellation);
        run.PrintJson(new { Hash = hash.ToString(), Status = height is null ? "pending" : TransactionAnswer.Final, Height = height });
        run.Print(height is null ? $"{hash} was taken and waits for a block" : $"{hash} is final in block {height}");
        return ExitCode.Done;
    }
}
