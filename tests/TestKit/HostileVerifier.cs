using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using VideoMesh.Actors.Ledger;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.VerifierPool;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;
using VideoMesh.Client.Node;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.TestKit;

/// <summary>What a hostile verifier does.</summary>
public enum Misdeed
{
    /// <summary>Contradicts each of its own votes.</summary>
    TwoVotes = 1,

    /// <summary>Proposes blocks that name another state than they lead to.</summary>
    WrongStateRoot,

    /// <summary>Proposes blocks with a transaction that is none.</summary>
    BadTransaction,
}

/// <summary>A verifier that breaks rules: the parts of a normal node, on its key and its files, with another pen between ledger and pool and another voice between
/// pool and mesh. Others hear of it over the public protocol alone.</summary>
public sealed class HostileVerifier : IAsyncDisposable
{
    private readonly MeshNode _mesh;
    private readonly LedgerStore _store;
    private readonly SigningRecordFile _record;
    private readonly Deeds _deeds;

    private HostileVerifier(MeshNode mesh, LedgerStore store, SigningRecordFile record, Deeds deeds)
    {
        _mesh = mesh;
        _store = store;
        _record = record;
        _deeds = deeds;
    }

    public Address Address => _mesh.Address;

    /// <summary>The height of the block it last proposed against the rules; 0 before.</summary>
    public ulong LastBadBlock => Interlocked.Read(ref _deeds.LastBadBlock);

    /// <summary>From now on it does this.</summary>
    public void Turn(Misdeed misdeed)
    {
        Interlocked.Exchange(ref _deeds.LastBadBlock, 0);
        _deeds.Misdeed = misdeed;
    }

    /// <param name="folder">Of a verifier that does not run any more.</param>
    public static async Task<HostileVerifier> StartAsync(string genesisFile, Uri seed, string folder, Misdeed misdeed)
    {
        var genesis = GenesisFile.Read(await File.ReadAllTextAsync(genesisFile));
        var parameters = genesis.Parameters;
        var key = KeyFile.LoadOrCreate(Path.Combine(folder, "node.key"));
        var store = LedgerStore.Open(Path.Combine(folder, "ledger", "ledger.db"), parameters.ChainId, genesis.Hash);
        var record = SigningRecordFile.Open(Path.Combine(folder, "ledger", "signed.record"));
        var mesh = await MeshNode.StartAsync(
            new MeshNodeOptions
            {
                ChainId = parameters.ChainId,
                Profile = new NodeProfile { Roles = [NodeHost.VerifierRole, LedgerProtocol.Role], Name = "hostile" },
                Seeds = [seed],
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                AnnounceListen = true,
                Log = NullLogger.Instance,
                StoreFolder = Path.Combine(folder, "content"),
                Map = endpoints => endpoints.MapLedger(store),
            },
            key,
            TimeProvider.System,
            CancellationToken.None);
        var (time, actors, deeds) = (TimeProvider.System, mesh.Actors, new Deeds { Misdeed = misdeed });
        var options = new LedgerOptions();
        var downloads = new LedgerDownloads(mesh.Http, parameters.MaxBodyBytes, options.FetchTimeout, time);
        var setting = new LedgerSetting(options, ChainKeeper.Load(genesis.State(), store), store, downloads, new VerifierKey(key, parameters), mesh.Mesh, time, _ => { });
        var ledger = actors.ActorOf(Props.Create(() => new LedgerActor(setting)), "ledger");
        var pen = actors.ActorOf(Props.Create(() => new Pen(ledger, store, genesis, deeds)), "pen");
        var voice = actors.ActorOf(Props.Create(() => new Voice(mesh.Mesh, key, parameters.ChainId, deeds)), "voice");
        var consensus = new ConsensusSettings(parameters.ChainId, new KeySigner(key), KeySignatures.Instance);
        var pool = new VerifierPoolSetting(new VerifierPoolOptions(), consensus, record, pen, voice, time, new Random(1), _ => { });
        actors.ActorOf(Props.Create(() => new VerifierPoolActor(pool)), "verifier-pool");
        return new HostileVerifier(mesh, store, record, deeds);
    }

    public async ValueTask DisposeAsync()
    {
        await _mesh.DisposeAsync();
        _record.Dispose();
        _store.Dispose();
    }

    private sealed class Deeds
    {
        public ulong LastBadBlock;

        public volatile Misdeed Misdeed;
    }

    /// <summary>Writes the blocks that the pool gets to propose.</summary>
    private sealed class Pen : ReceiveActor
    {
        public Pen(IActorRef ledger, LedgerStore store, Genesis genesis, Deeds deeds)
        {
            IActorRef pool = ActorRefs.Nobody;
            Receive<LedgerProtocol.Follow>(follow =>
            {
                pool = Sender;
                ledger.Tell(follow);
            });
            Receive<VerifierPoolProtocol.Built>(built =>
            {
                var header = BlockHeader.Decode(built.HeaderBytes.Span);
                var bad = deeds.Misdeed switch
                {
                    Misdeed.WrongStateRoot => header with { StateRoot = Keccak.Hash("another state"u8) },
                    Misdeed.BadTransaction => WithBadTransaction(header),
                    _ => header,
                };
                if (bad != header)
                {
                    Interlocked.Exchange(ref deeds.LastBadBlock, header.Height);
                }

                pool.Tell(built with { HeaderBytes = bad.Encode() });
            });
            Receive<VerifierPoolProtocol.HeightReady>(ready => pool.Tell(ready));
            Receive<VerifierPoolProtocol.WorkArrived>(arrived => pool.Tell(arrived));
            Receive<VerifierPoolProtocol.Judged>(judged => pool.Tell(judged));
            Receive<VerifierPoolProtocol.BadBlock>(_ => { });
            ReceiveAny(ledger.Tell);

            BlockHeader WithBadTransaction(BlockHeader header)
            {
                var body = BlockBody.Decode(store.FindBody(header.BodyHash)!, genesis.Parameters);
                body = body with { Transactions = body.Transactions.Add("no transaction"u8.ToArray()) };
                var encoded = body.Encode();
                var hash = ContentHash.Of(encoded);
                store.KeepBody(header.Height, hash, encoded);
                return header with { TransactionsRoot = body.Root, BodyHash = hash, BodyBytes = (uint)encoded.Length };
            }
        }
    }

    /// <summary>Says what the pool says, and what it must not.</summary>
    private sealed class Voice : ReceiveActor
    {
        public Voice(IActorRef mesh, PrivateKey key, string chainId, Deeds deeds)
        {
            Receive<MeshProtocol.Send>(send =>
            {
                mesh.Tell(send);
                if (deeds.Misdeed == Misdeed.TwoVotes && send.Message is Wire.BlockVotes said)
                {
                    foreach (var vote in said.Votes.Select(vote => Vote.Decode(vote.Span)).Where(vote => vote.Voter == key.Address))
                    {
                        var other = Vote.Sign(chainId, vote.Height, vote.Round, vote.Step, vote.Block is null ? Keccak.Hash("another block"u8) : null, key);
                        mesh.Tell(new MeshProtocol.Send(send.To, new Wire.BlockVotes { Votes = { Google.Protobuf.ByteString.CopyFrom(other.Encode()) } }));
                    }
                }
            });
            Receive<MeshProtocol.Undeliverable>(_ => { });
            ReceiveAny(mesh.Tell);
        }
    }
}
