using System.Globalization;

namespace VideoMesh.Miners.Sandbox.ControlGroups;

/// <summary>One command's control group: limits for the whole tree, and its exact CPU time.</summary>
internal sealed class ControlGroup : IDisposable
{
    private const int PeriodMicroseconds = 100_000;

    private ControlGroup(ControlGroupView view) => View = view;

    public ControlGroupView View { get; }

    private IEnumerable<string> Folders => View.Folders.Values.Distinct(StringComparer.Ordinal);

    /// <summary>Makes a group with as many of the limits as the machine lets us set.</summary>
    /// <param name="name">A name no other group has.</param>
    public static ControlGroup Create(ControlGroupHome home, string name, SandboxLimits limits)
    {
        var group = new ControlGroup(new ControlGroupView(
            home.Controllers.ToDictionary(pair => pair.Key, pair => Path.Combine(pair.Value, name), StringComparer.Ordinal), home.IsUnified));
        try
        {
            foreach (var folder in group.Folders)
            {
                Directory.CreateDirectory(folder);
            }

            group.Limit(limits);
        }
        catch
        {
            group.Dispose();
            throw;
        }

        return group;
    }

    public void Join(int processId)
    {
        foreach (var folder in Folders)
        {
            Write(folder, "cgroup.procs", $"{processId}");
        }
    }

    public void Dispose()
    {
        foreach (var folder in Folders)
        {
            ControlGroupHome.Remove(folder);
        }
    }

    private void Limit(SandboxLimits limits)
    {
        var unified = View.IsUnified;
        var memoryBytes = limits.MemoryBytes.ToString(CultureInfo.InvariantCulture);
        if (View.Folders.TryGetValue("memory", out var memory))
        {
            Write(memory, unified ? "memory.max" : "memory.limit_in_bytes", memoryBytes);
            var swap = unified ? "memory.swap.max" : "memory.memsw.limit_in_bytes";
            if (File.Exists(Path.Combine(memory, swap)))
            {
                Write(memory, swap, unified ? "0" : memoryBytes);
            }
        }

        if (View.Folders.TryGetValue("pids", out var pids))
        {
            Write(pids, "pids.max", $"{limits.Pids}");
        }

        if (View.Folders.TryGetValue("cpu", out var cpu))
        {
            var quota = (long)Math.Ceiling(limits.Cpus * PeriodMicroseconds);
            if (unified)
            {
                Write(cpu, "cpu.max", $"{quota} {PeriodMicroseconds}");
            }
            else
            {
                Write(cpu, "cpu.cfs_period_us", $"{PeriodMicroseconds}");
                Write(cpu, "cpu.cfs_quota_us", $"{quota}");
            }
        }
    }

    private static void Write(string folder, string file, string value) => File.WriteAllText(Path.Combine(folder, file), value);
}
