using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;

namespace VideoMesh.Actors.Ledger;

/// <summary>The chain as this node has it: always what its store has. Outlives a restart of the ledger actor. One owner.</summary>
public sealed class ChainKeeper
{
    private readonly LedgerStore _store;
    private readonly Dictionary<Hash256, Candidate> _candidates = [];

    private ChainKeeper(LedgerRules rules, LedgerStore store, FinalBlock? head, LedgerState state)
    {
        Rules = rules;
        _store = store;
        Head = head;
        State = state;
    }

    public LedgerRules Rules { get; }

    /// <summary>The last final block; null before the first.</summary>
    public FinalBlock? Head { get; private set; }

    /// <summary>After the last final block.</summary>
    public LedgerState State { get; private set; }

    /// <summary>The height to be decided.</summary>
    public ulong NextHeight => State.Height + 1;

    internal IActorRef? Follower { get; set; }

    internal HashSet<IActorRef> Subscribers { get; } = [];

    /// <summary>Loads what the store has. The caller disposes of the store.</summary>
    /// <exception cref="StoreException">It is damaged.</exception>
    public static ChainKeeper Load(LedgerRules rules, LedgerStore store)
    {
        var head = store.Head();
        var state = rules.Open(head, store.Leaves())
            ?? throw new StoreException(
                StoreFailure.Corrupt,
                $"The state in {store.Path} does not have the root that its last block names: move the file and those that begin with its name away, and the node fetches the chain anew.");
        return new ChainKeeper(rules, store, head, state);
    }

    /// <summary>A block of the next height that was executed and whose body is durable.</summary>
    internal void Remember(Hash256 block, ReadOnlyMemory<byte> body, ExecutedBlock executed)
    {
        if (executed.After.Height == NextHeight)
        {
            _candidates[block] = new Candidate(body, executed);
        }
    }

    internal Candidate? Find(Hash256 block) => _candidates.GetValueOrDefault(block);

    /// <summary>Makes a final block of the next height durable, and only then the last one.</summary>
    internal StoredBlock Append(FinalBlock final, Candidate candidate)
    {
        var block = new StoredBlock(final, candidate.Body);
        _store.Append(block, candidate.Executed.Transactions, candidate.Executed.Changes);
        Head = final;
        State = candidate.Executed.After;
        _candidates.Clear();
        return block;
    }

    internal sealed record Candidate(ReadOnlyMemory<byte> Body, ExecutedBlock Executed);
}
