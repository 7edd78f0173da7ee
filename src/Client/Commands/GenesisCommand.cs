using System.CommandLine;
using System.Text.Json.Nodes;
using VideoMesh.Actors.Ledger;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Client.Commands;

/// <summary><c>videomesh genesis</c>: what a chain of one's own begins with.</summary>
public static class GenesisCommand
{
    public static Command Create(CliContext context) =>
        new Command("genesis", "Begin a chain of your own (docs/own-network.md).") { Entry(context) }
            .WithExamples(("videomesh genesis entry genesis.json --wallet me --stake 10000VID", "your verifier's entry for that file"));

    private static Command Entry(CliContext context)
    {
        var file = new Argument<string>("FILE") { Description = "The genesis as far as it is written: its chain and parameters are looked at." };
        var stake = new Option<string>("--stake") { Description = "What the verifier has bonded from the beginning.", Required = true };
        var balance = new Option<string?>("--balance") { Description = "What it has to spend besides." };
        var data = new Option<string?>("--data") { Description = "Data folder of a node with a key of its own, instead of --wallet." };
        var wallet = new WalletFlags("The wallet whose account the verifier will be.");
        var command = new Command("entry", "Print the entry of one verifier for the accounts of a genesis. It holds nothing secret.") { file, stake, balance, data };
        wallet.AddTo(command);
        return command
            .WithExamples(
                ("videomesh genesis entry genesis.json --wallet me --stake 10000VID --balance 100VID", "of a wallet"),
                ("videomesh genesis entry genesis.json --data node/ --stake 10000VID", "of a node's own key"))
            .Runs(context, run =>
            {
                var parameters = GenesisInput.Read(run.FullPath(run.Required(file)), GenesisFile.ReadParameters);
                var (bonded, free) = (Accounts.ReadAmount(run.Required(stake)), run.Value(balance) is { } text ? Accounts.ReadAmount(text) : Amount.Zero);
                if (bonded < parameters.Barrier)
                {
                    throw CommandFailure.Usage("below-barrier", $"--stake is below the chain's barrierNano, {parameters.Barrier.Nano}: such an account has no vote.");
                }

                using var key = wallet.Open(run) ?? (run.Value(data) is { } folder
                    ? KeyFile.LoadOrCreate(Path.Combine(run.FullPath(folder), "node.key"))
                    : throw CommandFailure.Usage("wallet-needed", "--wallet NAME or --data FOLDER says whose entry it is."));
                var verifier = new VerifierKey(key, parameters);
                var entry = GenesisFile.Write(new GenesisAccount(key.Address, free, bonded, (verifier.First.Head, verifier.ChainLength)));
                run.PrintJson(JsonNode.Parse(entry)!);
                run.Print(entry);
                return Task.FromResult(ExitCode.Done);
            });
    }
}
