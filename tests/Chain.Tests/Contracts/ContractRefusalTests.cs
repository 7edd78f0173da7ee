using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Tests.Contracts;

/// <summary>What the contracts of the compute market refuse, by name.</summary>
public sealed class ContractRefusalTests
{
    private static readonly Hash256 Nothing = Keccak.Hash([42]);

    internal static readonly Dictionary<TxResult, Func<ComputeMarket, TxResult>> Produced = new()
    {
        [TxResult.StakeReserved] = market => market.Outcome(market.Miner, new StakeOperation.Lower(), Amount.FromVid(1001)),
        [TxResult.NotAVerifier] = market => market.Outcome(market.Miner, new StakeOperation.Serve([ComputeMarket.Class])),
        [TxResult.NoSuchJob] = market => market.Outcome(market.Client, new ContractOperation.CloseJob(Nothing)),
        [TxResult.JobTermsUnusable] = market => Opening(market, terms => terms with { Renditions = [new JobRendition("h264", "sluggish", 640, 360, Nothing)] }),
        [TxResult.JobTooLong] = market => Opening(market, terms => terms with { Deadline = market.State.Height + 1000 }),
        [TxResult.CheckFeeTooLow] = market => Opening(market, terms => terms with { CheckFee = new Amount(1) }),
        [TxResult.BudgetTooLow] = market => Opening(market, terms => terms, (ulong)market.Terms().LeastBudget(ComputeMarket.Quick) - 1),
        [TxResult.JobOver] = market =>
        {
            var job = market.OpenJob(market.Terms() with { Deadline = market.State.Height + 3 });
            market.PostClaim(job, market.Miner, ComputeMarket.Set(0));
            market.Idle(2);
            return Claiming(market, job, ComputeMarket.Set(1));
        },
        [TxResult.NotTheClient] = market => market.Outcome(market.Stranger, new ContractOperation.CloseJob(market.OpenJob())),
        [TxResult.NotTheMiner] = market => market.Outcome(market.Stranger, market.OpeningOf(Drawn(market))),
        [TxResult.NotAssigned] = market =>
            market.Outcome(market.Miner, market.ClaimOf(market.OpenJob(), market.Miner, ComputeMarket.Set(1, 2), assigned: ComputeMarket.Set(0, 1))),
        [TxResult.NotAcceptedByClient] = market =>
        {
            var job = market.OpenJob();
            var claim = market.ClaimOf(job, market.Miner, ComputeMarket.All);
            return market.Outcome(market.Miner, claim with { Acceptance = market.Miner.Sign(ClientWord.Acceptance("test", job, market.Miner.Address, claim.Root)) });
        },
        [TxResult.NoSuchSegment] = market => Claiming(market, market.OpenJob(), ComputeMarket.Set(0, ComputeMarket.Segments)),
        [TxResult.SegmentClaimed] = market =>
        {
            var job = market.OpenJob();
            market.PostClaim(job, market.Miners[1], ComputeMarket.Set(3, 4));
            return Claiming(market, job, ComputeMarket.Set(4, 5));
        },
        [TxResult.TooManySegments] = market =>
            Claiming(market, market.OpenJob(market.Terms() with { Miners = [new JobMiner(market.Miner.Address, new Amount(1), 2)] }), ComputeMarket.Set(0, 1, 2)),
        [TxResult.TooManyClaims] = market =>
        {
            var job = market.OpenJob();
            foreach (var segment in Enumerable.Range(0, (int)ComputeMarket.Quick.ClaimsPerMiner))
            {
                market.PostClaim(job, market.Miner, ComputeMarket.Set(segment));
            }

            return Claiming(market, job, ComputeMarket.Set(9));
        },
        [TxResult.BeyondReserve] = market =>
        {
            market.Stake(market.Miner, new StakeOperation.Reserve(Amount.Zero));
            return Claiming(market, market.OpenJob(), ComputeMarket.All);
        },
        [TxResult.NoSuchClaim] = market => market.Outcome(market.Client, new ContractOperation.Complain(Nothing, ComputeMarket.Set(1)), market.Bond),
        [TxResult.DisputeTooLate] = market => Complaining(market, market.PostClaim(market.OpenJob(), market.Miner, ComputeMarket.All, accepted: true)),
        [TxResult.AlreadyDisputed] = market =>
        {
            var id = Complained(market);
            return Complaining(market, id);
        },
        [TxResult.WrongBond] = market => Complaining(market, market.PostClaim(market.OpenJob(), market.Miner, ComputeMarket.All), more: new Amount(1)),
        [TxResult.NotSignedByMiner] = market =>
        {
            var job = market.OpenJob();
            var id = market.PostClaim(job, market.Miner, ComputeMarket.All);
            return market.Outcome(market.Client, new ContractOperation.Dispute(id, ComputeMarket.Result(job, 1, 1).Sign("test", market.Miners[1])), market.Bond);
        },
        [TxResult.NoSuchDispute] = market =>
            market.Outcome(market.Stranger, new ContractOperation.Attest(market.PostClaim(market.OpenJob(), market.Miner, ComputeMarket.All), ComputeMarket.Set(3))),
        [TxResult.NotTheCustodian] = market =>
        {
            var id = Complained(market);
            market.Idle((int)ComputeMarket.Quick.ChallengeDelayBlocks + 1);
            return market.Outcome(market.Stranger, new ContractOperation.Attest(id, ComputeMarket.Set(3)));
        },
        [TxResult.WrongLeaf] = market =>
        {
            var challenge = Drawn(market);
            market.Answer();
            market.Next();
            return market.Outcome(market.Miner, market.OpeningOf(challenge) with { Salt = Nothing });
        },
        [TxResult.WrongPhase] = market => market.Outcome(market.Miner, market.OpeningOf(Drawn(market))),
        [TxResult.NotDrawn] = market =>
        {
            var challenge = Drawn(market);
            return market.Outcome(market.Stranger, ComputeMarket.CommitmentTo(market.Stranger, challenge, Truth(challenge)), challenge.Bond);
        },
        [TxResult.AlreadyCommitted] = market =>
        {
            var (challenge, seats) = market.AtPanel();
            var commitment = ComputeMarket.CommitmentTo(seats[0], challenge, Truth(challenge));
            market.Call(seats[0], commitment, challenge.Bond);
            market.Next();
            return market.Outcome(seats[0], commitment, challenge.Bond);
        },
        [TxResult.NotCommitted] = market =>
        {
            var (challenge, seats) = Committed(market, 2);
            return market.Outcome(seats[2], ComputeMarket.RevealOf(challenge, Truth(challenge)));
        },
        [TxResult.AlreadyRevealed] = market =>
        {
            var (challenge, seats) = Committed(market, 2);
            market.Call(seats[0], ComputeMarket.RevealOf(challenge, Truth(challenge)));
            market.Next();
            return market.Outcome(seats[0], ComputeMarket.RevealOf(challenge, Truth(challenge)));
        },
        [TxResult.WrongReveal] = market =>
        {
            var (challenge, seats) = Committed(market, 1);
            return market.Outcome(seats[0], ComputeMarket.RevealOf(challenge, ComputeMarket.Rubbish(challenge.Segment, challenge.Rendition)));
        },
        [TxResult.MicroPayTooHigh] = market =>
        {
            var challenge = Drawn(market);
            var verifier = market.KeyOf(challenge.Seats[^1].Verifier);
            var draft = market.Draft(verifier, ComputeMarket.CommitmentTo(verifier, challenge, Truth(challenge)), challenge.Bond, market.Terms().CheckFee + new Amount(1));
            return market.Chain.Outcome(market.Chain.Verified(verifier, draft));
        },
    };

    public static TheoryData<TxResult> Results => [.. Produced.Keys];

    [Theory]
    [MemberData(nameof(Results))]
    public void Each_refusal_has_a_story_that_brings_it_about_and_costs_nobody_anything(TxResult expected) => Assert.Equal(expected, Produced[expected](new ComputeMarket()));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Terms_too_large_to_be_reckoned_with_are_refused_and_not_wrapped_around(int which)
    {
        var market = new ComputeMarket(with: parameters => which == 3 ? parameters with { AllowanceWatts = 1 } : parameters);
        Assert.Equal(which == 0 ? TxResult.BudgetTooLow : TxResult.JobTermsUnusable, Opening(market, terms => which switch
        {
            0 => terms with { Miners = [new JobMiner(market.Miner.Address, new Amount(ulong.MaxValue), 1)] },
            1 => terms with
            {
                Frames = [new FrameRun(JobTerms.MaxSegments, WorkSchedule.MaxFrames)],
                Renditions = [.. Enumerable.Repeat(new JobRendition("av1", "2", WorkSchedule.MaxSide, WorkSchedule.MaxSide, Nothing), JobTerms.MaxRenditions)],
            },
            2 => terms with { CheckFee = new Amount(ulong.MaxValue / 2) },

            // a second a unit of work, and the first leaf has some millions
            _ => terms,
        }));
    }

    [Fact]
    public void A_message_that_was_sent_once_is_refused_for_ever_and_said_anew_after_its_time_it_is_refused_by_name()
    {
        var market = new ComputeMarket();
        var job = market.OpenJob();
        var id = market.PostClaim(job, market.Miner, ComputeMarket.All);
        market.Call(market.Client, new ContractOperation.Dispute(id, ComputeMarket.Result(job, 5, 1).Sign("test", market.Miner)), market.Bond);
        market.Next();
        market.Call(market.Miner, new ContractOperation.Defend(id, market.Path(market.Claimed(id), 11)));
        market.Complain(id, ComputeMarket.Set(3));
        while (market.State.FindDelivery(id)?.Custodian is null)
        {
            market.Answer();
            market.Next();
        }

        market.Call(market.KeyOf(market.State.FindDelivery(id)!.Custodian!.Value), new ContractOperation.Attest(id, ComputeMarket.Set(3)));
        market.Settle();
        var second = market.OpenJob();
        market.Call(market.Client, new ContractOperation.CloseJob(second));
        market.Idle((int)ComputeMarket.Quick.CloseNoticeBlocks + 2);

        var operations = new HashSet<Type>();
        foreach (var sent in market.Sent)
        {
            Assert.Equal(TxResult.NonceUsed, market.Chain.Outcome(sent));
            Assert.True(ContractOperation.TryDecode(sent.Draft.Parameters.Span, out var operation));
            operations.Add(operation.GetType());
            if (operation is not ContractOperation.OpenJob)
            {
                var anew = market.Chain.Verified(market.KeyOf(sent.Sender), sent.Draft with { Nonce = market.State.Find(sent.Sender).Nonce });
                Assert.Contains(market.Chain.Outcome(anew), new[] { TxResult.NoSuchJob, TxResult.NoSuchClaim, TxResult.NoSuchDispute, TxResult.NoSuchChallenge });
            }
        }

        Assert.Equal(typeof(ContractOperation).GetNestedTypes().Length, operations.Count);
    }

    [Fact]
    public void Who_answers_after_the_deadline_is_late_although_nothing_has_happened_since()
    {
        var market = new ComputeMarket();
        var challenge = Drawn(market);
        var verifier = market.KeyOf(challenge.Seats[0].Verifier);
        market.Idle((int)(challenge.Deadline - market.State.Height));

        Assert.Equal(TxResult.NotDrawn, market.Outcome(verifier, ComputeMarket.CommitmentTo(verifier, challenge, Truth(challenge)), challenge.Bond));
    }

    private static ContentHash Truth(Challenge challenge) => ComputeMarket.Truth(challenge.Segment, challenge.Rendition);

    private static TxResult Opening(ComputeMarket market, Func<JobTerms, JobTerms> with, ulong? budget = null) =>
        market.Outcome(market.Client, new ContractOperation.OpenJob(with(market.Terms())), budget is { } nano ? new Amount(nano) : Amount.FromVid(1));

    private static TxResult Claiming(ComputeMarket market, Hash256 job, SegmentSet segments) => market.Outcome(market.Miner, market.ClaimOf(job, market.Miner, segments));

    private static TxResult Complaining(ComputeMarket market, Hash256 claim, Amount more = default) =>
        market.Outcome(market.Client, new ContractOperation.Complain(claim, ComputeMarket.Set(3)), market.ComplaintBond(claim, ComputeMarket.Set(3)) + more);

    private static Hash256 Complained(ComputeMarket market)
    {
        var id = market.PostClaim(market.OpenJob(), market.Miner, ComputeMarket.All);
        market.Complain(id, ComputeMarket.Set(3));
        market.Next();
        return id;
    }

    // the first challenge of a claim whose leaves are all as they should be
    private static Challenge Drawn(ComputeMarket market)
    {
        market.PostClaim(market.OpenJob(), market.Miner, ComputeMarket.All);
        market.Idle((int)ComputeMarket.Quick.ChallengeDelayBlocks + 1);
        return market.Challenges.Single(challenge => challenge.Sample == 0);
    }

    // a panel in which some have committed, when reveals are due
    private static (Challenge Challenge, IReadOnlyList<PrivateKey> Seats) Committed(ComputeMarket market, int count)
    {
        var (challenge, seats) = market.AtPanel();
        foreach (var verifier in seats.Take(count))
        {
            market.Call(verifier, ComputeMarket.CommitmentTo(verifier, challenge, Truth(challenge)), challenge.Bond);
        }

        market.Idle((int)ComputeMarket.Quick.CommitBlocks + 1);
        return (market.State.FindChallenge(challenge.Id)!, seats);
    }
}
