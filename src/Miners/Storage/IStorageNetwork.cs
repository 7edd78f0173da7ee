using System.Collections;
using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Storage;

/// <summary>A storage miner that can be reached.</summary>
/// <param name="Name">What it calls itself: a stranger's text.</param>
/// <param name="Url">Of its data plane.</param>
public sealed record StoragePeer(Address Address, string Name, Uri Url);

/// <summary>What a miner says it has of an object.</summary>
/// <param name="ManifestBytes">Size of the manifest, which it serves as content.</param>
/// <param name="Held">A bit for each block of the manifest, in its order.</param>
/// <param name="Corrupt">Of blocks that it promised to keep and found to have changed.</param>
public sealed record ObjectHolding(Address Miner, int ManifestBytes, BitArray Held, BitArray Corrupt)
{
    /// <summary>Whether it says to make lost blocks of the object again.</summary>
    public bool Watches { get; init; }

    public bool Has(int block) => block < Held.Length && Held[block];

    public bool HasCorrupt(int block) => block < Corrupt.Length && Corrupt[block];
}

/// <summary>The control plane as storing and fetching need it. Answers come from strangers; a miner that does not answer is <see cref="StorageRefusal.NoAnswer"/>.</summary>
public interface IStorageNetwork
{
    /// <summary>The storage miners that are linked now.</summary>
    ImmutableArray<StoragePeer> Miners { get; }

    /// <summary>Asks a miner to set room aside.</summary>
    /// <returns>A ticket to put that many bytes.</returns>
    /// <exception cref="StorageException">The miner's named reason.</exception>
    Task<string> AdmitAsync(Address miner, long bytes, CancellationToken cancellationToken);

    /// <summary>Asks a miner to keep those blocks of an object that were put to it, and the manifest.</summary>
    /// <returns>What it keeps from now on.</returns>
    /// <exception cref="StorageException">The miner's named reason.</exception>
    Task<ObjectHolding> KeepAsync(Address miner, ContentHash manifest, CancellationToken cancellationToken);

    /// <summary>Asks a miner what it has of an object.</summary>
    /// <exception cref="StorageException">The miner's named reason.</exception>
    Task<ObjectHolding> AskAsync(Address miner, ContentHash manifest, CancellationToken cancellationToken);
}
