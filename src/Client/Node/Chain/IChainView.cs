using VideoMesh.Actors.Ledger;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Store;

namespace VideoMesh.Client.Node.Chain;

/// <summary>The last final block and the state after it.</summary>
/// <param name="State">What accounts are read and proven from.</param>
/// <param name="Final">That block; null before the first.</param>
public sealed record ChainHead(ChainState State, FinalBlock? Final);

/// <summary>How a node's ledger is.</summary>
/// <param name="Head">Where it stands.</param>
/// <param name="Waiting">Transactions that wait for a block.</param>
/// <param name="IsCatchingUp">Whether blocks are being fetched that others have.</param>
/// <param name="Failure">Why the node follows the chain no more; null while it does.</param>
public sealed record ChainStatus(ChainHead Head, int Waiting, bool IsCatchingUp, string? Failure);

/// <summary>What the HTTP API needs of a node's ledger. Safe for use by several threads.</summary>
public interface IChainView
{
    /// <summary>Hash of the chain's genesis.</summary>
    Hash256 Genesis { get; }

    /// <summary>New final blocks.</summary>
    BlockFeed Feed { get; }

    Task<ChainStatus> StatusAsync(CancellationToken cancellationToken);

    /// <summary>The state with an account, and the nonce of its next transaction, those that wait included.</summary>
    Task<(ChainHead Head, ulong NextNonce)> AccountAsync(Address address, CancellationToken cancellationToken);

    /// <summary>What becomes of each, in order.</summary>
    Task<IReadOnlyList<SubmitOutcome>> SubmitAsync(IReadOnlyList<ReadOnlyMemory<byte>> transactions, CancellationToken cancellationToken);

    /// <summary>A final block; null when it is not here.</summary>
    StoredBlock? FindBlock(ulong height);

    /// <inheritdoc cref="FindBlock(ulong)"/>
    StoredBlock? FindBlock(Hash256 hash);

    /// <summary>Places at which a transaction of this hash may stand; the reader compares.</summary>
    IReadOnlyList<TransactionPlace> FindTransaction(Hash256 hash);
}
