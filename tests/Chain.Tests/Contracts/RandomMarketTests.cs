using FsCheck;
using FsCheck.Fluent;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Tests.Transactions;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Tests.Contracts;

/// <summary>Clients, miners, verifiers and strangers say whatever they like at whatever height. After every block the chain counts its coins, and the builder and the rules
/// agree; in the end everybody is silent, and still everything ends.</summary>
public sealed class RandomMarketTests
{
    [Fact]
    public void Whatever_is_said_and_whoever_keeps_silent_every_claim_and_job_is_settled_once_in_its_time()
    {
        // the first stories are always the same ones, and between them they come to every verdict
        var verdicts = new HashSet<ClaimVerdict>();
        Assert.All(Enumerable.Range(1, 5), seed => new Story(seed, verdicts).Run());
        Assert.Superset(new HashSet<ClaimVerdict> { ClaimVerdict.Accepted, ClaimVerdict.Rejected, ClaimVerdict.Inconclusive }, verdicts);

        Prop.ForAll<int>(seed => new Story(seed, verdicts).Run()).Check(Config.QuickThrowOnFailure.WithMaxTest(10));
    }

    private sealed class Story(int seed, HashSet<ClaimVerdict> verdicts)
    {
        private readonly Random _random = new(seed);
        private readonly ComputeMarket _market = new();
        private readonly List<Hash256> _jobs = [];
        private readonly Dictionary<Hash256, ulong> _claims = [];
        private readonly Dictionary<Hash256, ContractObject> _ended = [];

        public bool Run()
        {
            // some stories are of people who mostly answer, some of people who mostly do not
            var diligence = _random.Next(1, 11);
            for (var block = 0; block < 60; block++)
            {
                foreach (var challenge in _market.Challenges.Where(_ => _random.Next(10) < diligence).ToList())
                {
                    Answer(challenge);
                }

                for (var i = _random.Next(5); i > 0; i--)
                {
                    SayAnything();
                }

                Next();
            }

            var last = _market.State.Objects().OfType<JobEscrow>().Select(job => job.Deadline).Append(_market.State.Height).Max() + 1 + Settlement;
            while (_market.State.Height < last && !_market.State.Deadlines.IsEmpty)
            {
                Next();
            }

            Assert.DoesNotContain(_market.State.Objects(), found => found.Held > Amount.Zero || found is JobEscrow or Claim or Challenge or ClaimDispute or DeliveryDispute);
            Assert.All(_jobs.Where(job => _market.State.FindJob(job) is not null), job => _market.Receipt(job));
            Assert.DoesNotContain(_market.State.Objects().OfType<MinerReserve>(), reserve => reserve.OpenClaims > 0 || reserve.Required > Amount.Zero);
            return true;
        }

        private static T First<T>(Dictionary<Hash256, T> known, Hash256 id, T now) => known.TryAdd(id, now) ? now : known[id];

        private static ulong Settlement => ComputeMarket.Quick.LongestSettlement(watts: 1_000_000_000);

        private void Next()
        {
            _market.Next();
            foreach (var found in _market.State.Objects())
            {
                switch (found)
                {
                    case Claim claim:
                        Assert.DoesNotContain(claim.Id, _ended.Keys);
                        Assert.True(_market.State.Height <= First(_claims, claim.Id, _market.State.Height) + Settlement, $"A claim of seed {seed} has no end.");
                        break;
                    case JobEscrow job:
                        Assert.DoesNotContain(job.Id, _ended.Keys);
                        break;
                    case ClaimReceipt receipt:
                        Assert.Equal(receipt, First(_ended, receipt.Id, receipt));
                        Assert.NotEqual(ClaimVerdict.Pending, receipt.Verdict);
                        verdicts.Add(receipt.Verdict);
                        break;
                    case JobReceipt receipt:
                        Assert.Equal(receipt, First(_ended, receipt.Id, receipt));
                        break;
                }
            }

            if (_random.Next(20) == 0)
            {
                var restarted = ChainState.Open(_market.Chain.Parameters, _market.Chain.Head!, _market.State.Tree.Leaves())!;
                Assert.True(restarted.Deadlines.SequenceEqual(_market.State.Deadlines));
            }
        }

        // Mostly something that fits what the challenge waits for, true or not.
        private void Answer(Challenge challenge)
        {
            foreach (var seat in challenge.Asked)
            {
                var verifier = _market.KeyOf(seat.Verifier);
                var found = _random.Next(4) == 0 ? ComputeMarket.Rubbish(challenge.Segment, challenge.Rendition) : ComputeMarket.Truth(challenge.Segment, challenge.Rendition);
                if (challenge.Phase == ChallengePhase.Commit)
                {
                    _market.Call(verifier, ComputeMarket.CommitmentTo(verifier, challenge, found), challenge.Bond + new Amount(_random.Next(20) == 0 ? 1UL : 0));
                }
                else if (challenge.Phase == ChallengePhase.Reveal)
                {
                    _market.Call(verifier, ComputeMarket.RevealOf(challenge, found));
                }
            }

            if (challenge.Phase == ChallengePhase.Open)
            {
                _market.Call(_random.Next(10) == 0 ? _market.Stranger : _market.KeyOf(_market.Claimed(challenge.ClaimId).Miner), _market.OpeningOf(challenge));
            }
        }

        private void SayAnything()
        {
            var miner = _market.Miners[_random.Next(3)];
            var verifier = _market.Chain.Verifiers[_random.Next(7)];
            switch (_random.Next(14))
            {
                case 0 or 1:
                    Open();
                    break;
                case 2 or 3 or 4:
                    Post(miner);
                    break;
                case 5:
                    OfClaims(claim => new ContractOperation.Dispute(claim.Id, Result(claim).Sign("test", _market.KeyOf(claim.Miner))), _ => _market.Bond);
                    break;
                case 6:
                    OfDisputes(dispute => _market.Call(
                        _market.KeyOf(_market.Claimed(dispute.ClaimId).Miner), new ContractOperation.Defend(dispute.ClaimId, _market.Path(_market.Claimed(dispute.ClaimId), dispute.Index))));
                    break;
                case 7:
                    var segments = Some();
                    OfClaims(claim => new ContractOperation.Complain(claim.Id, segments), claim => _market.ComplaintBond(claim.Id, segments));
                    break;
                case 8:
                    foreach (var delivery in _market.State.Objects().OfType<DeliveryDispute>().Where(delivery => delivery.Custodian is not null).ToList())
                    {
                        _market.Call(_market.KeyOf(delivery.Custodian!.Value), new ContractOperation.Attest(delivery.ClaimId, _random.Next(2) == 0 ? SegmentSet.Empty : delivery.Segments));
                    }

                    break;
                case 9 when _jobs.Count > 0:
                    _market.Call(_random.Next(3) == 0 ? _market.Client : _market.Stranger, new ContractOperation.CloseJob(_jobs[_random.Next(_jobs.Count)]));
                    break;
                case 10:
                    _market.Stake(verifier, new StakeOperation.Serve(_random.Next(2) == 0 ? [] : [ComputeMarket.Class]));
                    break;
                case 11:
                    _market.Stake(miner, new StakeOperation.Reserve(Amount.FromVid((ulong)_random.Next(3) * 1000)));
                    break;
                case 12:
                    _market.Stake(miner, new StakeOperation.Lower(), Amount.FromVid((ulong)_random.Next(1, 1500)));
                    break;
                case 13 when _random.Next(8) == 0:
                    // one of the verifiers, so that enough are left to go on, or somebody whose stake stands behind claims
                    var guilty = _random.Next(2) == 0 ? _market.Chain.Verifiers[6] : miner;
                    _market.Add(_market.Chain.Rich, _market.Chain.Accuse(_market.Chain.Rich, EvidenceTests.TwoVotes(guilty)).Draft);
                    break;
                case 13 when _market.Sent.Count > 0:
                    // what was said before, once more
                    var sent = _market.Sent[_random.Next(_market.Sent.Count)];
                    _market.Add(_market.KeyOf(sent.Sender), sent.Draft);
                    break;
            }
        }

        private void Open()
        {
            var terms = _market.Terms((uint)_random.Next(2, ComputeMarket.Segments + 1));
            terms = terms with
            {
                CheckFee = new Amount((ulong)_random.Next(1, 4) * 1_000_000),
                Deadline = _market.State.Height + (ulong)_random.Next(1, 40),
                Miners = [.. terms.Miners.Take(_random.Next(1, 4)).Select(miner => miner with { Price = new Amount((ulong)_random.Next(1, 2_000_000)) })],
            };
            _jobs.Add(JobEscrow.IdOf(_market.Client.Address, _market.NextNonce(_market.Client)));
            var least = (ulong)terms.LeastBudget(_market.Chain.Parameters.Contracts);
            _market.Call(_market.Client, new ContractOperation.OpenJob(terms), new Amount(least + (ulong)_random.Next(-1, 2)));
        }

        private void Post(PrivateKey miner)
        {
            if (_jobs.Count > 0)
            {
                _market.Call(miner, _market.ClaimOf(_jobs[_random.Next(Math.Max(0, _jobs.Count - 3), _jobs.Count)], miner, Some(), faked: _random.Next(3) == 0 ? Some() : null, accepted: _random.Next(2) == 0));
            }
        }

        private void OfClaims(Func<Claim, ContractOperation> says, Func<Claim, Amount> bond)
        {
            if (_market.State.Objects().OfType<Claim>().ToList() is { Count: > 0 } claims && claims[_random.Next(claims.Count)] is var claim)
            {
                _market.Call(_market.Client, says(claim), bond(claim));
            }
        }

        private void OfDisputes(Action<ClaimDispute> answer)
        {
            foreach (var dispute in _market.State.Objects().OfType<ClaimDispute>().ToList())
            {
                answer(dispute);
            }
        }

        private JobResult Result(Claim claim) => ComputeMarket.Result(claim.JobId, claim.Segments.Numbers().ElementAt(_random.Next(claim.Segments.Count)), _random.Next(2), fake: _random.Next(2) == 0);

        private SegmentSet Some()
        {
            var from = _random.Next(ComputeMarket.Segments);
            return SegmentSet.Of(Enumerable.Range(from, _random.Next(1, 1 + ComputeMarket.Segments - from)));
        }
    }
}
