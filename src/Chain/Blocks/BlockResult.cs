using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Blocks;

/// <summary>What a block does.</summary>
/// <param name="State">The state after it.</param>
/// <param name="Changes">The leaves it changed, each once.</param>
/// <param name="Transactions">In the block's order.</param>
/// <param name="Touched">The accounts it changed.</param>
public sealed record BlockResult(
    ChainState State, ImmutableArray<StateChange> Changes, ImmutableArray<VerifiedTransaction> Transactions, ImmutableArray<Address> Touched);
