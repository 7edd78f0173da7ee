using System.Collections.Immutable;
using VideoMesh.Actors.Ledger;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.Proofs;
using VideoMesh.Actors.Tests.Ledger;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Transactions;
using VideoMesh.Client.Node;
using VideoMesh.Miners.Compute;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Proofs;
using VideoMesh.Miners.Sandbox;
using VideoMesh.TestKit;
using VideoMesh.TestKit.Media;
using A = VideoMesh.TestKit.Media.A;

namespace VideoMesh.Actors.Tests.Proofs;

/// <summary>Four verifiers on loopback that check with ffmpeg, and a miner whose node holds the sources of its jobs. The client is an account without a node.</summary>
internal sealed class ProofNetwork : IAsyncDisposable, ISourceBook
{
    public const int Verifiers = 4;
    private const int Frames = 24;

    private static readonly ContractParameters Quick = new()
    {
        ChallengeDelayBlocks = 2, CommitBlocks = 600, OpenBlocks = 600, RevealBlocks = 600, DisputeBlocks = 2, AllowanceWatts = 1_000_000_000_000, Samples = 2,
    };

    private static readonly RenditionSpec Spec = new()
    {
        Name = "small", Codec = VideoCodec.H264, Width = 160, Height = 90, Crf = 20, Preset = "veryfast", PixelFormat = "yuv420p", FrameRate = new Rational(25, 1),
    };

    private readonly TemporaryFolder _folder = new();
    private readonly ProofNode?[] _proofs = new ProofNode?[Verifiers];
    private readonly ISandbox?[] _sandboxes = new ISandbox?[Verifiers];
    private readonly List<ContentHash> _sources = [];
    private readonly Dictionary<Hash256, ClaimLeaves> _claims = [];
    private readonly Dictionary<(Hash256 Job, int Segment), ContentHash> _results = [];
    private Hash256 _class;

    private ProofNetwork(LedgerNetwork ledger) => Ledger = ledger;

    public LedgerNetwork Ledger { get; }

    public PrivateKey Miner => Ledger.KeyOf(Verifiers);

    private PrivateKey Client => Ledger.Rich;

    private SourceTree Tree => new([.. _sources.Select(source => (source, (uint)Frames))]);

    public static async Task<ProofNetwork> StartAsync()
    {
        var network = new ProofNetwork(await LedgerNetwork.StartAsync(Verifiers, followers: 1, contracts: Quick));
        for (var index = 0; index < Verifiers; index++)
        {
            await network.CheckAsync(index);
        }

        await network.PrepareAsync();
        return network;
    }

    public HeldSource? Find(Hash256 job, int segment, int rendition)
    {
        var (source, store) = (_sources[segment], Ledger.NodeOf(Verifiers).Store);
        return store.TryGetLength(source, out var bytes) && _results.TryGetValue((job, segment), out var result) && store.TryGetLength(result, out var resultBytes)
            ? new HeldSource(source, bytes, Tree.Prove(segment), Spec) { Result = (result, resultBytes) }
            : null;
    }

    /// <summary>A node goes down at once and comes up again, with the files it had.</summary>
    public async Task RestartAsync(int index)
    {
        await StopAsync(index);
        await Ledger.StartAsync(index);
        await CheckAsync(index);
    }

    /// <summary>The miner's node says that it cannot be dialled, and everybody has heard it.</summary>
    public async Task HideMinerAsync()
    {
        Ledger.NodeOf(Verifiers).Mesh.Tell(new MeshProtocol.Announce(new NodeProfile { Roles = [LedgerProtocol.Role], Url = null }));
        await Ledger.EventuallyAsync(async () =>
        {
            var directories = await Task.WhenAll(Enumerable.Range(0, Verifiers).Select(index =>
                Ledger.NodeOf(index).Mesh.Ask<MeshProtocol.Directory>(MeshProtocol.GetDirectory.Instance, Eventually.Limit)));
            return directories.All(directory => directory.Entries.Any(entry => entry.Announcement.Address == Miner.Address && entry.Announcement.Profile.Url is null));
        });
    }

    /// <summary>The miner encodes both segments and claims them.</summary>
    /// <param name="ffmpeg">Of the miner.</param>
    /// <param name="madeIn">The class of the job; null: the one the verifiers serve.</param>
    /// <returns>Id of the claim.</returns>
    public async Task<Hash256> ClaimAsync(string? ffmpeg = null, Hash256? madeIn = null)
    {
        var state = await StateAsync();
        var jobId = JobEscrow.IdOf(Client.Address, state.Find(Client.Address).Nonce);
        var terms = new JobTerms
        {
            SourceRoot = Tree.Root,
            Frames = [new FrameRun((uint)_sources.Count, Frames)],
            Renditions = [CanonicalRendition.Of(Spec)],
            Class = madeIn ?? _class,
            Miners = [new JobMiner(Miner.Address, new Amount(1_000_000_000), (uint)_sources.Count)],
            CheckFee = new Amount(2_000_000),
            Deadline = state.Height + 5000,
        };
        await SendAsync(Client, new ContractOperation.OpenJob(terms), Amount.FromVid(10));

        var results = await EncodeAsync(jobId, ffmpeg);
        var leaves = ClaimLeaves.Of(results, renditions: 1);
        _claims[jobId] = leaves;
        var assignment = Client.Sign(ClientWord.Assignment(Ledger.Parameters.ChainId, jobId, Miner.Address, leaves.Segments));
        await SendAsync(Miner, new ContractOperation.PostClaim(jobId, leaves.Segments, leaves.Root, leaves.Segments, assignment, Acceptance: null), Amount.Zero);
        return Claim.IdOf(jobId, 0);
    }

    public async Task<IReadOnlyList<Challenge>> ChallengesAsync() => [.. (await StateAsync()).Objects().OfType<Challenge>()];

    /// <summary>The miner opens what it is asked to open, until its claim has a verdict.</summary>
    public async Task<ClaimReceipt> SettledAsync(Hash256 claimId)
    {
        ClaimReceipt? receipt = null;
        await Ledger.EventuallyAsync(async () =>
        {
            foreach (var challenge in (await ChallengesAsync()).Where(challenge => challenge.Phase == ChallengePhase.Open))
            {
                var claim = (Claim)(await StateAsync()).FindClaim(challenge.ClaimId)!;
                var (result, path) = _claims[claim.JobId].Open((int)challenge.Leaf);
                await SendAsync(Miner, new ContractOperation.Open(challenge.Id, result.Packets, result.Salt, path), Amount.Zero);
            }

            receipt = (await StateAsync()).FindClaim(claimId) as ClaimReceipt;
            return receipt is not null;
        });
        return receipt!;
    }

    public async Task<ProofTally> TallyAsync()
    {
        var tallies = await Task.WhenAll(_proofs.OfType<ProofNode>().Select(proof => proof.Actor.Ask<ProofProtocol.Status>(ProofProtocol.GetStatus.Instance, Eventually.Limit)));
        return tallies.Select(status => status.Tally).Aggregate(
            ProofTally.Zero, (sum, one) => new ProofTally(sum.Accepted + one.Accepted, sum.Rejected + one.Rejected, sum.Inconclusive + one.Inconclusive, sum.CpuTime + one.CpuTime));
    }

    public string Cheating(Cheat cheat) => CheatingFfmpeg.Write(_folder["cheats"], cheat);

    public async ValueTask DisposeAsync()
    {
        for (var index = 0; index < Verifiers; index++)
        {
            await StopAsync(index);
        }

        await Ledger.DisposeAsync();
        _folder.Dispose();
    }

    private async Task StopAsync(int index)
    {
        await Ledger.StopAsync(index);
        if (_proofs[index] is { } proofs && _sandboxes[index] is { } sandbox)
        {
            _proofs[index] = null;
            await proofs.DisposeAsync();
            await sandbox.DisposeAsync();
        }
    }

    private async Task CheckAsync(int index)
    {
        _sandboxes[index] = await SandboxAsync($"verifier-{index}", ffmpeg: null);
        _proofs[index] = await ProofNode.StartAsync(
            Ledger.NodeOf(index), Ledger[index], _sandboxes[index]!, new ProofOptions(), Ledger.FolderOf(index), TimeProvider.System, Ledger.Notes.Enqueue, CancellationToken.None);
    }

    private Task<ISandbox> SandboxAsync(string name, string? ffmpeg) =>
        Sandboxes.CreateAsync(new SandboxOptions { Kind = SandboxKind.None, FfmpegPath = ffmpeg, ScratchRoot = _folder[name] }, CancellationToken.None);

    // The miner has stake, the verifiers say what they serve, and the miner's node holds two segments.
    private async Task PrepareAsync()
    {
        await SendAsync(Client, Miner.Address, Amount.FromVid(10_000));
        await SendAsync(Miner, new StakeOperation.Raise(), Amount.FromVid(2000));
        await SendAsync(Miner, new StakeOperation.Reserve(Amount.FromVid(2000)), Amount.Zero);
        var node = Ledger.NodeOf(Verifiers);
        for (var segment = 0; segment < 2; segment++)
        {
            var clip = await A.Clip.Sized(160, 90).OfFrames(Frames).At("25").In("mkv").Silent().Filtered(segment == 0 ? "null" : "hflip").MakeAsync(_folder.Path, $"segment-{segment}");
            _sources.Add((await node.Store.AddFileAsync(clip, AddMode.Copy, "job")).Hash);
        }

        var setting = new SourceDeskSetting(
            this, async (key, _) => (await StateAsync(Verifiers)).FindObject(key), node.Store, node.Tickets, node.Transfers, node.Mesh, TimeProvider.System);
        node.Actors.ActorOf(Props.Create(() => new SourceDeskActor(setting)), "sources");
        await Ledger.EventuallyAsync(async () => await StateAsync() is var state && Enumerable.Range(0, Verifiers).All(index => !state.ClassesOf(Ledger.KeyOf(index).Address).IsEmpty));
        _class = Assert.Single((await StateAsync()).ClassesOf(Ledger.KeyOf(0).Address));
    }

    private async Task<ImmutableArray<JobResult>> EncodeAsync(Hash256 jobId, string? ffmpeg)
    {
        await using var sandbox = await SandboxAsync("miner", ffmpeg);
        await using var worker = new SegmentWorker(sandbox, Ledger.NodeOf(Verifiers).Store, 1);
        var signer = new ResultSigner(Ledger.Parameters.ChainId, Miner);
        var results = ImmutableArray.CreateBuilder<JobResult>();
        for (var segment = 0; segment < _sources.Count; segment++)
        {
            var encoded = await worker.EncodeAsync(_sources[segment], Frames, [Spec], "job", _ => { }, CancellationToken.None);
            _results[(jobId, segment)] = encoded.Renditions.Single().Hash;
            results.Add(signer.Sign(jobId, segment, 0, encoded.Renditions.Single()).Result);
        }

        return results.ToImmutable();
    }

    private Task SendAsync(PrivateKey from, Address to, Amount amount) => SendAsync(from, nonce => Ledger.Transfer(from, nonce, to, amount.Nano));

    private Task SendAsync(PrivateKey from, StakeOperation operation, Amount amount) => SendAsync(from, nonce => Ledger.Stake(from, nonce, operation, amount));

    private Task SendAsync(PrivateKey from, ContractOperation operation, Amount amount) =>
        SendAsync(from, nonce => new VerifierKey(from, Ledger.Parameters).Sign(operation, amount, Amount.Zero, nonce, ulong.MaxValue).Encode());

    // Until it is in a block: whoever runs the story alone sends from these accounts.
    private async Task SendAsync(PrivateKey from, Func<ulong, byte[]> sign)
    {
        var nonce = (await StateAsync()).Find(from.Address).Nonce;
        var outcome = Assert.Single(await Ledger.SubmitAsync(0, [sign(nonce)]));
        Assert.Null(outcome.Sentence);
        await Ledger.EventuallyAsync(async () => (await StateAsync()).Find(from.Address).Nonce > nonce);
    }

    private Task<ChainState> StateAsync() => StateAsync(0);

    private async Task<ChainState> StateAsync(int index) => (await Ledger.StatusAsync(index)).State;
}
