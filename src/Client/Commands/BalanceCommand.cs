using System.CommandLine;
using VideoMesh.Client.Node.Chain;

namespace VideoMesh.Client.Commands;

/// <summary><c>videomesh balance</c>: what an account has.</summary>
public static class BalanceCommand
{
    public static Command Create(CliContext context)
    {
        var account = new AccountFlags();
        var command = new Command("balance", "What an account has: spendable, staked, and waiting to be paid out.");
        account.AddTo(command);
        return command
            .WithExamples(
                ("videomesh balance me", "of a wallet, on your devnet"),
                ("videomesh balance me --verify --network http://seed.example.net:4100 --json", "proven, for scripts: nano-VID"))
            .Runs(context, async run =>
            {
                var (found, check) = await account.ReadAsync(run);
                var view = ChainJson.ToObject(new { found.Address, found.Balance, found.Stake, found.Unbonding, found.Nonce });
                if (check is not null)
                {
                    view["verified"] = ChainJson.ToObject(check);
                }

                run.PrintJson(view);
                run.Print($"address    {found.Address}");
                run.Print($"balance    {found.Balance}");
                run.Print($"stake      {found.Stake}");
                run.Print($"unbonding  {found.Unbonding}");
                return ExitCode.Done;
            });
    }
}
