using System.Globalization;

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

    private static (int Parent, long Ticks)? Read(string folder)
    {
        try
        {
            // The program's name stands in parentheses and may hold anything, parentheses included.
            var text = File.ReadAllText(folder + "/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (int.Parse(fields[1], CultureInfo.InvariantCulture),
                fields[11..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture)));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
