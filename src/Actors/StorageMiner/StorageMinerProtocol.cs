using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Storage;

namespace VideoMesh.Actors.StorageMiner;

/// <summary>What is said to a storage miner actor by its own node.</summary>
public static class StorageMinerProtocol
{
    /// <summary>The role that nodes announce.</summary>
    public const string Role = "storage";

    /// <summary>From now on this actor of the same node may ask, too, with messages from the node's own address, and gets answers as if from a peer.</summary>
    public sealed record Attach(IActorRef Asker);

    /// <summary>Answered with <see cref="Status"/>.</summary>
    public sealed record GetStatus
    {
        public static GetStatus Instance { get; } = new();
    }

    /// <param name="CapacityBytes">Most bytes.</param>
    /// <param name="KeptBytes">Promised.</param>
    public sealed record Status(long CapacityBytes, long KeptBytes, long SetAsideBytes, int Objects, int CorruptBlocks);
}

/// <summary>What a storage miner keeps, for others of its node to look up: everybody may read that. Any thread may ask.</summary>
public sealed class KeptContent
{
    private volatile StorageMinerState? _state;

    /// <summary>Objects of which it keeps blocks.</summary>
    public ImmutableDictionary<ContentHash, KeptObject> Objects => _state?.Objects ?? ImmutableDictionary<ContentHash, KeptObject>.Empty;

    public bool Contains(ContentHash content) => _state?.IsKept(content) == true;

    internal void Publish(StorageMinerState state) => _state = state;
}

/// <summary>Where a storage miner's events are written down.</summary>
public interface IStorageJournal
{
    /// <summary>Everything that was written, in an order in which it can be applied.</summary>
    IEnumerable<StorageMinerEvent> Read();

    /// <summary>When this returns, the event is on the disk.</summary>
    void Append(StorageMinerEvent happened);
}

/// <summary>What a storage miner writes down before it answers.</summary>
public abstract record StorageMinerEvent
{
    private StorageMinerEvent()
    {
    }

    /// <summary>It promises to keep these blocks from now on.</summary>
    public sealed record Kept(ContentHash Id, Address Owner, int ManifestBytes, int ManifestBlocks, ImmutableArray<(int Number, BlockRef Block)> Blocks) : StorageMinerEvent;

    /// <summary>It keeps nothing of this object any more.</summary>
    public sealed record Removed(ContentHash Id) : StorageMinerEvent;
}

/// <summary>An owner's order to one miner to forget an object.</summary>
public sealed record RemovalOrder(ContentHash Id, Address Miner, DateTimeOffset Issued)
{
    // Separates this signature from every other the account key makes.
    private const string Domain = "videomesh/remove/1";

    /// <summary>What the owner signs. Another chain's nodes have other links, and another miner another address, so that an order cannot be carried elsewhere.</summary>
    public Hash256 Digest(string chain) => new RlpWriter().StartList()
        .Text(Domain).Text(chain).Hash(Id).Address(Miner).Number((ulong)Issued.ToUnixTimeMilliseconds()).EndList().Keccak();
}
