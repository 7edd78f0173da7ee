using System.CommandLine;
using System.Globalization;
using VideoMesh.Client.Node.Chain;
using VideoMesh.Client.Rendering;

namespace VideoMesh.Client.Commands;

/// <summary><c>videomesh chain</c>: look at the ledger.</summary>
public static class ChainCommand
{
    public static Command Create(CliContext context) =>
        new Command("chain", "Look at the ledger: its state, blocks, transactions, accounts and verifiers.")
        {
            Status(context), Block(context), Transaction(context), Account(context), Verifiers(context),
        }
            .WithExamples(
                ("videomesh chain status", "where the ledger of your devnet stands"),
                ("videomesh chain verifiers --network http://seed.example.net:4100", "who votes"));

    private static Command Status(CliContext context)
    {
        var network = new NetworkFlags();
        var command = new Command("status", "Where the ledger stands.");
        network.AddTo(command);
        return command.WithExamples(("videomesh chain status --json", "for scripts")).Runs(context, async run =>
        {
            using var chain = network.Open(run);
            var status = await chain.StatusAsync(run.Cancellation);
            run.PrintJson(ChainJson.ToObject(new { status.ChainId, status.Height, status.Hash, status.StateRoot, status.FinalizedAt, status.Verifiers }));
            run.Print($"chain      {Units.Clean(status.ChainId, Units.SentenceLength)}");
            run.Print($"height     {status.Height}");
            run.Print($"block      {status.Hash}");
            run.Print($"state      {status.StateRoot}");
            run.Print($"finalized  {Time(status.FinalizedAt)}");
            run.Print($"verifiers  {status.Verifiers}");
            if (status.Failure is { } failure)
            {
                run.Warn($"this node follows the chain no more: {Units.Clean(failure, Units.SentenceLength)}");
            }

            return ExitCode.Done;
        });
    }

    private static Command Block(CliContext context)
    {
        var name = new Argument<string>("BLOCK") { Description = "Height or hash." };
        var network = new NetworkFlags();
        var command = new Command("block", "One final block.") { name };
        network.AddTo(command);
        return command.WithExamples(("videomesh chain block 1", "the first one")).Runs(context, async run =>
        {
            using var chain = network.Open(run);
            var block = await chain.BlockAsync(run.Required(name), run.Cancellation);
            run.PrintJson(ChainJson.ToObject(block));
            run.Print($"height        {block.Height}");
            run.Print($"hash          {block.Hash}");
            run.Print($"parent        {block.ParentHash}");
            run.Print($"time          {Time(block.Time)}");
            run.Print($"author        {block.Author}");
            run.Print($"precommits    {block.Precommits}");
            run.Print($"transactions  {block.Transactions.Count}");
            foreach (var transaction in block.Transactions)
            {
                run.Print($"  {transaction}");
            }

            return ExitCode.Done;
        });
    }

    private static Command Transaction(CliContext context)
    {
        var hash = new Argument<string>("HASH") { Description = "Of the transaction." };
        var network = new NetworkFlags();
        var command = new Command("tx", "One transaction of a final block.") { hash };
        network.AddTo(command);
        return command
            .WithExamples(("videomesh chain tx 0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060", "what became of it"))
            .Runs(context, async run =>
            {
                using var chain = network.Open(run);
                var transaction = await chain.TransactionAsync(run.Required(hash), run.Cancellation);
                run.PrintJson(ChainJson.ToObject(transaction));
                run.Print($"block   {transaction.Height}");
                run.Print($"type    {transaction.Type}");
                run.Print($"from    {transaction.Sender}");
                run.Print($"to      {transaction.Recipient}");
                run.Print($"amount  {transaction.Amount}");
                run.Print($"fee     {transaction.Fee}");
                run.Print($"nonce   {transaction.Nonce}");
                return ExitCode.Done;
            });
    }

    private static Command Account(CliContext context)
    {
        var account = new AccountFlags();
        var command = new Command("account", "One account with all that the ledger knows of it.");
        account.AddTo(command);
        return command
            .WithExamples(("videomesh chain account me --genesis genesis.json", "proven against a genesis you trust"))
            .Runs(context, async run =>
            {
                var (found, check) = await account.ReadAsync(run);
                var view = ChainJson.ToObject(found);
                view.Remove("proof");
                if (check is not null)
                {
                    view["verified"] = ChainJson.ToObject(check);
                }

                run.PrintJson(view);
                run.Print($"address    {found.Address}");
                run.Print($"balance    {found.Balance}");
                run.Print($"stake      {found.Stake}");
                run.Print($"nonce      {found.Nonce}");
                run.Print($"verifier   {(found.Verifier ? "yes" : "no")}");
                run.Print($"jail       {found.Jail}");
                foreach (var withdrawal in found.Withdrawals)
                {
                    run.Print($"unbonding  {withdrawal.Amount} until {Time(withdrawal.MaturesAt)}");
                }

                return ExitCode.Done;
            });
    }

    private static Command Verifiers(CliContext context)
    {
        var network = new NetworkFlags();
        var command = new Command("verifiers", "Who votes on the next block, and with which weight.");
        network.AddTo(command);
        return command.WithExamples(("videomesh chain verifiers --json", "for scripts")).Runs(context, async run =>
        {
            using var chain = network.Open(run);
            var answer = await chain.VerifiersAsync(run.Cancellation);
            run.PrintJson(ChainJson.ToObject(answer));
            run.Print($"height {answer.Height}");
            foreach (var verifier in answer.Verifiers)
            {
                run.Print($"  {verifier.Address}  {verifier.Clout} of {verifier.Stake}, {verifier.Jail}, missed {verifier.Missed}");
            }

            return ExitCode.Done;
        });
    }

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
