using System.ComponentModel.DataAnnotations;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Content;

/// <summary>Where a content store lives and how much it may hold.</summary>
public sealed record ContentStoreOptions
{
    /// <summary>Absolute path of a folder that belongs to this store alone; made when missing.</summary>
    public required string Folder { get; init; }

    /// <summary>Bytes of content on disk at most, what is on its way included. Default 64 GiB, at least 1.</summary>
    public long BudgetBytes { get; init; } = 64L << 30;

    /// <exception cref="ValidationException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        if (!Path.IsPathFullyQualified(Folder))
        {
            throw new ValidationException($"The content store's folder must be an absolute path, not '{Folder}'.");
        }

        if (BudgetBytes < 1)
        {
            throw new ValidationException($"The content store's budget must be at least 1 byte, not {BudgetBytes}.");
        }
    }
}

/// <summary>What became of a put.</summary>
/// <param name="Hash">The content's name.</param>
/// <param name="Length">Its size in bytes.</param>
/// <param name="AlreadyHad">The store held it before.</param>
public readonly record struct StoredContent(ContentHash Hash, long Length, bool AlreadyHad);

/// <summary>How a file enters the store.</summary>
public enum AddMode
{
    /// <summary>The bytes are copied and the file stays as it is.</summary>
    Copy = 1,

    /// <summary>The file stays and shares its bytes with the store where the file system allows it. Only for files nobody writes to any more.</summary>
    Link,

    /// <summary>The file itself becomes the content and is gone from its place.</summary>
    Move,
}

/// <summary>What a look at the bytes on disk found.</summary>
public enum ContentCheck
{
    /// <summary>The bytes have the hash of their name.</summary>
    Intact = 1,

    /// <summary>The store does not hold it.</summary>
    Missing,

    /// <summary>The bytes had another hash. The store has dropped them.</summary>
    Corrupt,
}
