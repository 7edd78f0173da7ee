using VideoMesh.Actors.Repair;
using VideoMesh.Actors.StorageClient;
using VideoMesh.Actors.StorageMiner;
using VideoMesh.Chain.Store;
using VideoMesh.Miners.Storage;

namespace VideoMesh.Client.Node;

/// <summary>A node's storage: its promises on disk, and the actors that keep them and look after what they are part of. Dispose of it after the node's actors have stopped.</summary>
public sealed class StorageNode : IDisposable
{
    private readonly StorageMinerOptions _options;
    private readonly StorageJournal _journal;

    private StorageNode(StorageMinerOptions options, StorageJournal journal, long keptBytes)
    {
        _options = options;
        _journal = journal;
        BudgetBytes = Math.Max(options.CapacityBytes, keptBytes);
    }

    /// <summary>What the content store must have room for: what was promised stays, even if the capacity was more then.</summary>
    public long BudgetBytes { get; }

    /// <summary>What it keeps, once it was started.</summary>
    public KeptContent Kept { get; } = new();

    /// <exception cref="StoreException">The journal is damaged or cannot be opened.</exception>
    public static StorageNode Open(StorageMinerOptions options, string folder, TimeProvider time)
    {
        Directory.CreateDirectory(folder);
        var journal = StorageJournal.Open(Path.Combine(folder, "storage.db"), time);
        try
        {
            return new StorageNode(options, journal, journal.Read().Aggregate(new StorageMinerState(options), (state, happened) => state.Apply(happened)).KeptBytes);
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Starts the actor on a running node.</summary>
    public void Start(MeshNode node, string name, string chain, string folder, RepairOptions? repair, TimeProvider time, Action<string> note)
    {
        var disk = new DriveInfo(folder);
        var setting = new StorageMinerSetting(_options, node.Address, chain, node.Mesh, node.Store, node.Tickets, _journal, Kept, () => disk.AvailableFreeSpace, time);
        var miner = node.Actors.ActorOf(Props.Create(() => new StorageMinerActor(setting)), "storage-miner");
        if (repair is null)
        {
            return;
        }

        var local = new LocalMiner(new StoragePeer(node.Address, name, node.Url ?? node.Listening), miner);
        var client = node.Actors.ActorOf(Props.Create(() => new StorageClientActor(node.Mesh, local)), "storage-client");
        var network = new StorageNetwork(client, node.Mesh, chain, time);
        var repairing = new RepairSetting(repair, node.Address, Kept, network, network.RefreshAsync, node.Transfers, time, note);
        node.Actors.ActorOf(Props.Create(() => new RepairActor(repairing)), "repair");
    }

    public void Dispose() => _journal.Dispose();
}
