using System.Diagnostics;
using System.Globalization;

namespace VideoMesh.Simulation;

/// <summary><c>./mesh simulate</c>: runs seeds one after the other, and stops at the first that breaks a rule.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        if (SimulateOptions.TryParse(args) is not { } options)
        {
            Console.Error.WriteLine("usage: ./mesh simulate [--seeds N] [--heights H] [--seed FIRST] [--ledger toy|real]");
            return 2;
        }

        var watch = Stopwatch.StartNew();
        var report = options.IsLedgerReal
            ? Campaign.RunOnRealLedger(options.Seed, options.Seeds, options.Heights)
            : Campaign.Run(options.Seed, options.Seeds, options.Heights);
        Console.WriteLine(report);
        Console.Error.WriteLine($"{watch.Elapsed.TotalSeconds:0.0} s");
        return report.Failure is null ? 0 : 1;
    }
}

/// <summary>What to simulate.</summary>
internal sealed record SimulateOptions(int Seed, int Seeds, ulong Heights, bool IsLedgerReal)
{
    public static SimulateOptions? TryParse(IReadOnlyList<string> arguments)
    {
        var options = new SimulateOptions(1, 100, 8, IsLedgerReal: false);
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
                case ("--ledger", "toy" or "real"):
                    options = options with { IsLedgerReal = string.Equals(value, "real", StringComparison.Ordinal) };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
