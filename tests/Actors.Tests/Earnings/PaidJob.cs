using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using VideoMesh.Actors.ComputeMiner;
using VideoMesh.Actors.Earnings;
using VideoMesh.Actors.Market;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Proofs;
using VideoMesh.TestKit;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Tests.Earnings;

/// <summary>A job of three segments and one rendition with an escrow, its client, and one of its miners.</summary>
internal sealed class PaidJob : IDisposable
{
    public const string Chain = "earnings-test";
    public const ulong Price = 100_000;
    public const ulong Deadline = 1000;

    private static readonly ImmutableArray<ContentHash> Sources = [Content("s0"), Content("s1"), Content("s2")];

    private readonly PrivateKey _client = PrivateKey.Create();
    private readonly PrivateKey _miner = PrivateKey.Create();
    private readonly SourceTree _tree = new([.. Sources.Select(source => (source, 100U))]);

    public PaidJob() => Escrow = new JobEscrow
    {
        Id = JobEscrow.IdOf(_client.Address, 0),
        Client = _client.Address,
        Terms = new JobTerms
        {
            SourceRoot = _tree.Root,
            Frames = [new FrameRun(3, 100)],
            Renditions = [CanonicalRendition.Of(ScheduleSimulation.Rendition)],
            Class = Class,
            Miners = [new JobMiner(_miner.Address, new Amount(Price), 3)],
            CheckFee = Rules.LeastCheckFee,
            Deadline = Deadline,
        },
        Deadline = Deadline,
        Budget = Amount.FromVid(1),
        Free = Amount.FromVid(1),
        Taken = [(0, 0)],
    };

    public static ContractParameters Rules { get; } = new();

    /// <summary>The link that the client's messages come over: not the account that pays.</summary>
    public static Address Link { get; } = ScheduleSimulation.AddressOf(1);

    private static Hash256 Class { get; } = Keccak.Hash("class"u8);

    public JobEscrow Escrow { get; }

    public Address Miner => _miner.Address;

    /// <summary>A miner that has stake behind its claims and has bid.</summary>
    public EarningsState State(ulong bid = Price, ulong reservedVid = 2000) =>
        new EarningsState(new EarningsOptions { Chain = Chain, Miner = Miner, Class = Class, Samples = Rules.Samples }, Rules)
            .HasBid(Link, new Amount(bid), TimeSpan.FromMinutes(1))
            .Sees(Sight(1, new MinerReserve(Miner, Amount.FromVid(reservedVid), Amount.Zero, 0)));

    public WorkOrder Order(int segment, params int[] assigned)
    {
        var set = SegmentSet.Of([segment, .. assigned]);
        return new WorkOrder(
            new WorkKey(Link, "job1", new AttemptId(segment, 1)), Sources[segment], 1000, 100, [ScheduleSimulation.Rendition], new Uri("http://127.0.0.1:1"), "t", "t")
        {
            Escrowed = new EscrowedWork(Escrow.Id, _tree.Prove(segment), set, _client.Sign(ClientWord.Assignment(Chain, Escrow.Id, Miner, set))),
        };
    }

    /// <summary>Took and did these segments.</summary>
    public EarningsState Done(params int[] segments) => segments.Aggregate(
        State(), (state, segment) => state.Assigned(Escrow, Order(segment, segments).Escrowed!).Holds(Held(segment, segments)));

    public HeldSegment Held(int segment, params int[] assigned)
    {
        var order = Order(segment, assigned);
        var result = new JobResult(Escrow.Id, segment, 0, Content($"r{segment}"), Content($"p{segment}"), Keccak.Hash(Encoding.UTF8.GetBytes($"salt{segment}")));
        return new HeldSegment(order, JobMessages.ToWire(order), [result.Sign(Chain, _miner)]);
    }

    public WordOfClient Word(EarningsState state, params int[] segments)
    {
        var (set, root) = (SegmentSet.Of(segments), state.Jobs[Escrow.Id].LeavesOf(SegmentSet.Of(segments))!.Root);
        return new WordOfClient(
            Escrow.Id,
            new AcknowledgedWork(set, root, _client.Sign(ClientWord.Acceptance(Chain, Escrow.Id, Miner, root))),
            set,
            _client.Sign(ClientWord.Assignment(Chain, Escrow.Id, Miner, set)));
    }

    /// <summary>The only claim of the job, by this miner.</summary>
    public Claim Claim(EarningsState state, params int[] segments) => new()
    {
        Id = VideoMesh.Chain.Contracts.Claim.IdOf(Escrow.Id, 0),
        JobId = Escrow.Id,
        Number = 0,
        Miner = Miner,
        Segments = SegmentSet.Of(segments),
        Root = state.Jobs[Escrow.Id].LeavesOf(SegmentSet.Of(segments))!.Root,
        Value = new Amount(1),
        ForChecks = new Amount(1),
        Required = new Amount(1),
        DrawAt = 10,
        DisputeUntil = 0,
        Drawn = true,
    };

    public Challenge Challenge(Claim claim, int segment, ChallengePhase phase) => new()
    {
        Id = VideoMesh.Chain.Contracts.Challenge.IdOf(claim.Id, 0),
        ClaimId = claim.Id,
        Sample = 0,
        Segment = segment,
        Rendition = 0,
        Leaf = claim.IndexOf(segment, 0, Escrow.Terms),
        Watts = 1,
        Weak = false,
        Stage = ChallengeStage.One,
        Phase = phase,
        Deadline = 100,
        Seats = [],
        Bond = new Amount(1),
        Pot = new Amount(1),
    };

    public ClaimReceipt Receipt(ClaimVerdict verdict) => new()
    {
        Id = VideoMesh.Chain.Contracts.Claim.IdOf(Escrow.Id, 0),
        JobId = Escrow.Id,
        Miner = Miner,
        Verdict = verdict,
        Reason = verdict == ClaimVerdict.Rejected ? ClaimReason.OtherBytes : ClaimReason.None,
        Weak = false,
        Segments = 1,
        Paid = new Amount(7),
        Fees = new Amount(1),
        Forfeited = Amount.Zero,
        Samples = (1, 0, 0),
        Height = 50,
    };

    public static ContractSight Sight(ulong height, params ContractObject[] objects) => new(height, [.. objects]);

    public void Dispose()
    {
        _client.Dispose();
        _miner.Dispose();
    }

    private static ContentHash Content(string text) => new(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
