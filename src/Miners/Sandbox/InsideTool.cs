using VideoMesh.Miners.Sandbox.Native;

namespace VideoMesh.Miners.Sandbox;

/// <summary>
/// Where a tool of the host appears inside. Those of the system stay where they are; any other build or script is shown under
/// <c>/tools</c> with the libraries that only it uses, so that nothing else of its folder is shown.
/// </summary>
/// <param name="Path">The path to run inside.</param>
/// <param name="Shown">Path inside → file of the host to show there, beyond the system folders.</param>
internal sealed record InsideTool(string Path, IReadOnlyDictionary<string, string> Shown)
{
    /// <summary>Where libraries outside the system folders appear; the environment names it.</summary>
    public const string LibraryFolder = "/tools/lib";

    private static readonly string[] SystemFolders = ["/usr/", "/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/libx32/"];

    public static bool IsOfTheSystem(string path) => SystemFolders.Any(folder => path.StartsWith(folder, StringComparison.Ordinal));

    public static async Task<InsideTool> OfAsync(string hostPath, string name, CancellationToken cancellationToken)
    {
        var real = File.ResolveLinkTarget(hostPath, returnFinalTarget: true)?.FullName ?? hostPath;
        if (IsOfTheSystem(real))
        {
            return new InsideTool(IsOfTheSystem(hostPath) ? hostPath : real, new Dictionary<string, string>(StringComparer.Ordinal));
        }

        var path = $"/tools/{name}";
        var shown = new Dictionary<string, string>(StringComparer.Ordinal) { [path] = real };
        foreach (var library in await LibrariesAsync(real, cancellationToken))
        {
            shown[$"{LibraryFolder}/{library.Name}"] = library.Path;
        }

        return new InsideTool(path, shown);
    }

    /// <summary>Refuses a tool the inside could see but not run.</summary>
    public void RequireRunnableBy(SandboxUser user)
    {
        foreach (var file in Shown.Values)
        {
            if (FileFacts.Of(file, followLinks: true)?.ReadableBy(user.Id, user.Group) != true)
            {
                throw new SandboxException($"'{file}' cannot be read by the sandbox's user; mend it with: chmod o+r '{file}'");
            }
        }

        if (Shown.TryGetValue(Path, out var tool) && FileFacts.Of(tool, followLinks: true)?.RunnableBy(user.Id, user.Group) != true)
        {
            throw new SandboxException($"'{tool}' cannot be run by the sandbox's user; mend it with: chmod o+rx '{tool}'");
        }
    }

    private static async Task<IEnumerable<(string Name, string Path)>> LibrariesAsync(string program, CancellationToken cancellationToken)
    {
        // A script has none, and ldd says so by its exit code.
        var (code, output, _) = await HostCommand.RunAsync(HostTools.Require("ldd", "libc-bin"), [program], cancellationToken);
        return code != 0
            ? []
            : output.Split('\n')
                .Select(line => line.Trim().Split(" => ", 2))
                .Where(parts => parts.Length == 2)
                .Select(parts => (Name: parts[0], Path: parts[1].Split(" (0x")[0]))
                .Where(library => library.Path.StartsWith('/') && !IsOfTheSystem(library.Path));
    }
}
