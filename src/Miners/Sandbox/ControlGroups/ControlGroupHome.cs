namespace VideoMesh.Miners.Sandbox.ControlGroups;

/// <summary>Where this process may make control groups.</summary>
/// <param name="Controllers">Of <c>memory</c>, <c>pids</c>, <c>cpu</c>, <c>cpuacct</c> those that can be used → folder to make groups in.</param>
/// <param name="IsUnified">Version 2: one folder for all.</param>
internal sealed record ControlGroupHome(IReadOnlyDictionary<string, string> Controllers, bool IsUnified)
{
    private const string Prefix = "videomesh-";

    /// <summary>Null if there is nothing we may use.</summary>
    public static ControlGroupHome? Find(ControlGroupMounts ours) => Separate(ours) ?? Unified(ours);

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

    private static ControlGroupHome? Separate(ControlGroupMounts ours)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var controller in ControlGroupView.Controllers)
        {
            // Below our own group the limits set on us go on holding; in a container our own group may be out of sight.
            if (ours.Separate(controller) is { } mounted
                && new[] { mounted.Own, mounted.Top }.FirstOrDefault(CanMake) is { } place)
            {
                found.Add(controller, place);
            }
        }

        return found.Count > 0 ? new ControlGroupHome(found, IsUnified: false) : null;
    }

    private static ControlGroupHome? Unified(ControlGroupMounts ours)
    {
        if (ours.Unified() is not { } mounted)
        {
            return null;
        }

        // A group that holds processes cannot pass controllers on, so ours become siblings of our own group, or children of the top.
        foreach (var place in new[] { Path.GetDirectoryName(mounted.Own), mounted.Top })
        {
            var file = Path.Combine(place ?? "", "cgroup.subtree_control");
            if (place is null || !File.Exists(file))
            {
                continue;
            }

            var passed = File.ReadAllText(file).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            var usable = ControlGroupView.Controllers.Intersect(passed, StringComparer.Ordinal).ToDictionary(c => c, _ => place, StringComparer.Ordinal);
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
}
