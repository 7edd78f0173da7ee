using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using VideoMesh.Actors.Ledger;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.VerifierPool;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;
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
    private readonly Genesis _genesis;
    private readonly LedgerOptions _options;

    private LedgerNetwork(int verifiers, int joiners, int followers, LedgerOptions options, ChainParameters parameters, uint? revealsLeft)
    {
        _options = options;
        _keys = [.. Enumerable.Range(0, verifiers + joiners + followers).Select(LoadKey)];
        _running = new Running?[_keys.Length];
        var accounts = _keys.Take(verifiers).Select(key => (Account: key.Address, Verifier: new VerifierKey(key, parameters)))
            .Select(one => new GenesisAccount(one.Account, Amount.FromVid(10), Amount.FromVid(1000), RevealsOf(one.Verifier, revealsLeft)))
            .Append(new GenesisAccount(Rich.Address, Amount.FromVid(1_000_000), Amount.Zero, null));
        _genesis = new Genesis(parameters, (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), Keccak.Hash("seed"u8), [.. accounts.OrderBy(account => account.Address)]);
        Verifiers = verifiers + joiners;
    }

    public PrivateKey Rich { get; } = PrivateKey.Create();

    /// <summary>How many have the role, from the first on.</summary>
    public int Verifiers { get; }

    /// <summary>What nodes said to people.</summary>
    public ConcurrentQueue<string> Notes { get; } = [];

    public IEnumerable<int> Up => Enumerable.Range(0, _running.Length).Where(index => _running[index] is not null);

    /// <param name="verifiers">With stake from the beginning.</param>
    /// <param name="joiners">Verifiers without stake yet.</param>
    /// <param name="followers">Nodes that keep the ledger and do not vote.</param>
    /// <param name="options">Of each node.</param>
    /// <param name="contracts">Of the chain.</param>
    /// <param name="revealsLeft">Of the hash chains in the genesis; null: as many as they have.</param>
    public static async Task<LedgerNetwork> StartAsync(
        int verifiers, int joiners = 0, int followers = 0, LedgerOptions? options = null, ulong missesUntilJail = 100, uint? revealsLeft = null, ContractParameters? contracts = null)
    {
        var parameters = new ChainParameters
        {
            ChainId = "ledger-stories",
            ConfirmationWindow = 4,
            Unbonding = TimeSpan.FromSeconds(2),
            MissedPrecommitsUntilJail = missesUntilJail,
            Contracts = contracts ?? new ContractParameters(),
        };
        var network = new LedgerNetwork(verifiers, joiners, followers, options ?? new LedgerOptions(), parameters, revealsLeft);
        for (var index = 0; index < network._running.Length; index++)
        {
            await network.StartAsync(index);
        }

        return network;
    }

    public PrivateKey KeyOf(int index) => _keys[index];

    public ChainParameters Parameters => _genesis.Parameters;

    public MeshNode NodeOf(int index) => _running[index]!.Mesh;

    /// <summary>Signs what an account does with its stake.</summary>
    public byte[] Stake(PrivateKey from, ulong nonce, StakeOperation operation, Amount amount) =>
        new VerifierKey(from, _genesis.Parameters).Sign(operation, amount, nonce, expiryHeight: ulong.MaxValue).Encode();

    public async Task<VerifierPoolProtocol.Status> PoolAsync(int index) =>
        await this[index].Pool.Ask<VerifierPoolProtocol.Status>(VerifierPoolProtocol.GetStatus.Instance, Eventually.Limit);

    public LedgerNode this[int index] => _running[index]!.Ledger;

    public async Task StartAsync(int index)
    {
        var folder = FolderOf(index);
        var ledger = LedgerNode.Open(_genesis, folder, index < Verifiers ? _keys[index] : null);
        var node = await MeshNode.StartAsync(
            new MeshNodeOptions
            {
                ChainId = _genesis.Parameters.ChainId,
                Profile = new NodeProfile { Roles = [LedgerProtocol.Role] },
                Seeds = [.. _running.OfType<Running>().Select(running => running.Mesh.Listening)],
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                AnnounceListen = true,
                Log = new NoteLogger(Notes),
                StoreFolder = Path.Combine(folder, "content"),
                Map = ledger.Map,
            },
            LoadKey(index),
            TimeProvider.System,
            CancellationToken.None);
        ledger.Start(node, _options, s_quick, TimeProvider.System, Notes.Enqueue);
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

    /// <summary>A signed transfer, encoded.</summary>
    public byte[] Transfer(PrivateKey from, ulong nonce, Address to, ulong amount, ulong price = 1) => new TransactionDraft
    {
        ChainId = _genesis.Parameters.ChainId,
        Type = TransactionType.Transfer,
        Nonce = nonce,
        Recipient = to,
        Amount = new Amount(amount),
        MaxWatts = 1_000_000,
        Price = new Amount(price),
        ExpiryHeight = ulong.MaxValue,
    }.Sign(from).Encode();

    public async Task<ulong> HeightAsync(int index) => (await StatusAsync(index)).State.Height;

    public async Task<Amount> BalanceAsync(int index, Address account) => (await StatusAsync(index)).State.Find(account).Balance;

    /// <summary>For the message of a test that fails.</summary>
    public async Task<string> DescribeAsync()
    {
        var pools = await Task.WhenAll(Up.Select(PoolAsync));
        var ledgers = await Task.WhenAll(Up.Select(StatusAsync));
        return string.Join('\n', pools.Select(pool => pool.ToString()).Concat(ledgers.Select(ledger => $"height {ledger.State.Height} waiting {ledger.Waiting} {ledger.Failure}")).Concat(Notes));
    }

    public Task AllReachAsync(ulong height) => EventuallyAsync(async () => (await Task.WhenAll(Up.Select(HeightAsync))).All(reached => reached >= height));

    /// <summary>Waits for a condition; when it does not come true, says where everybody stands.</summary>
    public async Task EventuallyAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        try
        {
            await Eventually.TrueAsync(condition, TimeSpan.FromSeconds(30), what);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{await DescribeAsync()}", e);
        }
    }

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

    public string FolderOf(int index) => _folder[$"node-{index}"];

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

    private static (Hash256 Head, uint Left) RevealsOf(VerifierKey verifier, uint? left) => left is { } few
        ? (verifier.First.Reveal(verifier.ChainLength - few - 1), few)
        : (verifier.First.Head, verifier.ChainLength);

    // a running node disposes of its own copy
    private PrivateKey LoadKey(int index) => KeyFile.LoadOrCreate(Path.Combine(FolderOf(index), "node.key"));

    private sealed record Running(MeshNode Mesh, LedgerNode Ledger);

    /// <summary>An actor that failed is said too.</summary>
    private sealed class NoteLogger(ConcurrentQueue<string> notes) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                notes.Enqueue($"{formatter(state, exception)} {exception}");
            }
        }
    }
}
