using System.CommandLine;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Node;
using VideoMesh.Miners.Storage;

namespace VideoMesh.Client.Commands.Store;

/// <summary><c>videomesh store</c>: bytes on strangers' disks.</summary>
public static class StoreCommand
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    public static Command Create(CliContext context) =>
        new Command("store", "Store files on strangers' disks, with parity, and get them back.")
        {
            StorePut.Create(context), StoreGet.Create(context), StoreStat.Create(context), StoreStat.CreateVerify(context), StoreList.Create(context), StoreRemove.Create(context),
        }
        .WithExamples(
            ("videomesh store put holiday.mp4 --k 4 --m 2", "any two of six miners may vanish"),
            ("videomesh store get ID --out holiday.mp4", "byte for byte, from any four"),
            ("videomesh store stat ID", "how well each stripe is"));

    /// <summary>The object a verb is about.</summary>
    internal static Argument<string> Id() => new("ID") { Description = "The object, as `store put` printed it: 64 hexadecimal digits." };

    /// <exception cref="CommandFailure">It is no id.</exception>
    internal static ContentHash ReadId(string text) => ContentHash.TryParse(text, out var id)
        ? id
        : throw CommandFailure.Usage("bad-id", $"'{text}' is no id of an object: 64 lower-case hexadecimal digits, as `store put` prints them.");

    /// <summary>Links to the network, and waits until so many storage miners are there, or do not come.</summary>
    internal static async Task<StoreClient> OpenAsync(CommandRun run, NetworkFlags network, int needed)
    {
        var client = await StoreClient.StartAsync(network.Url(run), new RunLogger(run), run.Time, run.Cancellation);
        try
        {
            await client.Network.SettleAsync(needed, s_patience, run.Cancellation);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>The key that owns what this user stores: a wallet's, or one of this user's own.</summary>
    internal static PrivateKey OpenOwner(CommandRun run, WalletFlags wallet) =>
        wallet.Open(run) ?? KeyFile.LoadOrCreate(Path.Combine(new UserFolders(run.Environment).State, "store.key"));

    internal static Task<FoundObject> FindAsync(StoreClient client, CommandRun run, ContentHash id) =>
        ObjectSearch.FindAsync(client.Network, client.Transfers, id, run.Cancellation);
}
