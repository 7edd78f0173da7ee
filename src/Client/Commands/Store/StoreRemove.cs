using System.CommandLine;
using VideoMesh.Miners.Storage;

namespace VideoMesh.Client.Commands.Store;

/// <summary><c>videomesh store rm</c>.</summary>
internal static class StoreRemove
{
    public static Command Create(CliContext context)
    {
        var id = StoreCommand.Id();
        var network = new NetworkFlags();
        var wallet = new WalletFlags("The wallet that owns it. Without it: the key of this user's own.");
        var command = new Command("rm", "Have every miner that answers forget an object. Only its owner may.") { id };
        network.AddTo(command);
        wallet.AddTo(command);
        return command
            .WithExamples(("videomesh store rm ID", "it cannot be got back after that"))
            .Runs(context, async run =>
            {
                var hash = StoreCommand.ReadId(run.Required(id));
                using var owner = StoreCommand.OpenOwner(run, wallet);
                await using var client = await StoreCommand.OpenAsync(run, network, needed: 1);
                var found = await StoreCommand.FindAsync(client, run, hash);
                if (found.Manifest.Owner != owner.Address)
                {
                    throw new StorageException(StorageRefusal.NotOwner, $"This object belongs to {found.Manifest.Owner}; name its wallet with --wallet.");
                }

                foreach (var holding in found.Holdings)
                {
                    await client.Network.RemoveAsync(holding.Miner, hash, owner, run.Cancellation);
                }

                StoreIndex.Open(run).Remove(hash);
                run.PrintJson(new { Status = "removed", Id = hash.ToString(), Miners = found.Holdings.Length });
                run.Print($"{found.Holdings.Length} miners have forgotten it");
                return ExitCode.Done;
            });
    }
}
