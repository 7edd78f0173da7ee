using System.Globalization;
using VideoMesh.Miners.Sandbox.Native;

namespace VideoMesh.Miners.Sandbox.Local;

/// <summary>CPU time of a process and its descendants from /proc, for machines where no control group can be made.</summary>
internal static class ProcessTree
{
    private const int TicksPerSecond = 100;

    /// <summary>Lacks what children used whom nobody waited for; the wall clock bounds those.</summary>
    public static TimeSpan Cpu(int root)
    {
        var processes = new Dictionary<int, (int Parent, long Ticks)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && Read(folder) is { } facts)
            {
                processes[id] = facts;
            }
        }

        return TimeSpan.FromSeconds(processes.Keys.Where(Descends).Sum(id => processes[id].Ticks) / (double)TicksPerSecond);

        bool Descends(int id)
        {
            for (var depth = 0; depth < processes.Count && id > 0; depth++)
            {
                if (id == root)
                {
                    return true;
                }

                id = processes.TryGetValue(id, out var facts) ? facts.Parent : 0;
            }

            return false;
        }
    }

    /// <summary>Whether the process is there and not merely waiting to be reaped.</summary>
    public static bool IsAlive(int process)
    {
        // If it has become our own child, because its parent is gone and we are the system's first process, nobody else reaps it.
        _ = Libc.TryReap(process);
        return Fields($"/proc/{process}") is { } fields && fields[0] is not ("Z" or "X");
    }

    private static (int Parent, long Ticks)? Read(string folder)
    {
        return Fields(folder) is { } fields
            ? (int.Parse(fields[1], CultureInfo.InvariantCulture), fields[11..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture)))
            : null;
    }

    /// <summary>State, parent, … of <c>/proc/N/stat</c>; null if there is no such process.</summary>
    private static string[]? Fields(string folder)
    {
        try
        {
            // The program's name stands in parentheses and may hold anything, parentheses included.
            var text = File.ReadAllText(folder + "/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
