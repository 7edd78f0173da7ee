using VideoMesh.Client.Node;

namespace VideoMesh.Client.Commands.Doctor;

/// <summary>The machine as the checks see it; tests see another.</summary>
/// <param name="Environment">Reads an environment variable: null if unset.</param>
/// <param name="Root">Where <c>/proc</c>, <c>/run</c> and <c>/usr</c> are looked for: <c>/</c> but in tests.</param>
/// <param name="IsRoot">Whether commands need no <c>sudo</c>.</param>
internal sealed record Host(Func<string, string?> Environment, string Root, bool IsRoot)
{
    public UserFolders Folders { get; } = new(Environment);

    public static Host Real(Func<string, string?> environment) => new(environment, "/", System.Environment.IsPrivilegedProcess);

    public string AsRoot(string command) => IsRoot ? command : $"sudo {command}";

    public string Install(string package) => AsRoot($"apt-get install -y {package}");

    /// <summary>Absolute path of a runnable program in PATH, or null.</summary>
    public string? FindProgram(string name) =>
        (Environment("PATH") ?? "").Split(':').Where(Path.IsPathRooted).Select(folder => Path.Combine(folder, name)).FirstOrDefault(IsRunnable);

    /// <summary>The trimmed text of a small file below <see cref="Root"/>, or null if it cannot be read.</summary>
    public string? ReadLine(string path)
    {
        try
        {
            return File.ReadAllText(Path.Combine(Root, path)).Trim();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public bool Exists(string path) => Path.Exists(Path.Combine(Root, path));

    private static bool IsRunnable(string path) =>
        File.Exists(path) && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None;
}
