using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using VideoMesh.Actors.Chunker;
using VideoMesh.Actors.Client;
using VideoMesh.Actors.Market;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.Stitcher;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;
using VideoMesh.Client.Commands;
using VideoMesh.Client.Node.Chain;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Client.Node;

/// <summary>How to run a job on this machine.</summary>
/// <param name="Sandbox">For the client's own ffmpeg runs.</param>
/// <param name="NodeArguments">For the processes of an embedded devnet.</param>
/// <param name="PublicUrl">Where miners reach this client; null: only if they are on this machine.</param>
/// <param name="OutboundOnly">Miners cannot dial this client: all bytes move over connections that it opens.</param>
public sealed record JobSetting(SandboxOptions Sandbox, IReadOnlyList<string> NodeArguments, Uri? PublicUrl, bool OutboundOnly = false)
{
    /// <summary>The account that pays for a job with a budget; the caller disposes of it.</summary>
    public PrivateKey? Payer { get; init; }

    /// <summary>Go on until the ledger has paid and refunded.</summary>
    public bool WaitsForSettlement { get; init; }
}

/// <summary>How a run of a job ended.</summary>
/// <param name="Verdicts">Why each miner was chosen or not.</param>
/// <param name="Settlement">What the ledger has made of it so far; null: it has no escrow, or the ledger cannot be asked.</param>
public sealed record JobEnd(JobState Job, ImmutableArray<MinerVerdict> Verdicts, JobSettlement? Settlement = null);

/// <summary>Runs one job from its events to its end: a client node, and the embedded devnet if the job wants one.</summary>
public sealed class JobRunner(JobStore store, JobSetting setting, TimeProvider time)
{
    // Everything of a running job is pinned; the budget only has to be larger than any disk.
    private const long NoBudget = 1L << 50;

    private static readonly TimeSpan EmbeddedPatience = TimeSpan.FromMinutes(3);

    /// <summary>Runs the job to its end; cancelling ends it as cancelled. Nothing of it is running any more when the task ends.</summary>
    /// <param name="first">The event that makes the job, or opens it again.</param>
    /// <exception cref="SandboxException">No sandbox can be made.</exception>
    /// <exception cref="CommandFailure">The network does not answer.</exception>
    public async Task<JobEnd> RunAsync(string id, JobEvent first, IJobWatcher watcher, CancellationToken cancellationToken)
    {
        using var job = store.Open(id);
        var spec = JobState.Restore([.. job.Events, first], new ClientOptions(), dialable: false).Spec;
        // Processes of our own come up for certain, if slowly on a busy machine.
        var options = spec.Network is null ? new ClientOptions { FirstMinerTimeout = EmbeddedPatience } : new ClientOptions();
        var (sandbox, look, node, devnet) = await StartAsync(spec, cancellationToken);
        await using var ownedSandbox = sandbox;
        await using var ownedLook = look;
        await using var ownedNode = node;
        await using var ownedDevnet = devnet;
        job.Append([first]);
        devnet?.Start(node.Listening, setting.NodeArguments);

        var state = JobState.Restore([.. job.Events, first], options, dialable: node.Url is not null);
        var observer = new Observer(watcher);
        var content = new JobContent(node.Store, node.Tickets, node.Transfers, node.Url, time);
        using var purse = spec.BudgetNano > 0 ? OpenPurse(spec, node.Chain) : null;
        // Miners of an embedded devnet are new each time: there is nothing to remember of them.
        using var history = spec.Network is null ? null : store.OpenHistory();
        var market = new JobMarket(node.Key, node.Chain, address => history?.Find(address) ?? OwnRecord.None, NoChainEvidence.Instance, time) { Purse = purse?.Purse };
        var client = node.Actors.ActorOf(
            Props.Create(() => new ClientActor(
                state,
                job,
                observer,
                node.Mesh,
                Props.Create(() => new ChunkerActor(look, node.Store)),
                Props.Create(() => new StitcherActor(spec, sandbox, content)),
                content,
                market)),
            "client");
        await using (cancellationToken.Register(() => client.Tell(ClientProtocol.CancelJob.Instance)))
        {
            var ended = await observer.Ended;
            try
            {
                history?.Add(ended.Job.Records());
            }
            catch (StoreException e)
            {
                // The job is over, well or not: what is not remembered of its miners changes nothing about it.
                watcher.OnNote($"what this job saw of its miners was not written down: {e.Message}");
            }

            return purse is not null && ended.Job.Escrow is { } escrow
                ? ended with { Settlement = await SettleAsync(purse.Desk, escrow.Escrow, ended.Job, watcher, cancellationToken) }
                : ended;
        }
    }

    private OpenedPurse OpenPurse(JobSpec spec, string chainId)
    {
        var network = spec.Network ?? throw new InvalidOperationException("An embedded network without a ledger has no escrows.");
        var payer = setting.Payer ?? throw CommandFailure.Usage("wallet-needed", $"Job {spec.Id} is paid for from an escrow: say with --wallet NAME whose account pays.");
        var chain = new ChainClient(network, time);
        return new OpenedPurse(chain, new HttpContractDesk(chain, payer, chainId, time));
    }

    private async Task<JobSettlement?> SettleAsync(IContractDesk desk, Hash256 escrow, JobState job, IJobWatcher watcher, CancellationToken cancellationToken)
    {
        try
        {
            if (job.Outcome!.Status == JobStatus.Cancelled)
            {
                // what was done may still be claimed; the rest of the budget comes back
                await desk.SendAsync(new ContractOperation.CloseJob(escrow), Amount.Zero, CancellationToken.None);
            }
            else if (setting.WaitsForSettlement && job.Outcome.Status == JobStatus.Completed)
            {
                watcher.OnNote("the output is ready; waiting for the ledger to check, pay and refund");
                return await JobSettlement.WaitAsync(desk, escrow, time, cancellationToken);
            }

            return await JobSettlement.ReadAsync(desk, escrow, CancellationToken.None);
        }
        catch (Exception e) when (e is ContractException or OperationCanceledException)
        {
            watcher.OnNote($"what the ledger made of the job is not known yet: {e.Message} `videomesh job show {job.Spec.Id}` asks again.");
            return null;
        }
    }

    private async Task<MeshNode> StartNodeAsync(JobSpec spec, PrivateKey key, string chain, string folder, CancellationToken cancellationToken)
    {
        var listen = setting.PublicUrl is { } url ? new IPEndPoint(IPAddress.Any, url.Port) : new IPEndPoint(IPAddress.Loopback, 0);
        return await MeshNode.StartAsync(
            new MeshNodeOptions
            {
                ChainId = chain,
                Profile = new NodeProfile { Roles = ["client"], Name = "client" },
                Seeds = spec.Network is { } network ? [network] : [],
                Listen = listen,
                PublicUrl = setting.PublicUrl,
                // A miner elsewhere cannot dial our loopback; one on this machine can.
                AnnounceListen = !setting.OutboundOnly && (spec.Network is null || spec.Network.IsLoopback),
                Log = setting.Sandbox.Logger ?? NullLogger.Instance,
                StoreFolder = Path.Combine(folder, "content"),
                StoreBytes = NoBudget,
            },
            key,
            time,
            cancellationToken);
    }

    // Proving that the sandbox works, and looking at the source, take as long as asking the network and starting a node: both cores have nothing else to do yet.
    private async Task<(ISandbox Sandbox, SourceLook Look, MeshNode Node, EmbeddedDevnet? Devnet)> StartAsync(JobSpec spec, CancellationToken cancellationToken)
    {
        var folder = store.FolderOf(spec.Id);
        var isNew = !Directory.Exists(folder);
        var sandbox = Sandboxes.CreateAsync(setting.Sandbox, cancellationToken);
        var look = new SourceLook(spec, sandbox);
        MeshNode? node = null;
        try
        {
            var chain = spec.Network is { } network ? await NodeStatus.ChainOfAsync(network, cancellationToken) : MeshNodeOptions.DefaultChainId;

            // A client's identity lasts for one run: nothing is owed to it yet.
            var key = PrivateKey.Create();
            Directory.CreateDirectory(folder);
            var devnet = spec.Network is null ? EmbeddedDevnet.Prepare(new EmbeddedSize(spec.Devnet, spec.Verifiers), Path.Combine(folder, "devnet"), key.Address, time) : null;
            node = await StartNodeAsync(spec, key, devnet?.ChainId ?? chain, folder, cancellationToken);
            return (await sandbox, look, node, devnet);
        }
        catch
        {
            if (node is not null)
            {
                await node.DisposeAsync();
            }

            if (isNew)
            {
                store.RemoveBytes(spec.Id);
            }

            await look.DisposeAsync();
            // If it failed too, its own reason is as good as the one that is on its way.
            await (await sandbox).DisposeAsync();
            throw;
        }
    }

    private sealed class OpenedPurse(ChainClient chain, HttpContractDesk desk) : IDisposable
    {
        public IContractDesk Desk => desk;

        public JobPurse Purse { get; } = new(desk);

        public void Dispose()
        {
            desk.Dispose();
            chain.Dispose();
        }
    }

    private sealed class Observer(IJobWatcher watcher) : IJobObserver
    {
        private readonly TaskCompletionSource<JobEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<JobEnd> Ended => _ended.Task;

        public void OnProgress(JobProgress progress) => watcher.OnProgress(progress);

        public void OnNote(string line) => watcher.OnNote(line);

        public void OnEnded(JobState job, ImmutableArray<MinerVerdict> verdicts) => _ended.TrySetResult(new JobEnd(job, verdicts));
    }
}
