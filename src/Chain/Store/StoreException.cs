namespace VideoMesh.Chain.Store;

/// <summary>A store refused or failed; the message is one sentence that names the file and says what to do.</summary>
public sealed class StoreException(StoreFailure reason, string message, Exception? inner = null) : Exception(message, inner)
{
    public StoreFailure Reason { get; } = reason;
}

/// <summary>Why a store refused or failed.</summary>
public enum StoreFailure
{
    /// <summary>Somebody else wrote to the stream since it was read.</summary>
    Conflict,

    /// <summary>Another process, or another part of this one, holds the lease on the stream.</summary>
    InUse,

    /// <summary>The disk is full. What was acknowledged is kept, what was not is absent.</summary>
    Full,

    /// <summary>The content is damaged.</summary>
    Corrupt,

    /// <summary>The file is something else, or was written by a newer version.</summary>
    Foreign,

    /// <summary>The file cannot be opened or written: a missing permission, a read-only or failing disk, a file system without locks.</summary>
    Inaccessible,

    /// <summary>Others kept the file locked for longer than this one waits.</summary>
    Busy,
}
