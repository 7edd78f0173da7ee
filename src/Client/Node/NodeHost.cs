using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using VideoMesh.Actors;
using VideoMesh.Actors.ComputeMiner;
using VideoMesh.Actors.Ledger;
using VideoMesh.Actors.Market;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.Proofs;
using VideoMesh.Actors.Repair;
using VideoMesh.Actors.StorageMiner;
using VideoMesh.Actors.VerifierPool;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Compute;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Client.Node;

/// <summary>A node that runs until it is told to stop.</summary>
public sealed class NodeHost : IAsyncDisposable
{
    public const string ComputeRole = "compute";

    public const string VerifierRole = "verifier";

    public const string StorageRole = StorageMinerProtocol.Role;

    private readonly NodeHostOptions _options;
    private readonly MeshNode _node;
    private readonly Action<string> _note;
    private readonly Parts _parts;
    private readonly IActorRef? _compute;
    private readonly NodeProfile _profile;

    private NodeHost(NodeHostOptions options, MeshNode node, Parts parts, Action<string> note, IActorRef? compute, NodeProfile profile)
    {
        // with many accounts a genesis is large, and what it says is in the state
        _options = options with { Genesis = null };
        _node = node;
        _note = note;
        _parts = parts;
        _compute = compute;
        _profile = profile;
        Info = new NodeInfo(options.Name, Environment.ProcessId, node.Listening, options.Roles, node.Address.ToString());
    }

    public NodeInfo Info { get; }

    /// <summary>Null: no ledger is kept.</summary>
    public LedgerNode? Ledger => _parts.Ledger;

    /// <param name="key">The node's account; the node disposes of it.</param>
    /// <exception cref="SandboxException">The node has the compute role and no sandbox can be made.</exception>
    public static async Task<NodeHost> StartAsync(NodeHostOptions options, PrivateKey key, TimeProvider time, Action<string> note, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.Data);
        var isCompute = options.Roles.Contains(ComputeRole, StringComparer.Ordinal);
        var isVerifier = options.Roles.Contains(VerifierRole, StringComparer.Ordinal);
        var sandbox = isCompute ? await Sandboxes.CreateAsync(options.Sandbox, cancellationToken) : isVerifier ? await FindSandboxAsync(options.Sandbox, note, cancellationToken) : null;
        var parts = new Parts { Sandbox = sandbox };
        var status = new MinerStatus();
        try
        {
            var offer = !isCompute ? null : await MeasureAsync(sandbox!, options.CacheFolder, time, cancellationToken);
            var profile = new NodeProfile { Roles = [.. options.Roles], Name = options.Name };
            if (offer is not null)
            {
                profile = profile with
                {
                    Slots = options.Slots,
                    PixelsPerSecond = offer.PixelsPerSecond.ToImmutableSortedDictionary(p => p.Key.Text(), p => p.Value, StringComparer.Ordinal),
                    DeterminismClasses = [offer.DeterminismClass],
                };
            }

            if (options.Genesis is { } genesis)
            {
                profile = profile with { Roles = profile.Roles.Add(LedgerProtocol.Role) };
                parts.Ledger = LedgerNode.Open(genesis, Path.Combine(options.Data, "ledger"), isVerifier ? key : null);
            }

            parts.Storage = options.Storage is { } offered ? StorageNode.Open(offered, Path.Combine(options.Data, "storage"), time) : null;
            var node = parts.Node = await MeshNode.StartAsync(
                new MeshNodeOptions
                {
                    ChainId = options.ChainId,
                    Profile = profile,
                    Seeds = options.Seeds,
                    Listen = options.Listen,
                    PublicUrl = options.PublicUrl,
                    AnnounceListen = IPAddress.IsLoopback(options.Listen.Address),
                    Log = options.Sandbox.Logger ?? NullLogger.Instance,
                    StoreFolder = Path.Combine(options.Data, "content"),
                    StoreBytes = options.StoreBytes + (parts.Storage?.BudgetBytes ?? 0),
                    IsPublic = content => parts.Storage?.Kept.Contains(content) == true,
                    Map = endpoints =>
                    {
                        parts.Ledger?.Map(endpoints);
                        status.Map(endpoints);
                    },
                    Chain = () => parts.Ledger?.View,
                },
                key,
                time,
                cancellationToken);
            parts.Ledger?.Start(node, options.Ledger, options.Pool, time, note);
            parts.Storage?.Start(node, options.Name, options.ChainId, options.Data, options.Repair, time, note);
            parts.Proofs = parts.Ledger is not { Verifier: not null } ledger || sandbox is null ? null : await StartChecksAsync(options, node, ledger, sandbox, time, note, cancellationToken);
            if (sandbox is null || offer is null)
            {
                return new NodeHost(options, node, parts, note, compute: null, profile);
            }

            var worker = parts.Worker = new SegmentWorker(sandbox, node.Store, options.Slots);
            var earnings = parts.Earnings = await EarningsNode.StartAsync(
                node, parts.Ledger is null ? options.Seeds : [node.Listening], key, offer.DeterminismClass, options.Data, time, note, cancellationToken);
            var paymaster = earnings?.Actor ?? ActorRefs.Nobody;
            var price = options.Price ?? (earnings is null ? Amount.Zero : NodeHostOptions.DefaultPrice);
            var pipeline = new SegmentPipeline(worker, node.Store, node.Transfers, node.Tickets, time);
            var compute = node.Actors.ActorOf(
                Props.Create(() => new ComputeMinerActor(
                    new ComputeMinerOptions
                    {
                        Slots = options.Slots,
                        Reserve = options.Slots,
                        PixelsPerSecond = offer.PixelsPerSecond,
                        DeterminismClasses = ImmutableArray.Create(offer.DeterminismClass),
                        Dialable = node.Url != null,
                    },
                    node.Mesh,
                    pipeline,
                    node.Tickets,
                    paymaster,
                    time)),
                "compute-miner");
            var bidder = node.Actors.ActorOf(
                Props.Create(() => new BidderActor(
                    new BidderOptions
                    {
                        Chain = options.ChainId,
                        PixelsPerSecond = profile.PixelsPerSecond,
                        DeterminismClasses = profile.DeterminismClasses,
                        Price = price,
                        AutoPrice = options.AutoPrice,
                    },
                    key,
                    node.Mesh,
                    compute,
                    paymaster,
                    time)).WithMailbox(ActorHost.BoundedMailbox),
                "bidder");
            status.Open(node, compute, bidder, paymaster, profile.DeterminismClasses);
            return new NodeHost(options, node, parts, note, compute, profile);
        }
        catch
        {
            await parts.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs until the token is cancelled, which drains first, or standard input ends, which does not.</summary>
    public async Task RunAsync(TextReader? tie, CancellationToken cancellationToken)
    {
        if (Ledger is not null)
        {
            // reading a large genesis or state takes several times its size: the system gets that back
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }

        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.Register(() => stopping.TrySetResult());
        var tied = tie is null ? new TaskCompletionSource().Task : Task.Run(tie.ReadToEnd, CancellationToken.None);
        if (await Task.WhenAny(stopping.Task, tied) == stopping.Task && _compute is not null)
        {
            _note($"{Info.Name} takes no more work and finishes what it has (at most {_options.DrainLimit.TotalSeconds:0} s)");
            _node.Mesh.Tell(new MeshProtocol.Announce(_profile with { Url = _node.Url, Slots = 0 }));
            await _compute.Ask<ComputeMinerProtocol.Drained>(new ComputeMinerProtocol.Drain(_options.DrainLimit), _options.DrainLimit + TimeSpan.FromSeconds(5), CancellationToken.None);
        }
    }

    public ValueTask DisposeAsync() => _parts.DisposeAsync();

    // A verifier without a sandbox votes all the same, and says that it checks no work.
    private static async Task<ISandbox?> FindSandboxAsync(SandboxOptions options, Action<string> note, CancellationToken cancellationToken)
    {
        try
        {
            return await Sandboxes.CreateAsync(options, cancellationToken);
        }
        catch (SandboxException e)
        {
            note($"this verifier votes and checks no work: {e.Message}");
            return null;
        }
    }

    private static async Task<ProofNode?> StartChecksAsync(
        NodeHostOptions options, MeshNode node, LedgerNode ledger, ISandbox sandbox, TimeProvider time, Action<string> note, CancellationToken cancellationToken)
    {
        try
        {
            return await ProofNode.StartAsync(node, ledger, sandbox, options.Proofs, Path.Combine(options.Data, "ledger"), time, note, cancellationToken);
        }
        catch (SandboxException e)
        {
            note($"this verifier votes and checks no work: {e.Message}");
            return null;
        }
    }

    private static async Task<ComputeOffer> MeasureAsync(ISandbox sandbox, string cacheFolder, TimeProvider time, CancellationToken cancellationToken) =>
        await new SelfBenchmark(sandbox, cacheFolder, time).MeasureAsync(await File.ReadAllTextAsync("/proc/cpuinfo", cancellationToken), cancellationToken);

    /// <summary>What a node is made of so far, in the order in which it is let go of.</summary>
    private sealed class Parts : IAsyncDisposable
    {
        public MeshNode? Node { get; set; }

        public LedgerNode? Ledger { get; set; }

        public StorageNode? Storage { get; set; }

        public EarningsNode? Earnings { get; set; }

        public ProofNode? Proofs { get; set; }

        public SegmentWorker? Worker { get; set; }

        public ISandbox? Sandbox { get; init; }

        public async ValueTask DisposeAsync()
        {
            if (Node is not null)
            {
                await Node.DisposeAsync();
            }

            Ledger?.Dispose();
            Storage?.Dispose();
            Earnings?.Dispose();
            foreach (var part in new IAsyncDisposable?[] { Proofs, Worker, Sandbox }.OfType<IAsyncDisposable>())
            {
                await part.DisposeAsync();
            }
        }
    }
}
