using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;

namespace VideoMesh.Actors.StorageMiner;

/// <summary>What a storage miner gives, and what it lets strangers ask of it.</summary>
public sealed record StorageMinerOptions
{
    /// <summary>Most bytes of blocks and manifests kept or set aside.</summary>
    public required long CapacityBytes { get; init; }

    /// <summary>Free space of the disk that is never given away. Default 1 GiB.</summary>
    public long KeepFreeBytes { get; init; } = 1L << 30;

    /// <summary>How long room stays set aside, and what was put into it stays, without the order to keep it. Default 1 h: a client that was cut off finds its blocks again.</summary>
    public TimeSpan RoomLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How far the clocks of an owner and this node may be apart. Default 5 minutes.</summary>
    public TimeSpan OrderLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Time between the end of one look at all blocks it keeps and the begin of the next. Default 24 h.</summary>
    public TimeSpan ScrubInterval { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How fast it looks. Default 16 MiB/s.</summary>
    public long ScrubBytesPerSecond { get; init; } = 16L << 20;

    /// <summary>Whether this node looks after the objects it keeps blocks of. Default false.</summary>
    public bool Watches { get; init; }

    /// <summary>Most rooms set aside at a time, all askers together. Default 4096.</summary>
    public int MaxRooms { get; init; } = 4096;
}

/// <summary>What a storage miner works with.</summary>
/// <param name="Self">This node's account.</param>
/// <param name="Chain">Name of the chain, for owners' signatures.</param>
/// <param name="Store">Takes blocks; its budget must cover <see cref="StorageMinerOptions.CapacityBytes"/> beside whatever else it holds.</param>
/// <param name="FreeBytes">Of the store's disk.</param>
public sealed record StorageMinerSetting(
    StorageMinerOptions Options,
    Address Self,
    string Chain,
    IActorRef Mesh,
    ContentStore Store,
    ContentTickets Tickets,
    IStorageJournal Journal,
    KeptContent Kept,
    Func<long> FreeBytes,
    TimeProvider Time);
