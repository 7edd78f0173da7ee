using VideoMesh.Actors.Ledger;
using VideoMesh.Actors.Tests.Engine;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Store;
using VideoMesh.Chain.Tests.Blocks;
using VideoMesh.Chain.Transactions;
using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Ledger;

/// <summary>A ledger actor, or a part of it, without a network: what it says to the mesh nobody hears.</summary>
public abstract class LedgerActorTest : EngineTest, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new();
    private readonly TestChain _chain;
    private LedgerStore? _store;

    private protected LedgerActorTest(TestChain chain) => _chain = chain;

    private protected TestChain Chain => _chain;

    /// <summary>An hour after the chain began.</summary>
    protected ManualTime Time { get; } = new(DateTimeOffset.UnixEpoch.AddHours(1));

    public void Dispose()
    {
        _store?.Dispose();
        _http.Dispose();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected static Task<LedgerProtocol.Status> StatusAsync(IActorRef ledger) => ledger.Ask<LedgerProtocol.Status>(LedgerProtocol.GetStatus.Instance, Eventually.Limit);

    protected IActorRef NewLedger(LedgerOptions? options = null)
    {
        var setting = Setting(options ?? new LedgerOptions());
        return System.ActorOf(Props.Create(() => new LedgerActor(setting)));
    }

    /// <summary>Of a node that has what was appended to the chain of an earlier one.</summary>
    protected LedgerSetting Setting(LedgerOptions options)
    {
        var (genesis, parameters) = (_chain.Genesis, _chain.Parameters);
        _store ??= LedgerStore.Open(_folder["ledger.db"], parameters.ChainId, genesis.Hash);
        var downloads = new LedgerDownloads(_http, parameters.MaxBodyBytes, options.FetchTimeout, Time);
        return new LedgerSetting(options, ChainKeeper.Load(genesis.State(), _store), _store, downloads, Verifier: null, NewProbe().Ref, Time, _ => { });
    }

    /// <summary>The next block, final.</summary>
    private protected StoredBlock Next(params VerifiedTransaction[] transactions)
    {
        var built = _chain.Build(0, transactions);
        _ = _chain.Next(transactions);
        return new StoredBlock(new FinalBlock(built.Header.Encode(), _chain.Certificate!), built.Body);
    }

    private protected void Append(ChainKeeper keeper, params VerifiedTransaction[] transactions)
    {
        var result = _chain.Build(0, transactions).Result;
        var block = Next(transactions);
        keeper.Append(block.Final, new ChainKeeper.Candidate(block.Body, result));
    }
}
