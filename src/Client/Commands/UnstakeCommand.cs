using System.CommandLine;
using VideoMesh.Chain.Transactions;
using VideoMesh.Client.Node.Chain;

namespace VideoMesh.Client.Commands;

/// <summary><c>videomesh unstake</c>: begin a withdrawal.</summary>
public static class UnstakeCommand
{
    public static Command Create(CliContext context)
    {
        var amount = new Argument<string>("AMOUNT") { Description = "Such as 1000VID; without a unit: nano-VID." };
        var flags = new TransferFlags();
        var command = new Command("unstake", "Withdraw stake of an account; it is paid out to its balance after the chain's unbonding time.") { amount };
        flags.AddTo(command);
        return command
            .WithExamples(("videomesh unstake 500VID --wallet me", "`videomesh balance me` shows it as unbonding"))
            .Runs(context, run =>
            {
                var coins = Accounts.ReadAmount(run.Required(amount));
                return flags.SendAsync(run, self => new Wish(TransactionType.Stake, self, coins, new StakeOperation.Lower().Encode()));
            });
    }
}
