using System.Diagnostics;
using System.Globalization;
using VideoMesh.Simulation.Market;

namespace VideoMesh.Simulation;

/// <summary><c>./mesh simulate</c>: runs seeds one after the other, and stops at the first that breaks a rule.</summary>
internal static class Program
{
    private const string Help = """
        usage: ./mesh simulate [--seeds N] [--heights H] [--seed FIRST] [--ledger toy|real|market]
               ./mesh simulate --gain FILE [--seeds N]

        Runs whole networks on one thread in virtual time, one per seed, and stops at the first that breaks a rule.

          --seeds N      how many seeds (100)
          --seed FIRST   the first of them (1): with --seeds 1, repeats one to the last step
          --heights H    final blocks that every honest node must reach, at the least (8)
          --ledger toy   transfers and rewards between balances, cheap signatures; the default
          --ledger real  the chain's own ledger and signatures: stake, verifiers that come and go, evidence, jail
          --ledger market  the compute market on the real ledger, without a network: miners that cheat, and a fifth of the verifiers hostile
          --gain FILE    what cheating on the market comes to, as a table and as an SVG in FILE; N rounds of 24 claims for each point

        Exit code 0: every rule held. 1: one was broken; the last line is the command that repeats it. 2: wrong arguments.
        """;

    public static int Main(string[] args)
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        if (args is ["--help" or "-h"])
        {
            Console.WriteLine(Help);
            return 0;
        }

        if (SimulateOptions.TryParse(args) is not { } options)
        {
            Console.Error.WriteLine(Help);
            return 2;
        }

        var watch = Stopwatch.StartNew();
        var (report, isGood) = Run(options);
        Console.WriteLine(report);
        Console.Error.WriteLine($"{watch.Elapsed.TotalSeconds:0.0} s");
        return isGood ? 0 : 1;
    }

    private static (string Report, bool IsGood) Run(SimulateOptions options)
    {
        if (options.Gain is { } path)
        {
            return (GainReport.Write(path, options.Seeds), true);
        }

        if (options.Ledger == SimulatedLedger.Market)
        {
            var market = MarketCampaign.Run(options.Seed, options.Seeds);
            return (market.ToString(), market.Failure is null);
        }

        var report = options.Ledger == SimulatedLedger.Real
            ? Campaign.RunOnRealLedger(options.Seed, options.Seeds, options.Heights)
            : Campaign.Run(options.Seed, options.Seeds, options.Heights);
        return (report.ToString(), report.Failure is null);
    }
}

/// <summary>What the simulated nodes agree about.</summary>
internal enum SimulatedLedger
{
    Toy,
    Real,
    Market,
}

/// <summary>What to simulate.</summary>
internal sealed record SimulateOptions(int Seed, int Seeds, ulong Heights, SimulatedLedger Ledger, string? Gain)
{
    public static SimulateOptions? TryParse(IReadOnlyList<string> arguments)
    {
        var options = new SimulateOptions(1, 100, 8, SimulatedLedger.Toy, Gain: null);
        for (var i = 0; i < arguments.Count; i += 2)
        {
            var value = i + 1 < arguments.Count ? arguments[i + 1] : "";
            var isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0;
            switch (arguments[i], value)
            {
                case ("--seed", _) when isNumber:
                    options = options with { Seed = number };
                    break;
                case ("--seeds", _) when isNumber:
                    options = options with { Seeds = number };
                    break;
                case ("--heights", _) when isNumber:
                    options = options with { Heights = (ulong)number };
                    break;
                case ("--ledger", "toy" or "real" or "market"):
                    options = options with { Ledger = Enum.Parse<SimulatedLedger>(value, ignoreCase: true) };
                    break;
                case ("--gain", not ""):
                    options = options with { Gain = value };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
