using System.Text;

namespace VideoMesh.Simulation.Market;

/// <summary>What came of many markets.</summary>
internal sealed record MarketReport(int First, int Seeds, IReadOnlyDictionary<string, int> Counts, MarketOutcome? Failure)
{
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine($"{Seeds} {(Seeds == 1 ? "market" : "markets")} from seed {First}, {Counts.Values.Sum()} claims:");
        foreach (var (name, count) in Counts)
        {
            text.AppendLine($"  {count,9} {name}");
        }

        text.Append(Failure is null
            ? "every rule held"
            : $"seed {Failure.Seed} FAILED: {Failure.Failure}\nrepeat it with: ./mesh simulate --seed {Failure.Seed} --seeds 1 --ledger market");
        return text.ToString();
    }
}

/// <summary>Runs markets until one breaks a rule.</summary>
internal static class MarketCampaign
{
    public static MarketReport Run(int first, int seeds)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var seed = first; seed < first + seeds; seed++)
        {
            var outcome = MarketWorld.Run(seed);
            foreach (var (name, count) in outcome.Counts)
            {
                counts[name] = counts.GetValueOrDefault(name) + count;
            }

            if (outcome.Failure is not null)
            {
                return new MarketReport(first, seed - first + 1, counts, outcome);
            }
        }

        return new MarketReport(first, seeds, counts, Failure: null);
    }
}
