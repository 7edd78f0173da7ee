using VideoMesh.Actors.Ledger;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;

namespace VideoMesh.Client.Node.Chain;

/// <summary>The chain API's view of a ledger actor and its store.</summary>
public sealed class LedgerView : IChainView
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IActorRef _ledger;
    private readonly LedgerStore _store;

    private LedgerView(IActorRef ledger, LedgerStore store, Hash256 genesis)
    {
        _ledger = ledger;
        _store = store;
        Genesis = genesis;
    }

    public Hash256 Genesis { get; }

    public BlockFeed Feed { get; } = new();

    /// <summary>Begins to follow the ledger.</summary>
    /// <param name="actors">Where <paramref name="ledger"/> runs.</param>
    /// <param name="ledger">A <see cref="LedgerActor"/>.</param>
    /// <param name="store">That actor's store, which outlives the actors.</param>
    /// <param name="genesis">Hash of the chain's genesis.</param>
    public static LedgerView Start(ActorSystem actors, IActorRef ledger, LedgerStore store, Hash256 genesis)
    {
        var view = new LedgerView(ledger, store, genesis);
        actors.ActorOf(Props.Create(() => new Follower(ledger, view.Feed)), "chain-feed");
        return view;
    }

    public async Task<ChainStatus> StatusAsync(CancellationToken cancellationToken)
    {
        var status = await _ledger.Ask<LedgerProtocol.Status>(LedgerProtocol.GetStatus.Instance, Patience, cancellationToken);
        return new ChainStatus(new ChainHead(status.State, status.Head), status.Waiting, status.IsCatchingUp, status.Failure);
    }

    public async Task<(ChainHead Head, ulong NextNonce)> AccountAsync(Address address, CancellationToken cancellationToken)
    {
        var account = await _ledger.Ask<LedgerProtocol.Account>(new LedgerProtocol.GetAccount(address), Patience, cancellationToken);
        return (new ChainHead(account.State, account.Head), account.NextNonce);
    }

    public async Task<IReadOnlyList<SubmitOutcome>> SubmitAsync(IReadOnlyList<ReadOnlyMemory<byte>> transactions, CancellationToken cancellationToken) =>
        (await _ledger.Ask<LedgerProtocol.Submitted>(new LedgerProtocol.Submit([.. transactions]), Patience, cancellationToken)).Outcomes;

    public StoredBlock? FindBlock(ulong height) => _store.FindBlock(height);

    public StoredBlock? FindBlock(Hash256 hash) => _store.FindBlock(hash);

    public IReadOnlyList<TransactionPlace> FindTransaction(Hash256 hash) => _store.FindTransaction(hash);

    private sealed class Follower : ReceiveActor
    {
        public Follower(IActorRef ledger, BlockFeed feed)
        {
            Receive<LedgerProtocol.BlockAdded>(added => feed.Publish(BlockSummary.Of(added.Block, added.Transactions.Length)));
            ledger.Tell(new LedgerProtocol.Subscribe(Self));
        }
    }
}
