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
            Console.Error.WriteLine("usage: ./mesh simulate [--seeds N] [--heights H] [--seed FIRST]");
            return 2;
        }

        var watch = Stopwatch.StartNew();
        var report = Campaign.Run(options.Seed, options.Seeds, options.Heights);
        Console.WriteLine(report);
        Console.Error.WriteLine($"{watch.Elapsed.TotalSeconds:0.0} s");
        return report.Failure is null ? 0 : 1;
    }
}

/// <summary>What to simulate.</summary>
internal sealed record SimulateOptions(int Seed, int Seeds, ulong Heights)
{
    public static SimulateOptions? TryParse(IReadOnlyList<string> arguments)
    {
        var options = new SimulateOptions(1, 100, 8);
        for (var i = 0; i < arguments.Count; i += 2)
        {
            if (i + 1 == arguments.Count || !int.TryParse(arguments[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value < 1)
            {
                return null;
            }

            switch (arguments[i])
            {
                case "--seed":
                    options = options with { Seed = value };
                    break;
                case "--seeds":
                    options = options with { Seeds = value };
                    break;
                case "--heights":
                    options = options with { Heights = (ulong)value };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
