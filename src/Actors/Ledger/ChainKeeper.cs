using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Store;

namespace VideoMesh.Actors.Ledger;

/// <summary>The chain as this node has it: always what its store has. Outlives a restart of the ledger actor. One owner.</summary>
public sealed class ChainKeeper
{
    private readonly LedgerStore _store;
    private readonly Dictionary<Hash256, Candidate> _candidates = [];

    private ChainKeeper(LedgerStore store, FinalBlock? head, ChainState state)
    {
        _store = store;
        Head = head;
        State = state;
    }

    public ChainParameters Parameters => State.Parameters;

    /// <summary>The last final block; null before the first.</summary>
    public FinalBlock? Head { get; private set; }

    /// <summary>After the last final block.</summary>
    public ChainState State { get; private set; }

    /// <summary>The height to be decided.</summary>
    public ulong NextHeight => State.Height + 1;

    internal IActorRef? Follower { get; set; }

    internal HashSet<IActorRef> Subscribers { get; } = [];

    /// <summary>Loads what the store has. The caller disposes of the store.</summary>
    /// <param name="beginning">The state before the first block.</param>
    /// <exception cref="StoreException">It is damaged.</exception>
    public static ChainKeeper Load(ChainState beginning, LedgerStore store)
    {
        var head = store.Head();
        var state = head is null ? beginning : ChainState.Open(beginning.Parameters, BlockHeader.Decode(head.HeaderBytes.Span), store.Leaves());
        return new ChainKeeper(store, head, state
            ?? throw new StoreException(
                StoreFailure.Corrupt,
                $"The state in {store.Path} does not have the root that its last block names: move the file and those that begin with its name away, and the node fetches the chain anew."));
    }

    /// <summary>A block of the next height that was executed and whose body is durable.</summary>
    internal void Remember(Hash256 block, ReadOnlyMemory<byte> body, BlockResult result)
    {
        if (result.State.Height == NextHeight)
        {
            _candidates[block] = new Candidate(body, result);
        }
    }

    internal Candidate? Find(Hash256 block) => _candidates.GetValueOrDefault(block);

    /// <summary>Makes a final block of the next height durable, and only then the last one.</summary>
    internal StoredBlock Append(FinalBlock final, Candidate candidate)
    {
        var (block, result) = (new StoredBlock(final, candidate.Body), candidate.Result);

        // the genesis is in no block: its leaves are written with the first
        var changes = State.Height == 0 ? result.State.Tree.Leaves() : result.Changes;
        _store.Append(block, [.. result.Transactions.Select(transaction => transaction.Hash)], changes);
        Head = final;
        State = result.State;
        _candidates.Clear();
        return block;
    }

    internal sealed record Candidate(ReadOnlyMemory<byte> Body, BlockResult Result);
}
