using System.Security.Cryptography;
using Microsoft.AspNetCore.Routing;
using VideoMesh.Actors.Ledger;
using VideoMesh.Actors.VerifierPool;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;
using VideoMesh.Client.Node.Chain;

namespace VideoMesh.Client.Node;

/// <summary>A node's ledger: its files, and the two actors that keep it. Dispose of it after the node's actors have stopped.</summary>
public sealed class LedgerNode : IDisposable
{
    private readonly LedgerStore _store;
    private readonly SigningRecordFile? _record;
    private readonly ChainKeeper _chain;
    private readonly VerifierKey? _verifier;
    private readonly Hash256 _genesis;

    private LedgerNode(LedgerStore store, SigningRecordFile? record, ChainKeeper chain, VerifierKey? verifier, Hash256 genesis)
    {
        _genesis = genesis;
        _store = store;
        _record = record;
        _chain = chain;
        _verifier = verifier;
    }

    public IActorRef Ledger { get; private set; } = ActorRefs.Nobody;

    /// <summary>For the chain API; null before <see cref="Start"/>.</summary>
    public IChainView? View { get; private set; }

    /// <summary>The account that votes; null for a node that only follows.</summary>
    public VerifierKey? Verifier => _verifier;

    public IActorRef Pool { get; private set; } = ActorRefs.Nobody;

    /// <summary>Finished blocks and where transactions stand; any thread may read.</summary>
    public LedgerStore Store => _store;

    /// <summary>Opens the files below <paramref name="folder"/>, loads the state and checks its root.</summary>
    /// <param name="verifier">The account that votes; null for a node that only follows. The caller owns the key.</param>
    /// <exception cref="StoreException">A file is damaged, in use, or of another chain.</exception>
    public static LedgerNode Open(Genesis genesis, string folder, PrivateKey? verifier)
    {
        var (beginning, parameters) = (genesis.State(), genesis.Parameters);
        var store = LedgerStore.Open(Path.Combine(folder, "ledger.db"), parameters.ChainId, beginning.Block);
        SigningRecordFile? record = null;
        try
        {
            record = verifier is null ? null : SigningRecordFile.Open(Path.Combine(folder, "signed.record"));
            return new LedgerNode(store, record, ChainKeeper.Load(beginning, store), verifier is null ? null : new VerifierKey(verifier, parameters), beginning.Block);
        }
        catch
        {
            record?.Dispose();
            store.Dispose();
            throw;
        }
    }

    /// <summary>Maps what other nodes fetch from this one.</summary>
    public void Map(IEndpointRouteBuilder endpoints) => endpoints.MapLedger(_store);

    /// <summary>Starts the actors on a running node.</summary>
    public void Start(MeshNode node, LedgerOptions ledger, VerifierPoolOptions pool, TimeProvider time, Action<string> note)
    {
        var parameters = _chain.Parameters;
        var downloads = new LedgerDownloads(node.Http, parameters.MaxBodyBytes, ledger.FetchTimeout, time);
        var setting = new LedgerSetting(ledger, _chain, _store, downloads, _verifier, node.Mesh, time, note);
        Ledger = node.Actors.ActorOf(Props.Create(() => new LedgerActor(setting)), "ledger");
        View = LedgerView.Start(node.Actors, Ledger, _store, _genesis);
        var consensus = new ConsensusSettings(parameters.ChainId, _verifier is null ? null : new KeySigner(_verifier.Key), KeySignatures.Instance);
        var random = new Random(RandomNumberGenerator.GetInt32(int.MaxValue));
        var poolSetting = new VerifierPoolSetting(pool, consensus, _record, Ledger, node.Mesh, time, random, note);
        Pool = node.Actors.ActorOf(Props.Create(() => new VerifierPoolActor(poolSetting)), "verifier-pool");
    }

    public void Dispose()
    {
        _record?.Dispose();
        _store.Dispose();
    }
}
