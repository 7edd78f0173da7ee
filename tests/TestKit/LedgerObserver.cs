using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using VideoMesh.Actors.Ledger;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.VerifierPool;
using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;
using VideoMesh.Client.Node;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.TestKit;

/// <summary>A node in the test's own process that follows a chain, hands in transactions, and remembers every vote and proposal that comes by.</summary>
public sealed class LedgerObserver : IAsyncDisposable
{
    private readonly MeshNode _mesh;
    private readonly LedgerNode _ledger;
    private readonly Witness _witness;

    private LedgerObserver(Genesis genesis, MeshNode mesh, LedgerNode ledger, Witness witness)
    {
        Genesis = genesis;
        _mesh = mesh;
        _ledger = ledger;
        _witness = witness;
    }

    public Genesis Genesis { get; }

    /// <summary>How often somebody signed two different things for one place.</summary>
    public int DoubleSignatures => _witness.DoubleSignatures;

    /// <summary>How many signed votes and proposals came by.</summary>
    public int SignaturesSeen => _witness.Seen.Count;

    public static async Task<LedgerObserver> StartAsync(string genesisFile, Uri seed, string folder)
    {
        var genesis = GenesisFile.Read(await File.ReadAllTextAsync(genesisFile));
        var ledger = LedgerNode.Open(genesis, Path.Combine(folder, "ledger"), verifier: null);
        var mesh = await MeshNode.StartAsync(
            new MeshNodeOptions
            {
                ChainId = genesis.Parameters.ChainId,
                Profile = new NodeProfile { Roles = [LedgerProtocol.Role], Name = "observer" },
                Seeds = [seed],
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                AnnounceListen = true,
                Log = NullLogger.Instance,
                StoreFolder = Path.Combine(folder, "content"),
                Map = ledger.Map,
            },
            PrivateKey.Create(),
            TimeProvider.System,
            CancellationToken.None);
        ledger.Start(mesh, new LedgerOptions(), new VerifierPoolOptions { IdleInterval = TimeSpan.FromSeconds(5) }, TimeProvider.System, _ => { });
        var witness = new Witness();
        var listener = mesh.Actors.ActorOf(Props.Create(() => new Listener(witness)), "witness");
        mesh.Mesh.Tell(new MeshProtocol.Subscribe(listener, [typeof(Wire.BlockVotes), typeof(Wire.BlockProposal)]), ActorRefs.NoSender);
        return new LedgerObserver(genesis, mesh, ledger, witness);
    }

    public async Task<LedgerProtocol.Status> StatusAsync() => await _ledger.Ledger.Ask<LedgerProtocol.Status>(LedgerProtocol.GetStatus.Instance, Eventually.Limit);

    public async Task<ulong> HeightAsync() => (await StatusAsync()).State.Height;

    public async Task<Account> AccountAsync(Address address) => (await StatusAsync()).State.Find(address);

    /// <summary>Hands in transactions of an account with its next nonces.</summary>
    /// <returns>How many were accepted.</returns>
    public async Task<int> SubmitAsync(PrivateKey from, IEnumerable<TransactionDraft> drafts)
    {
        var nonce = (await _ledger.Ledger.Ask<LedgerProtocol.Account>(new LedgerProtocol.GetAccount(from.Address), Eventually.Limit)).NextNonce;
        ReadOnlyMemory<byte>[] encoded = [.. drafts.Select(draft => new ReadOnlyMemory<byte>((draft with { Nonce = nonce++ }).Sign(from).Encode()))];
        var submitted = await _ledger.Ledger.Ask<LedgerProtocol.Submitted>(new LedgerProtocol.Submit([.. encoded]), Eventually.Limit);
        return submitted.Outcomes.Count(outcome => outcome.Reason is null);
    }

    /// <summary>A transfer without its nonce.</summary>
    public TransactionDraft Transfer(Address to, Amount amount) => new()
    {
        ChainId = Genesis.Parameters.ChainId,
        Type = TransactionType.Transfer,
        Nonce = 0,
        Recipient = to,
        Amount = amount,
        MaxWatts = 1_000_000,
        Price = Genesis.Parameters.MinimumPrice,
        ExpiryHeight = ulong.MaxValue,
    };

    public Hash256? BlockAt(ulong height) => _ledger.Store.FindBlock(height)?.Header.Hash;

    public async ValueTask DisposeAsync()
    {
        await _mesh.DisposeAsync();
        _ledger.Dispose();
    }

    private sealed class Witness
    {
        private int _doubleSignatures;

        public int DoubleSignatures => _doubleSignatures;

        public ConcurrentDictionary<(Address Who, SigningPlace Place), Hash256?> Seen { get; } = new();

        public void See(Address who, SigningPlace place, Hash256? what)
        {
            if (Seen.GetOrAdd((who, place), what) != what)
            {
                Interlocked.Increment(ref _doubleSignatures);
            }
        }
    }

    private sealed class Listener : ReceiveActor
    {
        public Listener(Witness witness)
        {
            Receive<MeshProtocol.Received>(received =>
            {
                if (received.Message is Wire.BlockProposal { Proposal: var bytes } && Proposal.Decode(bytes.Span) is var proposal)
                {
                    witness.See(proposal.Proposer, new SigningPlace(proposal.Height, proposal.Round, SigningStep.Proposal), proposal.Block);
                }

                foreach (var vote in (received.Message as Wire.BlockVotes)?.Votes.Select(vote => Vote.Decode(vote.Span)) ?? [])
                {
                    witness.See(vote.Voter, new SigningPlace(vote.Height, vote.Round, vote.Step == VoteStep.Prevote ? SigningStep.Prevote : SigningStep.Precommit), vote.Block);
                }
            });
            ReceiveAny(_ => { });
        }
    }
}
