namespace VideoMesh.Miners.Sandbox.Local;

/// <summary>Where this process may make control groups.</summary>
/// <param name="Controllers">Of <c>memory</c>, <c>pids</c>, <c>cpu</c>, <c>cpuacct</c> those that can be used → folder to make groups in.</param>
/// <param name="IsUnified">Version 2: one folder for all.</param>
internal sealed record ControlGroupHome(IReadOnlyDictionary<string, string> Controllers, bool IsUnified)
{
    private const string Prefix = "videomesh-";
    private static readonly string[] Wanted = ["memory", "pids", "cpu", "cpuacct"];

    /// <summary>Null if there is nothing we may use.</summary>
    /// <param name="mountInfo">Text of <c>/proc/self/mountinfo</c>.</param>
    /// <param name="ownGroups">Text of <c>/proc/self/cgroup</c>.</param>
    public static ControlGroupHome? Find(string mountInfo, string ownGroups)
    {
        var mounts = mountInfo.Split('\n').Select(Mount.Parse).OfType<Mount>().ToList();
        var own = ownGroups.Split('\n').Select(line => line.Split(':', 3)).Where(parts => parts.Length == 3).ToList();
        return Separate(mounts, own) ?? Unified(mounts, own);
    }

    /// <summary>The name of one command's group; the sandbox's name in it lets a later sandbox clean up after a killed process.</summary>
    public static string GroupName(string sandbox, int number) => $"{Prefix}{sandbox}-{number}";

    /// <summary>Removes the groups a dead sandbox left.</summary>
    public void RemoveLeftovers(string sandbox)
    {
        foreach (var folder in Controllers.Values.Distinct(StringComparer.Ordinal)
            .SelectMany(parent => Directory.GetDirectories(parent, $"{Prefix}{sandbox}-*")))
        {
            Remove(folder);
        }
    }

    public static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (IOException)
        {
            // Never made, or the kernel holds an emptied group a moment longer; it is empty, and the next sandbox removes it.
        }
    }

    private static ControlGroupHome? Separate(List<Mount> mounts, List<string[]> own)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var controller in Wanted)
        {
            var mount = mounts.Find(m => m.Type is "cgroup" && m.Options.Contains(controller, StringComparer.Ordinal));
            var group = own.Find(parts => parts[1].Split(',').Contains(controller, StringComparer.Ordinal))?[2];
            if (mount is null || group is null)
            {
                continue;
            }

            // Below our own group the limits set on us go on holding; in a container our own group may be out of sight.
            string[] places = [mount.Point + group.TrimEnd('/'), mount.Point];
            if (places.FirstOrDefault(CanMake) is { } place)
            {
                found.Add(controller, place);
            }
        }

        return found.Count > 0 ? new ControlGroupHome(found, IsUnified: false) : null;
    }

    private static ControlGroupHome? Unified(List<Mount> mounts, List<string[]> own)
    {
        var mount = mounts.Find(m => m.Type is "cgroup2");
        var group = own.Find(parts => parts[0] is "0")?[2];
        if (mount is null || group is null)
        {
            return null;
        }

        // A group that holds processes cannot pass controllers on, so ours become siblings of our own group, or children of the top.
        foreach (var place in new[] { Path.GetDirectoryName(mount.Point + group.TrimEnd('/')), mount.Point })
        {
            var file = Path.Combine(place ?? "", "cgroup.subtree_control");
            if (place is null || !File.Exists(file))
            {
                continue;
            }

            var passed = File.ReadAllText(file).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            var usable = Wanted.Intersect(passed, StringComparer.Ordinal).ToDictionary(c => c, _ => place, StringComparer.Ordinal);
            if (usable.Count > 0 && CanMake(place))
            {
                return new ControlGroupHome(usable, IsUnified: true);
            }
        }

        return null;
    }

    private static bool CanMake(string place)
    {
        try
        {
            var trial = Path.Combine(place, $"{Prefix}trial-{Environment.ProcessId}");
            Directory.CreateDirectory(trial);
            Remove(trial);
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
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
