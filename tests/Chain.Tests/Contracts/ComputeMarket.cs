using System.Collections.Immutable;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Tests.Blocks;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Tests.Contracts;

/// <summary>A chain with verifiers that serve a class, miners with a reserve and a client with coins. Everybody is honest and quick unless told otherwise.</summary>
internal sealed class ComputeMarket
{
    public const int Segments = 12;

    private const int FirstMiner = 300;

    private static readonly Hash256 Salt = Keccak.Hash([1, 2]);
    private readonly List<VerifiedTransaction> _next = [];
    private readonly Dictionary<Address, ulong> _ahead = [];
    private readonly Dictionary<Hash256, IReadOnlyList<Hash256>> _leaves = [];

    public ComputeMarket(int verifiers = 7, Func<ContractParameters, ContractParameters>? with = null, int miners = 3, Amount? barrier = null)
    {
        Miners = [.. Enumerable.Range(FirstMiner, miners).Select(TestChain.Key)];
        Chain = new TestChain(verifiers, parameters => parameters with { Contracts = (with ?? (p => p))(Quick), Barrier = barrier ?? parameters.Barrier }, reveals: 4096);
        Everybody = [Client, .. Miners, Stranger, .. Chain.Verifiers];
        foreach (var key in Miners.Append(Client).Append(Stranger))
        {
            Add(Chain.Rich, Chain.Draft(Chain.Rich, to: key.Address, amount: Amount.FromVid(10_000)));
        }

        Next();
        foreach (var miner in Miners)
        {
            Add(miner, Chain.Draft(miner, TransactionType.Stake, amount: Amount.FromVid(2000), parameters: new StakeOperation.Raise().Encode()));
            Stake(miner, new StakeOperation.Reserve(Amount.FromVid(1000)));
        }

        foreach (var verifier in Chain.Verifiers)
        {
            Stake(verifier, new StakeOperation.Serve([Class]));
        }

        Next();
    }

    /// <summary>Encodings of a call and of an object of each kind.</summary>
    public static (byte[][] Calls, byte[][] Objects) Samples()
    {
        var market = new ComputeMarket();
        var job = market.OpenJob();
        var id = market.PostClaim(job, market.Miner, Set(1, 2, 3, 4, 5));
        market.Complain(id, Set(3));
        market.Call(market.Client, new ContractOperation.Dispute(id, Result(job, 1, 1).Sign(TestChain.ChainId, market.Miner)), market.Bond);
        market.Idle(3);
        var objects = market.State.Objects().ToList();
        market.Call(market.Miner, new ContractOperation.Defend(id, market.Path(market.Claimed(id), 1)));
        market.Settle();
        market.Call(market.KeyOf(market.Chain.Verifiers[0].Address), new ContractOperation.Attest(id, Set(3)));
        market.Call(market.Client, new ContractOperation.CloseJob(job));
        market.Idle(6);
        return ([.. market.Sent.Select(sent => sent.Draft.Parameters.ToArray())], [.. objects.Concat(market.State.Objects()).Select(found => found.Encode())]);
    }

    public static ContractParameters Quick { get; } = new()
    {
        ChallengeDelayBlocks = 2,
        CommitBlocks = 3,
        OpenBlocks = 3,
        RevealBlocks = 3,
        DisputeBlocks = 4,
        AnswerBlocks = 3,
        CloseNoticeBlocks = 4,
        LongestJobBlocks = 200,
        AllowanceWatts = 1_000_000_000_000,
    };

    public static Hash256 Class { get; } = Keccak.Hash("class"u8);

    public TestChain Chain { get; }

    public ChainState State => Chain.State;

    public PrivateKey Client { get; } = TestChain.Key(100);

    public IReadOnlyList<PrivateKey> Miners { get; }

    public PrivateKey Stranger { get; } = TestChain.Key(101);

    public PrivateKey Miner => Miners[0];

    public IReadOnlyList<PrivateKey> Everybody { get; }

    /// <summary>Every call of a contract that was made.</summary>
    public List<VerifiedTransaction> Sent { get; } = [];

    /// <summary>What a verifier says it found; null: it does not commit.</summary>
    public Func<PrivateKey, Challenge, ContentHash?> Finds { get; set; } = (_, challenge) => Truth(challenge.Segment, challenge.Rendition);

    /// <summary>Whether a verifier that committed reveals.</summary>
    public Func<PrivateKey, Challenge, bool> Reveals { get; set; } = (_, _) => true;

    /// <summary>Whether the miner opens.</summary>
    public Func<Challenge, bool> Opens { get; set; } = _ => true;

    /// <summary>What every sound encoder makes of a segment.</summary>
    public static ContentHash Truth(int segment, int rendition) => ContentHash.Of([1, (byte)segment, (byte)rendition]);

    /// <summary>What a cheater makes of it.</summary>
    public static ContentHash Rubbish(int segment, int rendition) => ContentHash.Of([2, (byte)segment, (byte)rendition]);

    public JobTerms Terms(uint segments = Segments) => new()
    {
        SourceRoot = Keccak.Hash([3]),
        Frames = [new FrameRun(segments - 1, 100), new FrameRun(1, 40)],
        Renditions = [new JobRendition("h264", "medium", 640, 360, Keccak.Hash([4])), new JobRendition("vp9", "4", 320, 180, Keccak.Hash([5]))],
        Class = Class,
        Miners = [.. Miners.Select(miner => new JobMiner(miner.Address, new Amount(1_000_000), Segments))],
        CheckFee = new Amount(2_000_000),
        Deadline = State.Height + 100,
    };

    /// <summary>Adds a transaction to the next block.</summary>
    public void Add(PrivateKey from, TransactionDraft draft) => _next.Add(Signed(from, draft));

    public void Call(PrivateKey from, ContractOperation operation, Amount amount = default) => Add(from, Draft(from, operation, amount));

    public void Stake(PrivateKey from, StakeOperation operation, Amount amount = default) =>
        Add(from, Chain.Draft(from, TransactionType.Stake, amount: amount, parameters: operation.Encode()));

    public TransactionDraft Draft(PrivateKey from, ContractOperation operation, Amount amount = default, Amount microPay = default) =>
        Chain.Draft(from, operation.Type, ContractAddress.Compute, amount, operation.Encode()) with { MicroPay = microPay };

    /// <summary>What becomes of a call in the next block.</summary>
    public TxResult Outcome(PrivateKey from, ContractOperation operation, Amount amount = default) => Chain.Outcome(Chain.Verified(from, Draft(from, operation, amount)));

    public TxResult Outcome(PrivateKey from, StakeOperation operation, Amount amount = default) => Chain.Outcome(Chain.Stake(from, operation, amount));

    /// <summary>Makes the next block of what was added. What does not fit is left out, as a builder does.</summary>
    public void Next()
    {
        Chain.Next([.. _next]);
        Sent.AddRange(_next.Where(transaction => transaction.Draft.Recipient == ContractAddress.Compute));
        _next.Clear();
        _ahead.Clear();
    }

    /// <summary>Of the account's next transaction, after those that wait for the next block.</summary>
    public ulong NextNonce(PrivateKey account) => State.Find(account.Address).Nonce + _ahead.GetValueOrDefault(account.Address);

    /// <summary>Opens a job with a budget of one VID.</summary>
    public Hash256 OpenJob(JobTerms? terms = null, Amount? budget = null)
    {
        var id = JobEscrow.IdOf(Client.Address, NextNonce(Client));
        Call(Client, new ContractOperation.OpenJob(terms ?? Terms()), budget ?? Amount.FromVid(1));
        Next();
        return id;
    }

    public JobEscrow Job(Hash256 id) => Assert.IsType<JobEscrow>(State.FindJob(id));

    /// <summary>What is left of a job: every coin of its budget went somewhere.</summary>
    public JobReceipt Receipt(Hash256 id)
    {
        var receipt = Assert.IsType<JobReceipt>(State.FindJob(id));
        Assert.Equal(receipt.Budget, receipt.Paid + receipt.Fees + receipt.Refunded);
        return receipt;
    }

    public static SegmentSet Set(params int[] segments) => SegmentSet.Of(segments);

    public static SegmentSet All { get; } = SegmentSet.Of(Enumerable.Range(0, Segments));

    /// <summary>A claim as the client assigned it.</summary>
    /// <param name="faked">Segments whose leaves are rubbish.</param>
    public ContractOperation.PostClaim ClaimOf(Hash256 jobId, PrivateKey miner, SegmentSet segments, SegmentSet? faked = null, bool accepted = false, SegmentSet? assigned = null)
    {
        var leaves = segments.Numbers()
            .SelectMany(segment => Enumerable.Range(0, 2).Select(rendition => Result(jobId, segment, rendition, faked?.Contains(segment) == true).Leaf)).ToList();
        var root = WorkLeaf.Root(leaves);
        _leaves[root] = leaves;
        return new ContractOperation.PostClaim(
            jobId,
            segments,
            root,
            assigned ?? segments,
            Client.Sign(ClientWord.Assignment(TestChain.ChainId, jobId, miner.Address, assigned ?? segments)),
            accepted ? Client.Sign(ClientWord.Acceptance(TestChain.ChainId, jobId, miner.Address, root)) : null);
    }

    public static JobResult Result(Hash256 jobId, int segment, int rendition, bool fake = false) =>
        new(jobId, segment, rendition, ContentHash.Of([9]), fake ? Rubbish(segment, rendition) : Truth(segment, rendition), Salt);

    /// <summary>Posts a claim in the next block.</summary>
    /// <returns>Its id.</returns>
    public Hash256 PostClaim(Hash256 jobId, PrivateKey miner, SegmentSet segments, SegmentSet? faked = null, bool accepted = false)
    {
        var id = Claim.IdOf(jobId, Job(jobId).Claims);
        Call(miner, ClaimOf(jobId, miner, segments, faked, accepted));
        Next();
        return id;
    }

    public Claim Claimed(Hash256 id) => Assert.IsType<Claim>(State.FindClaim(id));

    public ClaimReceipt Settled(Hash256 id) => Assert.IsType<ClaimReceipt>(State.FindClaim(id));

    public IEnumerable<Challenge> Challenges => State.Objects().OfType<Challenge>().Where(challenge => challenge.Phase != ChallengePhase.Decided);

    /// <summary>The client says that segments did not come, in the next block.</summary>
    public void Complain(Hash256 claim, SegmentSet segments) => Call(Client, new ContractOperation.Complain(claim, segments), ComplaintBond(claim, segments));

    public Amount ComplaintBond(Hash256 claim, SegmentSet segments)
    {
        var job = Job(Claimed(claim).JobId);
        return job.Terms.ComplaintBond(segments, job.PriceOf(Claimed(claim).Miner), Chain.Parameters.Contracts);
    }

    /// <summary>A claim that is all rubbish, when the first panel is asked and nobody of it has answered.</summary>
    public (Challenge Challenge, IReadOnlyList<PrivateKey> Seats) AtPanel()
    {
        PostClaim(OpenJob(), Miner, All, faked: All, accepted: true);
        while (!Challenges.Any(challenge => challenge.Stage == ChallengeStage.Panel))
        {
            Answer();
            Next();
        }

        var panel = Challenges.First(challenge => challenge.Stage == ChallengeStage.Panel);
        return (panel, [.. panel.Asked.Select(seat => KeyOf(seat.Verifier))]);
    }

    public Amount Bond => Terms().CheckFee * Quick.BondFees;

    /// <summary>The path that shows a leaf under a claim's root.</summary>
    public Chain.Blocks.MerklePath Path(Claim claim, uint index) => WorkLeaf.Prove(_leaves[claim.Root], (int)index);

    /// <summary>What everybody says to the open challenges, in the next block.</summary>
    public void Answer()
    {
        foreach (var challenge in Challenges.ToList())
        {
            Answer(challenge);
        }
    }

    public ContractOperation.Open OpeningOf(Challenge challenge)
    {
        var claim = Claimed(challenge.ClaimId);
        var leaf = _leaves[claim.Root][(int)challenge.Leaf];
        var packets = new[] { Truth(challenge.Segment, challenge.Rendition), Rubbish(challenge.Segment, challenge.Rendition) }
            .Single(packets => WorkLeaf.Hash(claim.JobId, challenge.Segment, challenge.Rendition, packets, Salt) == leaf);
        return new ContractOperation.Open(challenge.Id, packets, Salt, Path(claim, challenge.Leaf));
    }

    public static ContractOperation.Commit CommitmentTo(PrivateKey verifier, Challenge challenge, ContentHash found) =>
        new(challenge.Id, Challenge.Commitment(challenge.Id, found, Salt, verifier.Address));

    public static ContractOperation.Reveal RevealOf(Challenge challenge, ContentHash found) => new(challenge.Id, found, Salt);

    /// <summary>Goes on, everybody answering, until every claim has its verdict.</summary>
    public void Settle(int blocks = 80)
    {
        while (State.Objects().Any(found => found is Claim))
        {
            Assert.True(blocks-- > 0, "a claim has no end");
            Answer();
            Next();
        }
    }

    public void Idle(int blocks)
    {
        for (var i = 0; i < blocks; i++)
        {
            Next();
        }
    }

    public PrivateKey KeyOf(Address address) => Everybody.Single(key => key.Address == address);

    public Amount Balance(PrivateKey key) => State.Find(key.Address).Balance;

    /// <summary>The fee of a call, in coins.</summary>
    public static Amount Without(Amount paid) => paid - paid.Share(Quick.PayoutBurnPercent, 100);

    private void Answer(Challenge challenge)
    {
        switch (challenge.Phase)
        {
            case ChallengePhase.Commit:
                foreach (var seat in challenge.Asked.Where(seat => seat.Commitment is null))
                {
                    var verifier = KeyOf(seat.Verifier);
                    if (Finds(verifier, challenge) is { } found)
                    {
                        Call(verifier, CommitmentTo(verifier, challenge, found), challenge.Bond);
                    }
                }

                break;
            case ChallengePhase.Open when Opens(challenge):
                Call(KeyOf(Claimed(challenge.ClaimId).Miner), OpeningOf(challenge));
                break;
            case ChallengePhase.Reveal:
                foreach (var seat in challenge.Asked.Where(seat => seat.OwesReveal))
                {
                    var verifier = KeyOf(seat.Verifier);
                    if (Reveals(verifier, challenge) && Finds(verifier, challenge) is { } found)
                    {
                        Call(verifier, RevealOf(challenge, found));
                    }
                }

                break;
        }
    }

    private VerifiedTransaction Signed(PrivateKey from, TransactionDraft draft)
    {
        var signed = Chain.Verified(from, draft with { Nonce = NextNonce(from) });
        _ahead[from.Address] = _ahead.GetValueOrDefault(from.Address) + 1;
        return signed;
    }
}
