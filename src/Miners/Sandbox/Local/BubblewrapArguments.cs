using System.Globalization;

namespace VideoMesh.Miners.Sandbox.Local;

/// <summary>What this machine's bubblewrap and kernel can do beyond the least we need.</summary>
/// <param name="LimitsTmpfs"><c>--size</c> is known.</param>
/// <param name="ForbidsUserNamespaces"><c>--disable-userns</c> is known.</param>
/// <param name="NestsUserNamespace">Root's sandboxes can be put into a user namespace after their set-up.</param>
internal sealed record BubblewrapAbilities(bool LimitsTmpfs, bool ForbidsUserNamespaces, bool NestsUserNamespace);

/// <summary>Programs of the host that run inside before the tool, each replacing itself with the next.</summary>
internal sealed record InsideHelpers(string Setpriv, string Unshare, string Prlimit, string Timeout);

/// <summary>Composes the argument list: a root of its own holding only system programs, the inputs and the work folder.</summary>
internal static class BubblewrapArguments
{
    public const string Work = "/work";
    public const string Inputs = "/in";

    /// <summary>Descriptors bwrap inherits.</summary>
    public const int StatusDescriptor = 3;
    public const int BlockDescriptor = 4;
    public const int FilterDescriptor = 5;

    private const long TmpBytes = 64 << 20;
    private static readonly string[] SystemFolders = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

    public static IReadOnlyList<string> World(
        SessionFolder folder, IEnumerable<KeyValuePair<string, string>> shown, SandboxUser user, BubblewrapAbilities abilities, bool filtered)
    {
        List<string> a =
        [
            "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup",
            "--die-with-parent", "--new-session", "--hostname", "sandbox",
            "--cap-add", "CAP_SETPCAP", "--clearenv",
        ];
        foreach (var variable in CleanEnvironment.For(Work))
        {
            var (name, value) = (variable[..variable.IndexOf('=')], variable[(variable.IndexOf('=') + 1)..]);
            a.AddRange(["--setenv", name, value]);
        }

        a.AddRange(["--setenv", "LD_LIBRARY_PATH", InsideTool.LibraryFolder]);

        if (user.DiffersFromCaller)
        {
            // Root makes the mounts with real rights, so nothing on the way to them need be open to others, and then steps down for
            // good. Mapping root into a user namespace instead would leave the inside owner of /proc/sys and exempt from the
            // process limit.
            // The namespace's first process stays bwrap's own: only one of bwrap's user can get its parent-death signal.
            a.AddRange(["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]);
        }
        else
        {
            // With the tool's own chain as first process bwrap waits for it, and so learns the CPU time of all in it.
            a.AddRange(["--unshare-user", "--uid", "1000", "--gid", "1000", "--as-pid-1"]);
            if (abilities.ForbidsUserNamespaces)
            {
                a.Add("--disable-userns");
            }
        }

        a.AddRange(["--ro-bind", "/usr", "/usr"]);
        foreach (var path in SystemFolders)
        {
            if (new DirectoryInfo(path).LinkTarget is { } target)
            {
                a.AddRange(["--symlink", target, path]);
            }
            else if (Directory.Exists(path))
            {
                a.AddRange(["--ro-bind", path, path]);
            }
        }

        Folder("/etc");
        a.AddRange(["--ro-bind-try", "/etc/alternatives", "/etc/alternatives", "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]);
        a.AddRange(["--proc", "/proc", "--dev", "/dev", "--perms", "1777"]);
        if (abilities.LimitsTmpfs)
        {
            a.AddRange(["--size", TmpBytes.ToString(CultureInfo.InvariantCulture)]);
        }

        a.AddRange(["--tmpfs", "/tmp"]);
        Folder("/tools");
        Folder(InsideTool.LibraryFolder);
        foreach (var (inside, host) in shown)
        {
            a.AddRange(["--ro-bind", host, inside]);
        }

        Folder(Inputs);
        foreach (var (name, host) in folder.Inputs)
        {
            a.AddRange(["--ro-bind", host, $"{Inputs}/{name}"]);
        }

        a.AddRange(["--bind", folder.Work, Work, "--chdir", Work, "--remount-ro", "/dev", "--remount-ro", "/"]);
        a.AddRange(["--json-status-fd", Number(StatusDescriptor), "--block-fd", Number(BlockDescriptor)]);
        if (filtered)
        {
            a.AddRange(["--seccomp", Number(FilterDescriptor)]);
        }

        a.Add("--");
        return a;

        void Folder(string path) => a.AddRange(["--perms", "0755", "--dir", path]);
    }

    /// <summary>Steps down, takes on the limits, and runs the tool.</summary>
    public static IReadOnlyList<string> Descent(
        InsideHelpers helpers, SandboxUser user, BubblewrapAbilities abilities, IReadOnlyList<string> limits, TimeSpan wall)
    {
        // Last of all the parent-death signal: every change of user clears it.
        string[] noRights = ["--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs", "--pdeathsig", "KILL"];
        string[] asUser = [$"--reuid={user.Id}", $"--regid={user.Group}", "--clear-groups"];
        List<string> a = [helpers.Setpriv];
        if (user.DiffersFromCaller)
        {
            a.AddRange(asUser);
            if (abilities.NestsUserNamespace)
            {
                a.AddRange(["--", helpers.Unshare, "--user", "--keep-caps", "--", helpers.Setpriv]);
            }
        }

        a.AddRange([.. noRights, "--", helpers.Prlimit, .. limits, "--"]);

        // Ends the tool even if nobody outside does, and tells its signals by exit codes as a first process could not.
        a.AddRange([helpers.Timeout, "-s", "KILL", string.Create(CultureInfo.InvariantCulture, $"{wall.TotalSeconds + 10:0}")]);
        return a;
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
