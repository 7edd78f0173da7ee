using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Simulation;

/// <summary>How the real ledger is set up.</summary>
/// <param name="Window">W, in blocks.</param>
/// <param name="Unbonding">How long withdrawals wait and evidence is valid, in virtual time.</param>
/// <param name="JailAfter">Precommits missed in a row until a verifier is jailed.</param>
/// <param name="Newcomers">Honest nodes, as indices, that have no stake at genesis.</param>
internal sealed record LedgerPlan(ulong Window, TimeSpan Unbonding, ulong JailAfter, IReadOnlySet<int> Newcomers);

/// <summary>What one seed stands for: who takes part, what goes wrong and how often. Everything follows from the seed.</summary>
internal sealed record Scenario
{
    public required int Seed { get; init; }

    public required ulong Heights { get; init; }

    public required Keyring Keys { get; init; }

    /// <summary>Null: the toy ledger.</summary>
    public LedgerPlan? Plan { get; init; }

    public required IReadOnlyList<Voter> Voters { get; init; }

    /// <summary>Indices into <see cref="Voters"/> of those who do as they like.</summary>
    public required IReadOnlySet<int> Hostile { get; init; }

    /// <summary>Exactly a third is hostile: then the rest cannot be held to progress, only to agreement.</summary>
    public required bool IsExactThird { get; init; }

    /// <summary>How long the network is bad, in milliseconds of virtual time.</summary>
    public required long TroubleMilliseconds { get; init; }

    public required double Drop { get; init; }

    public required double Duplicate { get; init; }

    public required int SlowestMilliseconds { get; init; }

    /// <summary>Whether votes are lost not by chance but as if somebody chose: of some steps nearly all nodes hear nearly nothing, so that few lock, or few learn what is final.</summary>
    public required bool IsCruel { get; init; }

    public required double PartitionsPerMinute { get; init; }

    public required double CrashesPerMinute { get; init; }

    /// <summary>Chance that a node dies between two effects of its machine.</summary>
    public required double CrashBetweenEffects { get; init; }

    /// <summary>Largest difference of a node's clock from true time.</summary>
    public required int SkewMilliseconds { get; init; }

    public static Scenario Of(int seed, ulong heights, Keyring? keyring = null)
    {
        var keys = keyring ?? Keyring.Cheap;
        var random = new Random(seed);
        var isExactThird = random.Next(5) == 0;
        var count = isExactThird ? 3 * random.Next(2, 5) : random.Next(4) == 0 ? random.Next(8, 21) : random.Next(4, 9);
        var equal = isExactThird || random.Next(3) == 0;
        var voters = Enumerable.Range(0, count)
            .Select(index => new Voter(keys.SignerOf(index).Address, Amount.FromVid(equal ? 1000UL : (ulong)random.Next(1000, 5000)))).ToList();
        var isCruel = random.Next(2) == 0;
        var isOtherwiseCalm = isCruel && random.Next(2) == 0;
        return new Scenario
        {
            Seed = seed,
            Keys = keys,
            Heights = heights,
            Voters = voters,
            Hostile = isExactThird ? Shuffled(random, count).Take(count / 3).ToHashSet() : JustUnderAThird(random, voters),
            IsExactThird = isExactThird,
            TroubleMilliseconds = random.Next(15_000, 75_000),
            Drop = isOtherwiseCalm || random.Next(3) == 0 ? 0 : random.NextDouble() * 0.3,
            Duplicate = random.NextDouble() * 0.1,
            SlowestMilliseconds = isOtherwiseCalm ? 100 : random.Next(3) switch { 0 => 100, 1 => 600, _ => 3000 },
            IsCruel = isCruel,
            PartitionsPerMinute = isOtherwiseCalm || random.Next(2) == 0 ? 0 : random.Next(1, 8),
            CrashesPerMinute = isOtherwiseCalm || random.Next(2) == 0 ? 0 : random.Next(1, 12),
            CrashBetweenEffects = random.Next(2) == 0 ? 0 : random.NextDouble() * 0.01,
            SkewMilliseconds = random.Next(3) == 0 ? 0 : random.Next(1, 4000),
        };
    }

    /// <summary>The same seed on the real ledger, with real signatures. Everything can be jailed where nobody is hostile: a jailed node's κ counts nothing, and so many may be that the
    /// hostile ones would be more than a third.</summary>
    public static Scenario OnRealLedger(int seed, ulong heights, Keyring keys)
    {
        var scenario = Of(seed, heights, keys);
        var random = new Random(unchecked(seed * 7919));
        var isPeaceful = !scenario.IsExactThird && random.Next(4) == 0;
        var mayShrink = !scenario.IsExactThird && random.Next(2) == 0;
        var hostile = isPeaceful ? []
            : mayShrink ? scenario.Hostile.Order().Take((scenario.Hostile.Count + 1) / 2).ToHashSet()
            : scenario.Hostile.ToHashSet();
        var newcomers = new HashSet<int>();
        foreach (var index in Shuffled(random, scenario.Voters.Count).Where(index => !hostile.Contains(index)).Take(2))
        {
            var total = Power(scenario.Voters, place => place != index && !newcomers.Contains(place));
            if (scenario.Voters.Count - newcomers.Count > 4 && 3 * Power(scenario.Voters, hostile.Contains) < total)
            {
                newcomers.Add(index);
            }
        }

        return scenario with
        {
            Hostile = hostile,
            Plan = new LedgerPlan(
                (ulong)random.Next(2, 6),
                TimeSpan.FromSeconds(random.Next(2) == 0 ? random.Next(10, 30) : 1800),
                isPeaceful ? (ulong)random.Next(2, 6) : 1000,
                newcomers),
        };
    }

    /// <summary>A number that follows from the seed and these two, and from nothing else.</summary>
    public ulong Mix(ulong left, ulong right)
    {
        var mixed = unchecked((left * 0x9E3779B97F4A7C15) ^ (right * 0xC2B2AE3D27D4EB4F) ^ ((ulong)Seed * 0x165667B19E3779F9));
        mixed ^= mixed >> 31;
        mixed = unchecked(mixed * 0xD6E8FEB86659FD93);
        return mixed ^ (mixed >> 32);
    }

    private static UInt128 Power(IReadOnlyList<Voter> voters, Func<int, bool> counts) =>
        Enumerable.Range(0, voters.Count).Where(counts).Aggregate(UInt128.Zero, (sum, index) => sum + voters[index].Clout.Nano);

    private static int[] Shuffled(Random random, int count)
    {
        var all = Enumerable.Range(0, count).ToArray();
        random.Shuffle(all);
        return all;
    }

    private static HashSet<int> JustUnderAThird(Random random, List<Voter> voters)
    {
        var total = voters.Aggregate(UInt128.Zero, (sum, voter) => sum + voter.Clout.Nano);
        var power = UInt128.Zero;
        var hostile = new HashSet<int>();
        foreach (var index in Shuffled(random, voters.Count))
        {
            UInt128 more = voters[index].Clout.Nano;
            if (3 * (power + more) < total)
            {
                power += more;
                hostile.Add(index);
            }
        }

        return hostile;
    }
}
