using System.Text;

namespace VideoMesh.Simulation;

/// <summary>What came of many seeds.</summary>
internal sealed record CampaignReport(int First, int Seeds, ulong Heights, long Steps, long Nodes, FaultCounts Faults, Outcome? Failure)
{
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine($"{Seeds} {(Seeds == 1 ? "seed" : "seeds")} from {First}: {Nodes} nodes, {Heights} heights, {Steps} steps. What was done to them, and what they did:");
        foreach (var (fault, count) in Faults.Counts)
        {
            text.AppendLine($"  {count,9} {fault}");
        }

        text.Append(Failure is null
            ? "every rule held"
            : $"seed {Failure.Scenario.Seed} FAILED at {Failure.VirtualMilliseconds / 1000.0:0.000} s of its time: {Failure.Failure}\n"
                + $"repeat it with: ./mesh simulate --seed {Failure.Scenario.Seed} --seeds 1 --heights {Failure.Scenario.Heights}{(Failure.Scenario.Plan is null ? "" : " --ledger real")}");
        return text.ToString();
    }
}

/// <summary>Runs seeds until one fails.</summary>
internal static class Campaign
{
    public static CampaignReport Run(int first, int seeds, ulong heights, Faulty? faulty = null, Keyring? keys = null) =>
        Run(first, seeds, seed => Scenario.Of(seed, heights, keys), faulty);

    public static CampaignReport RunOnRealLedger(int first, int seeds, ulong heights, Faulty? faulty = null)
    {
        var keys = Keyring.Real();
        return Run(first, seeds, seed => Scenario.OnRealLedger(seed, heights, keys), faulty);
    }

    private static CampaignReport Run(int first, int seeds, Func<int, Scenario> scenarioOf, Faulty? faulty)
    {
        var faults = new FaultCounts();
        var (reached, steps, nodes) = (0UL, 0L, 0L);
        for (var seed = first; seed < first + seeds; seed++)
        {
            var outcome = World.Run(scenarioOf(seed), faulty);
            reached += outcome.Height;
            steps += outcome.Steps;
            nodes += outcome.Scenario.Voters.Count;
            faults.AddAll(outcome.Faults);
            if (outcome.Failure is not null)
            {
                return new CampaignReport(first, seed - first + 1, reached, steps, nodes, faults, outcome);
            }
        }

        return new CampaignReport(first, seeds, reached, steps, nodes, faults, Failure: null);
    }
}
