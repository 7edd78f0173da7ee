using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Parameters;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Tests.Contracts;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Simulation.Market;

/// <summary>What cheating came to for one share of faked work, as a mean over claims.</summary>
/// <param name="Faked">f.</param>
/// <param name="Gain">Over an honest miner, in values of the claim, when encoding costs as much as it earns: what was earned and saved less what was forfeited.</param>
/// <param name="WithoutStake">The same, had nothing been forfeited.</param>
/// <param name="Caught">Share of the claims that were rejected.</param>
internal sealed record GainPoint(double Faked, double Gain, double WithoutStake, double Caught);

/// <summary>Lets cheaters claim on a chain, with the least stake that the ledger lets them claim with, and reads from their receipts what they have of it.</summary>
internal sealed class CheatersGain
{
    private const int Cheaters = 24;

    private readonly ComputeMarket _market;
    private readonly JobTerms _terms;
    private readonly Amount _value;
    private readonly Amount _reserve;

    private CheatersGain(ulong foundNumerator, ulong foundDenominator)
    {
        _market = new ComputeMarket(5, miners: Cheaters, barrier: new Amount(1));
        _market.Add(_market.Chain.Rich, _market.Chain.Draft(_market.Chain.Rich, to: _market.Client.Address, amount: Amount.FromVid(700_000)));
        _market.Next();
        var price = new Amount(10_000_000);
        _terms = _market.Terms() with
        {
            Frames = [new FrameRun(ComputeMarket.Segments, 100)],
            Miners = [.. _market.Miners.Select(miner => new JobMiner(miner.Address, price, ComputeMarket.Segments))],
        };
        _value = WorkSchedule.Price(_terms.Watts, price)!.Value;
        _reserve = new Amount((ulong)MinerReserve.RequiredFor(_value, Parameters.Samples, Parameters));

        // whether a check can tell a fake is a matter of the leaf, not of who looks
        _market.Finds = (_, challenge) => challenge.Id.ToArray()[0] % foundDenominator < foundNumerator
            ? ComputeMarket.Truth(challenge.Segment, challenge.Rendition)
            : _market.OpeningOf(challenge).Packets;
    }

    private ContractParameters Parameters => _market.Chain.Parameters.Contracts;

    /// <param name="rounds">Of claims for each share: each of them has <see cref="Cheaters"/>.</param>
    /// <param name="found">q: the chance that a sampled fake is found.</param>
    public static IReadOnlyList<GainPoint> Measure(int rounds, (ulong Numerator, ulong Denominator) found)
    {
        GainPoint Of(int faked) => new CheatersGain(found.Numerator, found.Denominator).Of(faked, rounds);
        return [.. Enumerable.Range(0, ComputeMarket.Segments + 1).Select(Of)];
    }

    private GainPoint Of(int faked, int rounds)
    {
        var receipts = Enumerable.Range(0, rounds).SelectMany(_ => Round(SegmentSet.Of(Enumerable.Range(0, faked)))).ToList();
        var saved = faked / (double)ComputeMarket.Segments;
        double Share(Func<ClaimReceipt, Amount> of) => receipts.Average(receipt => (double)of(receipt).Nano / _value.Nano);
        var withoutStake = Share(receipt => receipt.Paid) - 1 + saved;
        return new GainPoint(saved, withoutStake - Share(receipt => receipt.Forfeited), withoutStake, receipts.Average(receipt => receipt.Verdict == ClaimVerdict.Rejected ? 1.0 : 0));
    }

    private IEnumerable<ClaimReceipt> Round(SegmentSet faked)
    {
        foreach (var miner in _market.Miners)
        {
            _market.Stake(miner, new StakeOperation.Reserve(_reserve));
        }

        _market.Next();
        var budget = new Amount((ulong)_terms.LeastBudget(Parameters));
        var terms = _terms with { Deadline = _market.State.Height + 100 };
        var jobs = new List<Hash256>();
        foreach (var _ in _market.Miners)
        {
            jobs.Add(JobEscrow.IdOf(_market.Client.Address, _market.NextNonce(_market.Client)));
            _market.Call(_market.Client, new ContractOperation.OpenJob(terms), budget);
        }

        _market.Next();
        foreach (var (miner, job) in _market.Miners.Zip(jobs))
        {
            _market.Call(miner, _market.ClaimOf(job, miner, ComputeMarket.All, faked, accepted: true));
        }

        _market.Next();
        _market.Settle();
        return [.. jobs.Select(job => _market.Settled(Claim.IdOf(job, 0)))];
    }
}
