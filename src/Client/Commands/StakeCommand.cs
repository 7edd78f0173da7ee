using System.CommandLine;
using VideoMesh.Chain.Transactions;
using VideoMesh.Client.Node.Chain;

namespace VideoMesh.Client.Commands;

/// <summary><c>videomesh stake</c>: bond coins. It only bonds: what a node does with stake, it says itself.</summary>
public static class StakeCommand
{
    public static Command Create(CliContext context)
    {
        var amount = new Argument<string>("AMOUNT") { Description = "Such as 1000VID; without a unit: nano-VID." };
        var flags = new TransferFlags();
        var command = new Command("stake", "Move coins of an account from its balance to its stake.") { amount };
        flags.AddTo(command);
        return command
            .WithExamples(("videomesh stake 1000VID --wallet me", "bond coins, as miners and verifiers need"))
            .Runs(context, run =>
            {
                var coins = Accounts.ReadAmount(run.Required(amount));
                return flags.SendAsync(run, self => new Wish(TransactionType.Stake, self, coins, new StakeOperation.Raise().Encode()));
            });
    }
}
