using System.Globalization;

namespace VideoMesh.Miners.Sandbox.ControlGroups;

/// <summary>What a control group has used. Anyone may read that.</summary>
/// <param name="Folders">Of <c>memory</c>, <c>pids</c>, <c>cpu</c>, <c>cpuacct</c> those that are accounted → the group's folder.</param>
/// <param name="IsUnified">Version 2.</param>
internal sealed record ControlGroupView(IReadOnlyDictionary<string, string> Folders, bool IsUnified)
{
    public static readonly string[] Controllers = ["memory", "pids", "cpu", "cpuacct"];

    /// <summary>The groups of a running process; null if they are out of sight.</summary>
    public static ControlGroupView? Of(ControlGroupMounts process)
    {
        var separate = Controllers
            .Select(name => (name, folder: process.Separate(name)?.Own))
            .Where(pair => Directory.Exists(pair.folder))
            .ToDictionary(pair => pair.name, pair => pair.folder!, StringComparer.Ordinal);
        if (separate.Count > 0)
        {
            return new ControlGroupView(separate, IsUnified: false);
        }

        var own = process.Unified()?.Own;
        return Directory.Exists(own)
            ? new ControlGroupView(Controllers.ToDictionary(name => name, _ => own, StringComparer.Ordinal), IsUnified: true)
            : null;
    }

    /// <summary>User and system time; null if it is not accounted, or the group is gone.</summary>
    public TimeSpan? Cpu() => IsUnified
        ? Entry("cpu", "cpu.stat", "usage_usec") is { } used ? TimeSpan.FromMicroseconds(used) : null
        : Number("cpuacct", "cpuacct.usage") is { } nanoseconds ? TimeSpan.FromMicroseconds(nanoseconds / 1000.0) : null;

    /// <summary>Processes and threads in the group; null if they are not counted, or the group is gone.</summary>
    public long? Processes() => Number("pids", "pids.current");

    /// <summary>How many the kernel has killed for want of memory; null if that is not counted, or the group is gone.</summary>
    public long? KilledForMemory() => Entry("memory", IsUnified ? "memory.events" : "memory.oom_control", "oom_kill");

    private long? Number(string controller, string file) =>
        Read(controller, file) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    private long? Entry(string controller, string file, string key) =>
        Read(controller, file)?.Split('\n')
            .Select(line => line.Split(' '))
            .Where(words => words is [var name, _] && string.Equals(name, key, StringComparison.Ordinal))
            .Select(words => (long?)long.Parse(words[1], CultureInfo.InvariantCulture))
            .FirstOrDefault();

    private string? Read(string controller, string file)
    {
        try
        {
            return Folders.TryGetValue(controller, out var folder) ? File.ReadAllText(Path.Combine(folder, file)).Trim() : null;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
