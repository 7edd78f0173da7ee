using System.Globalization;

namespace VideoMesh.Miners.Sandbox.Local;

/// <summary>The limits as util-linux's prlimit takes them.</summary>
internal static class ResourceLimits
{
    /// <summary>Beyond its CPU limit a process first gets SIGXCPU, which ffmpeg takes as a request to end; this later, SIGKILL.</summary>
    private const long SecondsOfGrace = 2;
    private const int NameWidth = 26;

    /// <param name="addressSpace">Bound memory by address space: only where no control group bounds it, since large address spaces
    /// of little real memory are normal.</param>
    /// <param name="processes">Bound the number of processes of the user id; only where the id or its namespace is the sandbox's own.</param>
    public static IReadOnlyList<string> Arguments(SandboxLimits limits, bool addressSpace, bool processes)
    {
        var ceilings = Ceilings(File.ReadAllLines("/proc/self/limits"));
        var cpu = Within("Max cpu time", Math.Max(1, (long)Math.Ceiling(limits.CpuTime.TotalSeconds)));
        var killed = Within("Max cpu time", cpu + SecondsOfGrace);
        List<string> arguments =
        [
            string.Create(CultureInfo.InvariantCulture, $"--cpu={cpu}:{killed}"),
            string.Create(CultureInfo.InvariantCulture, $"--fsize={Within("Max file size", limits.FileBytes)}"),
            "--core=0",
        ];
        if (addressSpace)
        {
            arguments.Add(string.Create(CultureInfo.InvariantCulture, $"--as={Within("Max address space", limits.MemoryBytes)}"));
        }

        if (processes)
        {
            arguments.Add(string.Create(CultureInfo.InvariantCulture, $"--nproc={Within("Max processes", limits.Pids)}"));
        }

        return arguments;

        long Within(string name, long wanted) => ceilings.TryGetValue(name, out var ceiling) && ceiling < wanted ? ceiling : wanted;
    }

    /// <summary>The hard limits this process is under itself, which none of its children can be raised above.</summary>
    private static Dictionary<string, long> Ceilings(string[] lines)
    {
        var ceilings = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            // Columns: name (may hold spaces), soft, hard, unit.
            if (line.Length > NameWidth
                && line[NameWidth..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var hard, ..]
                && long.TryParse(hard, NumberStyles.None, CultureInfo.InvariantCulture, out var ceiling))
            {
                ceilings[line[..NameWidth].TrimEnd()] = ceiling;
            }
        }

        return ceilings;
    }
}
