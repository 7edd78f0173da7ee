using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Tests.Contracts;

namespace VideoMesh.Simulation.Market;

/// <summary>What a miner of the simulated market does.</summary>
internal enum MinerKind
{
    Honest,

    /// <summary>Fakes some of its segments.</summary>
    Cheat,

    /// <summary>Does not open what is drawn.</summary>
    Silent,

    /// <summary>Signs rubbish when it delivers and claims the right bytes.</summary>
    TwoFaced,

    /// <summary>Claims, and delivers nothing to client or custodian.</summary>
    Hoarder,
}

/// <summary>What a hostile verifier does.</summary>
internal enum VerifierKind
{
    Honest,

    /// <summary>Says that nothing is as claimed.</summary>
    NaySayer,

    /// <summary>Says what the miner says, as soon as it can know.</summary>
    YeaSayer,

    /// <summary>Commits and does not reveal.</summary>
    Unrevealing,

    /// <summary>Does nothing at all.</summary>
    Idle,
}

/// <summary>What came of one market.</summary>
/// <param name="Failure">The rule that was broken; null when all held.</param>
/// <param name="Counts">Claims by who made them and how they ended.</param>
internal sealed record MarketOutcome(int Seed, string? Failure, IReadOnlyDictionary<string, int> Counts);

/// <summary>One market made up from a seed: a job for each miner, some of whom cheat, and verifiers of whom up to a fifth of κ is hostile. The rules are that every coin is counted
/// after every block, none is left in a contract, no honest miner is burnt or goes unpaid, and whoever is shown to have cheated is burnt and earns nothing.</summary>
internal sealed class MarketWorld
{
    private readonly Random _random;
    private readonly ComputeMarket _market;
    private readonly Dictionary<Address, MinerKind> _miners;
    private readonly Dictionary<Address, VerifierKind> _verifiers;
    private readonly Dictionary<Address, (Hash256 Claim, SegmentSet Faked)> _claims = [];
    private readonly HashSet<Hash256> _found = [];

    private MarketWorld(int seed)
    {
        _random = new Random(seed);
        _market = new ComputeMarket(_random.Next(5, 11), miners: _random.Next(4, 9));
        _miners = _market.Miners.ToDictionary(miner => miner.Address, _ => (MinerKind)_random.Next(5));

        // the stakes are all but equal
        var hostile = _market.Chain.Verifiers.Count / 5;
        _verifiers = _market.Chain.Verifiers.Select((verifier, place) => (verifier.Address, Kind: place < hostile ? (VerifierKind)_random.Next(1, 5) : VerifierKind.Honest))
            .ToDictionary(verifier => verifier.Address, verifier => verifier.Kind);
        _market.Finds = Find;
        _market.Reveals = (verifier, _) => _verifiers[verifier.Address] != VerifierKind.Unrevealing;
        _market.Opens = challenge => _miners[_market.Claimed(challenge.ClaimId).Miner] != MinerKind.Silent;
    }

    public static MarketOutcome Run(int seed)
    {
        var world = new MarketWorld(seed);
        world.Work();
        world.Finish();
        return new MarketOutcome(seed, world.Failure(), world.Counts());
    }

    private void Work()
    {
        foreach (var miner in _market.Miners)
        {
            var kind = _miners[miner.Address];
            SayWhatIsDue();
            var job = _market.OpenJob(_market.Terms() with { Miners = [new JobMiner(miner.Address, new Amount(1_000_000), ComputeMarket.Segments)] });
            var faked = kind == MinerKind.Cheat ? SegmentSet.Of(Enumerable.Range(0, ComputeMarket.Segments).Where(_ => _random.Next(3) > 0)) : SegmentSet.Empty;
            var isAccepted = kind is not (MinerKind.TwoFaced or MinerKind.Hoarder) && _random.Next(2) == 0;
            SayWhatIsDue();
            var id = _market.PostClaim(job, miner, ComputeMarket.All, faked, isAccepted);
            _claims[miner.Address] = (id, faked);
            if (kind == MinerKind.TwoFaced)
            {
                var segment = _random.Next(ComputeMarket.Segments);
                _market.Call(_market.Client, new ContractOperation.Dispute(id, ComputeMarket.Result(job, segment, 0, fake: true).Sign(_market.Chain.Parameters.ChainId, miner)), _market.Bond);
            }
            else if (kind == MinerKind.Hoarder || (kind == MinerKind.Honest && !isAccepted && _random.Next(2) == 0))
            {
                // against an honest miner it is a lie
                _market.Complain(id, ComputeMarket.Set(_random.Next(ComputeMarket.Segments)));
            }
        }
    }

    private void Finish()
    {
        for (var blocks = 0; _market.State.Objects().Any(found => found is Claim or DeliveryDispute) && blocks < 200; blocks++)
        {
            SayWhatIsDue();
            _market.Next();
        }

        foreach (var job in _market.State.Objects().OfType<JobEscrow>())
        {
            _market.Call(_market.Client, new ContractOperation.CloseJob(job.Id));
        }

        _market.Idle((int)ComputeMarket.Quick.CloseNoticeBlocks + 2);
    }

    private void SayWhatIsDue()
    {
        foreach (var challenge in _market.Challenges.Where(challenge => _claims[_market.Claimed(challenge.ClaimId).Miner].Faked.Contains(challenge.Segment)))
        {
            _found.Add(challenge.ClaimId);
        }

        _market.Answer();
        foreach (var delivery in _market.State.Objects().OfType<DeliveryDispute>())
        {
            if (delivery.Custodian is { } custodian && _verifiers[custodian] == VerifierKind.Honest)
            {
                var received = _miners[_market.Claimed(delivery.ClaimId).Miner] == MinerKind.Hoarder ? SegmentSet.Empty : delivery.Segments;
                _market.Call(_market.KeyOf(custodian), new ContractOperation.Attest(delivery.ClaimId, received));
            }
        }
    }

    private string? Failure()
    {
        foreach (var (address, kind) in _miners)
        {
            if (_market.State.FindClaim(_claims[address].Claim) is not ClaimReceipt receipt)
            {
                return $"the claim of a miner ({kind}) has no end";
            }

            var isCaught = kind is MinerKind.Silent or MinerKind.TwoFaced || _found.Contains(receipt.Id);
            var expected = isCaught ? ClaimVerdict.Rejected : ClaimVerdict.Accepted;
            var stake = _market.State.Find(address).Stake;
            if (receipt.Verdict != expected || (receipt.Paid > Amount.Zero) == isCaught || (stake < Amount.FromVid(2000)) != isCaught)
            {
                return $"a miner ({kind}) ends {receipt.Verdict} ({receipt.Reason}), paid {receipt.Paid}, with a stake of {stake}";
            }
        }

        return _market.State.Objects().Any(found => found.Held > Amount.Zero) ? "coins are left in a contract" : null;
    }

    private Dictionary<string, int> Counts()
    {
        var counts = new Dictionary<string, int>();
        foreach (var (address, kind) in _miners)
        {
            if (_market.State.FindClaim(_claims[address].Claim) is ClaimReceipt receipt)
            {
                var name = $"{kind}: {receipt.Verdict}{(receipt.Reason == ClaimReason.None ? "" : $", {receipt.Reason}")}{(kind == MinerKind.Cheat && !_found.Contains(receipt.Id) ? ", no fake was drawn" : "")}";
                counts[name] = counts.GetValueOrDefault(name) + 1;
            }
        }

        return counts;
    }

    private ContentHash? Find(PrivateKey verifier, Challenge challenge) => _verifiers[verifier.Address] switch
    {
        VerifierKind.Idle => null,
        VerifierKind.NaySayer => ComputeMarket.Rubbish(challenge.Segment, challenge.Rendition + 1),
        VerifierKind.YeaSayer => challenge.Opened ?? ComputeMarket.Truth(challenge.Segment, challenge.Rendition),
        _ => ComputeMarket.Truth(challenge.Segment, challenge.Rendition),
    };
}
