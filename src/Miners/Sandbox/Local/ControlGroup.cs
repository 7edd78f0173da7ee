using System.Globalization;

namespace VideoMesh.Miners.Sandbox.Local;

/// <summary>One command's control group: limits for the whole tree, and its exact CPU time.</summary>
internal sealed class ControlGroup : IDisposable
{
    private const int PeriodMicroseconds = 100_000;
    private readonly IReadOnlyDictionary<string, string> folders;
    private readonly bool unified;

    private ControlGroup(IReadOnlyDictionary<string, string> folders, bool unified)
    {
        this.folders = folders;
        this.unified = unified;
    }

    /// <summary>Makes a group with as many of the limits as the machine lets us set.</summary>
    /// <param name="name">A name no other group has.</param>
    public static ControlGroup Create(ControlGroupHome home, string name, SandboxLimits limits)
    {
        var group = new ControlGroup(
            home.Controllers.ToDictionary(pair => pair.Key, pair => Path.Combine(pair.Value, name), StringComparer.Ordinal), home.IsUnified);
        try
        {
            foreach (var folder in group.folders.Values.Distinct(StringComparer.Ordinal))
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
        foreach (var folder in folders.Values.Distinct(StringComparer.Ordinal))
        {
            Write(folder, "cgroup.procs", processId);
        }
    }

    /// <summary>Null if the machine does not account for it.</summary>
    public TimeSpan? Cpu()
    {
        if (unified)
        {
            return folders.TryGetValue("cpu", out var folder)
                && Entry(folder, "cpu.stat", "usage_usec") is { } used ? TimeSpan.FromMicroseconds(used) : null;
        }

        return folders.TryGetValue("cpuacct", out var accounting)
            ? TimeSpan.FromMicroseconds(long.Parse(Read(accounting, "cpuacct.usage"), CultureInfo.InvariantCulture) / 1000.0)
            : null;
    }

    public bool RanOutOfMemory() =>
        folders.TryGetValue("memory", out var folder)
        && Entry(folder, unified ? "memory.events" : "memory.oom_control", "oom_kill") > 0;

    public void Dispose()
    {
        foreach (var folder in folders.Values.Distinct(StringComparer.Ordinal))
        {
            ControlGroupHome.Remove(folder);
        }
    }

    private void Limit(SandboxLimits limits)
    {
        var quota = (long)Math.Ceiling(limits.Cpus * PeriodMicroseconds);
        if (folders.TryGetValue("memory", out var memory))
        {
            Write(memory, unified ? "memory.max" : "memory.limit_in_bytes", limits.MemoryBytes);
            WriteIfThere(memory, unified ? "memory.swap.max" : "memory.memsw.limit_in_bytes", unified ? 0 : limits.MemoryBytes);
        }

        if (folders.TryGetValue("pids", out var pids))
        {
            Write(pids, "pids.max", limits.Pids);
        }

        if (folders.TryGetValue("cpu", out var cpu) && !unified)
        {
            Write(cpu, "cpu.cfs_period_us", PeriodMicroseconds);
            Write(cpu, "cpu.cfs_quota_us", quota);
        }
        else if (cpu is not null)
        {
            File.WriteAllText(Path.Combine(cpu, "cpu.max"), string.Create(CultureInfo.InvariantCulture, $"{quota} {PeriodMicroseconds}"));
        }
    }

    private static string Read(string folder, string file) => File.ReadAllText(Path.Combine(folder, file)).Trim();

    private static void Write(string folder, string file, long value) =>
        File.WriteAllText(Path.Combine(folder, file), value.ToString(CultureInfo.InvariantCulture));

    private static void WriteIfThere(string folder, string file, long value)
    {
        if (File.Exists(Path.Combine(folder, file)))
        {
            Write(folder, file, value);
        }
    }

    private static long? Entry(string folder, string file, string key) =>
        Read(folder, file).Split('\n')
            .Select(line => line.Split(' '))
            .Where(words => words is [var name, _] && string.Equals(name, key, StringComparison.Ordinal))
            .Select(words => (long?)long.Parse(words[1], CultureInfo.InvariantCulture))
            .FirstOrDefault();
}
