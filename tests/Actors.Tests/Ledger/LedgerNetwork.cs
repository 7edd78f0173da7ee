using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using VideoMesh.Actors.Ledger;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.VerifierPool;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Node;
using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Ledger;

/// <summary>Verifiers in this process, each with its own actors, its own port and its own files, on a toy ledger. They go down and come up as a story wants.</summary>
internal sealed class LedgerNetwork : IAsyncDisposable
{
    private static readonly VerifierPoolOptions s_quick = new()
    {
        BlockInterval = TimeSpan.FromMilliseconds(50),
        IdleInterval = TimeSpan.FromMilliseconds(400),
        StatusInterval = TimeSpan.FromMilliseconds(100),
        StopsAfter = TimeSpan.FromSeconds(1),
        AwayAfter = TimeSpan.FromMilliseconds(500),
        Timeouts = new ConsensusTimeouts(TimeSpan.FromMilliseconds(600), TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3)),
    };

    private readonly TemporaryFolder _folder = new();
    private readonly Running?[] _running;
    private readonly PrivateKey[] _keys;
    private readonly ToyRules _rules;

    private LedgerNetwork(int verifiers, int followers)
    {
        _keys = [.. Enumerable.Range(0, verifiers + followers).Select(LoadKey)];
        _running = new Running?[_keys.Length];
        _rules = new ToyRules("toy-chain", _keys.Take(verifiers).Select(key => new Voter(key.Address, Amount.FromVid(1000))), [Rich.Address]);
        Verifiers = verifiers;
    }

    public PrivateKey Rich { get; } = PrivateKey.Create();

    public int Verifiers { get; }

    /// <summary>What nodes said to people.</summary>
    public ConcurrentQueue<string> Notes { get; } = [];

    public IEnumerable<int> Up => Enumerable.Range(0, _running.Length).Where(index => _running[index] is not null);

    public static async Task<LedgerNetwork> StartAsync(int verifiers, int followers = 0)
    {
        var network = new LedgerNetwork(verifiers, followers);
        for (var index = 0; index < network._running.Length; index++)
        {
            await network.StartAsync(index);
        }

        return network;
    }

    public LedgerNode this[int index] => _running[index]!.Ledger;

    public async Task StartAsync(int index)
    {
        var folder = FolderOf(index);
        var ledger = LedgerNode.Open(_rules, folder, index < Verifiers ? _keys[index] : null);
        var node = await MeshNode.StartAsync(
            new MeshNodeOptions
            {
                ChainId = _rules.ChainId,
                Profile = new NodeProfile { Roles = [LedgerProtocol.Role] },
                Seeds = [.. _running.OfType<Running>().Select(running => running.Mesh.Listening)],
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                AnnounceListen = true,
                Log = NullLogger.Instance,
                StoreFolder = Path.Combine(folder, "content"),
                Map = ledger.Map,
            },
            LoadKey(index),
            TimeProvider.System,
            CancellationToken.None);
        ledger.Start(node, new LedgerOptions(), s_quick, TimeProvider.System, Notes.Enqueue);
        _running[index] = new Running(node, ledger);
    }

    public async Task StopAsync(int index)
    {
        var running = _running[index]!;
        _running[index] = null;
        await running.Mesh.DisposeAsync();
        running.Ledger.Dispose();
    }

    public async Task<IReadOnlyList<SubmitOutcome>> SubmitAsync(int index, IEnumerable<byte[]> transactions) =>
        (await this[index].Ledger.Ask<LedgerProtocol.Submitted>(
            new LedgerProtocol.Submit([.. transactions.Select(bytes => new ReadOnlyMemory<byte>(bytes))]), Eventually.Limit)).Outcomes;

    public async Task<LedgerProtocol.Status> StatusAsync(int index) =>
        await this[index].Ledger.Ask<LedgerProtocol.Status>(LedgerProtocol.GetStatus.Instance, Eventually.Limit);

    public async Task<ulong> HeightAsync(int index) => (await StatusAsync(index)).State.Height;

    public async Task<Amount> BalanceAsync(int index, Address account) => (await StatusAsync(index)).State.FundsOf(account).Balance;

    public Task AllReachAsync(ulong height) => Eventually.TrueAsync(
        async () => (await Task.WhenAll(Up.Select(HeightAsync))).All(reached => reached >= height), what: $"all reach height {height}");

    /// <summary>No two nodes have different blocks of one height.</summary>
    public void AssertSameBlocks()
    {
        for (ulong height = 1; ; height++)
        {
            var blocks = Up.Select(index => this[index].Store.FindBlock(height)?.Final.Certificate.Block).Where(block => block is not null).Distinct().ToList();
            if (blocks.Count == 0)
            {
                return;
            }

            Assert.Single(blocks);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var index in Up.ToList())
        {
            await StopAsync(index);
        }

        foreach (var key in _keys)
        {
            key.Dispose();
        }

        Rich.Dispose();
        _folder.Dispose();
    }

    private string FolderOf(int index) => _folder[$"node-{index}"];

    // a running node disposes of its own copy
    private PrivateKey LoadKey(int index) => KeyFile.LoadOrCreate(Path.Combine(FolderOf(index), "node.key"));

    private sealed record Running(MeshNode Mesh, LedgerNode Ledger);
}
