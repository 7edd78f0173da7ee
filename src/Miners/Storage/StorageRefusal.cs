namespace VideoMesh.Miners.Storage;

/// <summary>Why the storage network refused something. Shared by miners, clients, the command line, logs and tests.</summary>
public enum StorageRefusal
{
    /// <summary>The message does not fit the protocol.</summary>
    Malformed = 1,

    /// <summary>The miner's capacity is taken or set aside.</summary>
    NoRoom,

    /// <summary>The miner's disk has less free space than it keeps free.</summary>
    DiskNearlyFull,

    /// <summary>The miner does not have the manifest, or it cannot be read.</summary>
    ManifestUnreadable,

    /// <summary>The miner holds nothing of this object.</summary>
    NotHeld,

    /// <summary>Somebody other than the owner asks to remove it.</summary>
    NotOwner,

    /// <summary>The order to remove is too old, or from the future.</summary>
    StaleOrder,

    /// <summary>The miner did not answer in time, or its link is gone.</summary>
    NoAnswer,

    /// <summary>There are fewer storage miners than a stripe has blocks.</summary>
    TooFewMiners,

    /// <summary>No miner has this object's manifest.</summary>
    ObjectNotFound,

    /// <summary>More blocks of a stripe are lost than parity can make up for.</summary>
    BytesLost,

    /// <summary>There is nothing to store, or a file that cannot be part of an object.</summary>
    SourceUnfit,

    /// <summary>A file changed while it was being stored.</summary>
    SourceChanged,

    /// <summary>So many bytes do not fit into one object.</summary>
    ObjectTooLarge,
}

/// <summary>The catalogue: one sentence for each reason.</summary>
public static class StorageRefusals
{
    /// <summary>One sentence for people.</summary>
    public static string Sentence(this StorageRefusal reason) => reason switch
    {
        StorageRefusal.Malformed => "The message does not fit the storage protocol.",
        StorageRefusal.NoRoom => "The miner's capacity is taken.",
        StorageRefusal.DiskNearlyFull => "The miner's disk is nearly full.",
        StorageRefusal.ManifestUnreadable => "The miner does not have the object's manifest, or cannot read it.",
        StorageRefusal.NotHeld => "The miner holds nothing of this object.",
        StorageRefusal.NotOwner => "Only an object's owner may remove it.",
        StorageRefusal.StaleOrder => "The order is too old or from the future; compare the clocks.",
        StorageRefusal.NoAnswer => "The miner does not answer.",
        StorageRefusal.TooFewMiners => "There are fewer storage miners than a stripe has blocks; choose smaller --k and --m, or wait for miners.",
        StorageRefusal.ObjectNotFound => "No storage miner that answers knows this object.",
        StorageRefusal.BytesLost => "More blocks of a stripe are lost than parity can make up for.",
        StorageRefusal.SourceUnfit => "There is nothing here that can be stored: regular files with ordinary names are expected.",
        StorageRefusal.SourceChanged => "A file changed while it was being stored; store it when nobody writes to it.",
        StorageRefusal.ObjectTooLarge => "This is too large for one object.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}

/// <summary>Storing or fetching failed. The message is one sentence for people and holds nothing that a peer wrote.</summary>
public sealed class StorageException(StorageRefusal reason, string sentence, Exception? inner = null) : Exception(sentence, inner)
{
    public StorageException(StorageRefusal reason, Exception? inner = null)
        : this(reason, reason.Sentence(), inner)
    {
    }

    public StorageRefusal Reason { get; } = reason;
}
