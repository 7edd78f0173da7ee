using System.CommandLine;
using VideoMesh.Actors.StorageMiner;

namespace VideoMesh.Client.Commands;

/// <summary>The options of nodes that store for others.</summary>
internal sealed class StorageFlags
{
    private readonly Option<string?> _capacity = new("--capacity") { Description = "Disk space that a storage miner gives, such as 200GiB. Needed for --role storage." };

    private readonly Option<string> _keepFree = new("--keep-free") { Description = "Free space of the disk that a storage miner never gives away.", DefaultValueFactory = _ => "1GiB" };

    public void AddTo(Command command)
    {
        command.Options.Add(_capacity);
        command.Options.Add(_keepFree);
    }

    /// <summary>What the node stores for others, or null without the role.</summary>
    public StorageMinerOptions? Read(CommandRun run, bool isStorage) => (isStorage, run.Value(_capacity)) switch
    {
        (false, null) => null,
        (false, _) => throw CommandFailure.Usage("capacity-without-storage", "--capacity goes with --role storage."),
        (_, null) => throw CommandFailure.Usage("storage-needs-capacity", "A storage miner needs --capacity SIZE, such as 200GiB."),
        (_, { } text) => new StorageMinerOptions { CapacityBytes = Sizes.Parse("--capacity", text), KeepFreeBytes = Sizes.Parse("--keep-free", run.Required(_keepFree)) },
    };
}
