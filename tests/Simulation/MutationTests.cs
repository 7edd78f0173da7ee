using VideoMesh.Chain.Consensus;

namespace VideoMesh.Simulation;

/// <summary>A simulation that finds nothing shows nothing, unless it finds what is known to be there.</summary>
public sealed class MutationTests
{
    private const int Seeds = 300;

    private static readonly Dictionary<string, (Faulty Faulty, string Finding)> Mistakes = new(StringComparer.Ordinal)
    {
        ["the lock is dropped"] = (new Faulty { Rules = new BrokenRules.NoLock() }, "prevoted another block"),
        ["the lock is dropped, judged by forks"] = (new Faulty { Rules = new BrokenRules.NoLock(), IsJudgedByForks = true }, "two final blocks"),
        ["two thirds suffice"] = (new Faulty { Rules = new BrokenRules.TwoThirdsSuffice() }, "two thirds"),
        ["a majority suffices, judged by forks"] = (new Faulty { Rules = new BrokenRules.MajoritySuffices(), IsJudgedByForks = true }, "two final blocks"),
        ["a claimed valid round is believed"] = (new Faulty { Rules = new BrokenRules.NoPolka() }, "prevoted another block"),
        ["sent before it is written"] = (new Faulty { SendsBeforeItWrites = true }, "signed two"),
        ["the record is not read after a crash"] = (new Faulty { ForgetsRecord = true }, "signed two"),
    };

    private static readonly Dictionary<string, (LedgerMistake Mistake, string Finding)> LedgersMistakes = new(StringComparer.Ordinal)
    {
        ["evidence is left out"] = (new LedgerMistakes.IgnoresEvidence(), "nothing is burnt of"),
        ["evidence burns nothing"] = (new LedgerMistakes.BurnsNothing(), "coins"),
        ["a reward is paid twice"] = (new LedgerMistakes.RewardsTwice(), "coins"),
        ["a withdrawal is paid twice"] = (new LedgerMistakes.PaysWithdrawalsTwice(), "coins"),
        ["withdrawals are forgotten in a crash"] = (new LedgerMistakes.ForgetsWithdrawals(), "cannot execute"),
    };

    public static TheoryData<string> Names => [.. Mistakes.Keys];

    public static TheoryData<string> LedgersNames => [.. LedgersMistakes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_mistake_in_the_rules_is_found(string mistake)
    {
        var (faulty, finding) = Mistakes[mistake];

        var report = Campaign.Run(1, Seeds, 8, faulty);

        Assert.NotNull(report.Failure);
        Assert.Contains(finding, report.Failure.Failure, StringComparison.Ordinal);
        Assert.Contains($"./mesh simulate --seed {report.Failure.Scenario.Seed} --seeds 1 --heights 8", report.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(LedgersNames))]
    public void A_mistake_of_the_ledger_is_found(string mistake)
    {
        var (wrong, finding) = LedgersMistakes[mistake];

        var report = Campaign.RunOnRealLedger(1, Seeds, 8, new Faulty { Ledger = wrong });

        Assert.NotNull(report.Failure);
        Assert.Contains(finding, report.Failure.Failure, StringComparison.Ordinal);
        Assert.Contains($"--seed {report.Failure.Scenario.Seed} --seeds 1 --heights 8 --ledger real", report.ToString(), StringComparison.Ordinal);
    }
}
