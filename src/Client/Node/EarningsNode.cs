using VideoMesh.Actors.Earnings;
using VideoMesh.Actors.Market;
using VideoMesh.Actors.Proofs;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;
using VideoMesh.Client.Commands;
using VideoMesh.Client.Node.Chain;
using VideoMesh.Miners.Compute;

namespace VideoMesh.Client.Node;

/// <summary>A compute miner's way to its pay: the ledger by way of another node, its journal, and the actors that use them. Dispose of it after the node's actors have
/// stopped.</summary>
public sealed class EarningsNode : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ChainClient _chain;
    private readonly HttpContractDesk _desk;
    private readonly EventJournal _journal;

    private EarningsNode(ChainClient chain, HttpContractDesk desk, EventJournal journal, IActorRef actor)
    {
        _chain = chain;
        _desk = desk;
        _journal = journal;
        Actor = actor;
    }

    /// <summary>An <see cref="EarningsActor"/>.</summary>
    public IActorRef Actor { get; }

    /// <summary>Begins to see to the pay of a node's account.</summary>
    /// <param name="node">A running node.</param>
    /// <param name="ledgers">Nodes that may keep the ledger of its chain.</param>
    /// <param name="key">The node's; not disposed.</param>
    /// <param name="determinismClass">By name.</param>
    /// <param name="folder">Of the journal.</param>
    /// <param name="note">Gets lines for people.</param>
    /// <returns>Null: the network has no ledger, so nobody is paid.</returns>
    /// <exception cref="StoreException">The journal is damaged.</exception>
    public static async Task<EarningsNode?> StartAsync(
        MeshNode node, IEnumerable<Uri> ledgers, PrivateKey key, string determinismClass, string folder, TimeProvider time, Action<string> note, CancellationToken cancellationToken)
    {
        if (await FindLedgerAsync(ledgers, node.Chain, time, cancellationToken) is not var (chain, rules))
        {
            return null;
        }

        var desk = new HttpContractDesk(chain, key, node.Chain, time);
        EventJournal? journal = null;
        try
        {
            journal = EventJournal.Open(Path.Combine(folder, "earnings.db"), time);
            var options = new EarningsOptions
            {
                Chain = node.Chain, Miner = key.Address, Class = DeterminismClass.Id(determinismClass), Samples = rules.Parameters.Samples,
            };
            var book = new EarningsBook();
            var setting = new EarningsSetting(options, rules.Parameters, rules.Barrier, desk, new EarningsJournal(journal), book, node.Store, node.Mesh, time, note);
            var actor = node.Actors.ActorOf(Props.Create(() => new EarningsActor(setting)), "earnings");
            var sources = new SourceDeskSetting(
                book, async (objectKey, cancellation) => (await desk.FindAsync([objectKey], cancellation)).Objects[0], node.Store, node.Tickets, node.Transfers, node.Mesh, time);
            node.Actors.ActorOf(Props.Create(() => new SourceDeskActor(sources)), "source-desk");
            return new EarningsNode(chain, desk, journal, actor);
        }
        catch
        {
            journal?.Dispose();
            desk.Dispose();
            chain.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _journal.Dispose();
        _desk.Dispose();
        _chain.Dispose();
    }

    // The first that keeps the ledger of this chain. A node that is just starting is waited for; one that says that it keeps none is believed.
    private static async Task<(ChainClient Chain, ContractRules Rules)?> FindLedgerAsync(IEnumerable<Uri> ledgers, string chainId, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        foreach (var url in ledgers)
        {
            var chain = new ChainClient(url, time);
            for (var isSilent = true; isSilent;)
            {
                try
                {
                    var answer = await chain.ContractsAsync(cancellationToken);
                    if (string.Equals(answer.ChainId, chainId, StringComparison.Ordinal))
                    {
                        return (chain, new ContractRules(answer.ChainId, answer.Height, answer.Barrier, answer.Rules));
                    }

                    isSilent = false;
                }
                catch (Exception e) when (e is HttpRequestException or CommandFailure)
                {
                    isSilent = e is HttpRequestException && time.GetElapsedTime(started) < Patience;
                    if (isSilent)
                    {
                        await Task.Delay(Poll, time, cancellationToken);
                    }
                }
            }

            chain.Dispose();
        }

        return null;
    }
}
