namespace VideoMesh.Miners.Sandbox;

/// <summary>Finds programs of the host that the sandboxes stand on.</summary>
internal static class HostTools
{
    private static readonly string[] UsualFolders = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"];

    /// <summary>The first runnable file of that name in PATH or the usual folders, or null.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Where(Path.IsPathRooted)
            .Concat(UsualFolders)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(IsRunnable);

    /// <exception cref="SandboxException">It is missing; the message names the package.</exception>
    public static string Require(string name, string package) =>
        Find(name) ?? throw new SandboxException($"The program '{name}' is missing; install it with: apt-get install {package}");

    public static bool IsRunnable(string path) =>
        File.Exists(path)
        && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None;
}
