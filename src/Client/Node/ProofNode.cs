using VideoMesh.Actors.Proofs;
using VideoMesh.Chain.Store;
using VideoMesh.Miners.Compute;
using VideoMesh.Miners.Proofs;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Client.Node;

/// <summary>A verifier's checks of transcoding: its journal, its encoder and the actor that uses them. Dispose of it after the node's actors have stopped.</summary>
public sealed class ProofNode : IAsyncDisposable
{
    private readonly EventJournal _journal;
    private readonly SegmentWorker _worker;

    private ProofNode(EventJournal journal, SegmentWorker worker, IActorRef actor)
    {
        _journal = journal;
        _worker = worker;
        Actor = actor;
    }

    /// <summary>A <see cref="ProofActor"/>.</summary>
    public IActorRef Actor { get; }

    /// <summary>Begins to check what the ledger draws the node's account for.</summary>
    /// <param name="node">A running node.</param>
    /// <param name="ledger">Its ledger, started, of a verifier.</param>
    /// <param name="sandbox">Where the checks encode; the caller owns it.</param>
    /// <param name="options">How to go about it.</param>
    /// <param name="folder">Of the journal.</param>
    /// <param name="time">For transfers and tickets.</param>
    /// <param name="note">Gets lines for people.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="SandboxException">The sandbox's ffmpeg does not run.</exception>
    /// <exception cref="StoreException">The journal is damaged.</exception>
    public static async Task<ProofNode> StartAsync(
        MeshNode node, LedgerNode ledger, ISandbox sandbox, ProofOptions options, string folder, TimeProvider time, Action<string> note, CancellationToken cancellationToken)
    {
        var key = ledger.Verifier ?? throw new ArgumentException("The node is no verifier.", nameof(ledger));
        var probe = new DeterminismProbe(sandbox, await File.ReadAllTextAsync("/proc/cpuinfo", cancellationToken));
        var served = await probe.ReadAsync(cancellationToken);
        var journal = EventJournal.Open(Path.Combine(folder, "proofs.db"), time);

        // one at a time: what is checked must not take the cores of what votes
        var worker = new SegmentWorker(sandbox, node.Store, slots: 1);
        var check = new TranscodeCheck(worker, node.Store, probe.ReadAsync, ProofWork.Nowhere, new PictureCheck(sandbox, node.Store));
        var work = new ProofWork(check, node.Store, node.Transfers, node.Tickets, time);
        var setting = new ProofSetting(options, key, [served], new ProofJournal(journal), work, ledger.Ledger, node.Mesh, note);
        return new ProofNode(journal, worker, node.Actors.ActorOf(Props.Create(() => new ProofActor(setting)), "proofs"));
    }

    public async ValueTask DisposeAsync()
    {
        await _worker.DisposeAsync();
        _journal.Dispose();
    }
}
