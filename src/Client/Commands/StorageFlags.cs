using System.CommandLine;
using VideoMesh.Actors.Repair;
using VideoMesh.Actors.StorageMiner;

namespace VideoMesh.Client.Commands;

/// <summary>The options of nodes that store for others.</summary>
internal sealed class StorageFlags
{
    private readonly Option<string?> _capacity = new("--capacity") { Description = "Disk space that a storage miner gives, such as 200GiB. Needed for --role storage." };

    private readonly Option<string> _keepFree = new("--keep-free") { Description = "Free space of the disk that a storage miner never gives away.", DefaultValueFactory = _ => "1GiB" };

    private readonly Option<double> _scrub = new("--scrub-seconds") { Description = "Seconds between two looks at all the blocks it keeps.", DefaultValueFactory = _ => 86400 };

    private readonly Option<double> _repair = new("--repair-seconds") { Description = "Seconds between two looks at how the objects are of which it keeps blocks.", DefaultValueFactory = _ => 60 };

    private readonly Option<double> _grace = new("--repair-grace-seconds") { Description = "How long a block may be missing before it is made again.", DefaultValueFactory = _ => 900 };

    private readonly Option<bool> _noRepair = NoRepair();

    /// <summary>Of a node, or of all storage miners of a devnet.</summary>
    public static Option<bool> NoRepair() => new("--no-repair") { Description = "Leave it to others to make lost blocks again." };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_capacity, _keepFree, _scrub, _repair, _grace, _noRepair])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What the node stores for others, or null without the role.</summary>
    public StorageMinerOptions? Read(CommandRun run, bool isStorage) => (isStorage, run.Value(_capacity)) switch
    {
        (false, null) => null,
        (false, _) => throw CommandFailure.Usage("capacity-without-storage", "--capacity goes with --role storage."),
        (_, null) => throw CommandFailure.Usage("storage-needs-capacity", "A storage miner needs --capacity SIZE, such as 200GiB."),
        (_, { } text) => new StorageMinerOptions
        {
            CapacityBytes = Sizes.Parse("--capacity", text),
            KeepFreeBytes = Sizes.Parse("--keep-free", run.Required(_keepFree)),
            ScrubInterval = Interval(run, _scrub),
            Watches = !run.Value(_noRepair),
        },
    };

    /// <summary>How the node looks after objects; null: it does not.</summary>
    public RepairOptions? ReadRepair(CommandRun run) => run.Value(_noRepair) ? null : new RepairOptions { Interval = Interval(run, _repair), Grace = Interval(run, _grace) };

    private static TimeSpan Interval(CommandRun run, Option<double> option) => run.Required(option) is >= 0.1 and <= 30 * 86400 and var seconds
        ? TimeSpan.FromSeconds(seconds)
        : throw CommandFailure.Usage($"bad-{option.Name.TrimStart('-')}", $"{option.Name} must be from 0.1 to {30 * 86400}.");
}
