using System.CommandLine;
using VideoMesh.Chain.Transactions;
using VideoMesh.Client.Node.Chain;

namespace VideoMesh.Client.Commands;

/// <summary><c>videomesh send</c>: move coins.</summary>
public static class SendCommand
{
    public static Command Create(CliContext context)
    {
        var to = new Argument<string>("TO") { Description = "Name of a wallet of yours, or an address." };
        var amount = new Argument<string>("AMOUNT") { Description = "Such as 1.5VID; without a unit: nano-VID." };
        var flags = new TransferFlags();
        var command = new Command("send", "Move coins to another account; returns when that is final.") { to, amount };
        flags.AddTo(command);
        return command
            .WithExamples(
                ("videomesh send me 100VID --wallet giver", "from a wallet of yours to another"),
                ("videomesh send 0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266 1.5VID --wallet me --no-wait --json", "to an address, for scripts"))
            .Runs(context, run =>
            {
                var (recipient, coins) = (Accounts.Find(run, run.Required(to)), Accounts.ReadAmount(run.Required(amount)));
                return flags.SendAsync(run, _ => new Wish(TransactionType.Transfer, recipient, coins, []));
            });
    }
}
