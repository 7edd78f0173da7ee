namespace VideoMesh.Miners.Sandbox.ControlGroups;

/// <summary>Where the control group file systems are mounted, and which group of each a process is in.</summary>
internal sealed class ControlGroupMounts
{
    private readonly List<Mount> mounts;
    private readonly List<string[]> groups;

    /// <param name="mountInfo">Text of <c>/proc/self/mountinfo</c>.</param>
    /// <param name="groups">Text of <c>/proc/N/cgroup</c>.</param>
    public ControlGroupMounts(string mountInfo, string groups)
    {
        mounts = [.. mountInfo.Split('\n').Select(Mount.Parse).OfType<Mount>()];
        this.groups = [.. groups.Split('\n').Select(line => line.Split(':', 3)).Where(parts => parts.Length == 3)];
    }

    /// <summary>Version 1: the controller's mount point and the process's folder there; null if it is not mounted that way.</summary>
    public (string Top, string Own)? Separate(string controller)
    {
        var mount = mounts.Find(m => m.Type is "cgroup" && m.Options.Contains(controller, StringComparer.Ordinal));
        var group = groups.Find(parts => parts[1].Split(',').Contains(controller, StringComparer.Ordinal));
        return mount is null || group is null ? null : (mount.Point, mount.Point + group[2].TrimEnd('/'));
    }

    /// <summary>Version 2: likewise, for all controllers.</summary>
    public (string Top, string Own)? Unified()
    {
        var mount = mounts.Find(m => m.Type is "cgroup2");
        var group = groups.Find(parts => parts[0] is "0");
        return mount is null || group is null ? null : (mount.Point, mount.Point + group[2].TrimEnd('/'));
    }

    private sealed record Mount(string Point, string Type, string[] Options)
    {
        /// <summary>A line: id parent device root POINT options [tags] - TYPE source OPTIONS.</summary>
        public static Mount? Parse(string line)
        {
            var halves = line.Split(" - ", 2);
            return halves.Length == 2 && halves[0].Split(' ') is [_, _, _, _, var point, ..] && halves[1].Split(' ') is [var type, _, var options]
                ? new Mount(point, type, options.Split(','))
                : null;
        }
    }
}
