using System.Diagnostics;

namespace VideoMesh.Miners.Tests.Sandbox;

/// <summary>A node's process as the sandbox sees it: it can be killed, and it can be another user's.</summary>
internal sealed class HostProcess : IDisposable
{
    private const UnixFileMode Everyone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly Process process;

    private HostProcess(Process process) => this.process = process;

    /// <param name="user">Null for the tests' own user, root.</param>
    public static HostProcess Start(TempFolder folder, string kind, string socket, string input, string argument, uint? user)
    {
        // The repository may lie where another user cannot go.
        var program = Directory.CreateDirectory(folder.At("host")).FullName;
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory, "VideoMesh.*"))
        {
            File.Copy(file, Path.Combine(program, Path.GetFileName(file)), overwrite: true);
        }

        File.SetUnixFileMode(folder.FullPath, Everyone);
        string[] line =
        [
            Environment.ProcessPath!, "exec", Path.Combine(program, "VideoMesh.SandboxHost.dll"),
            kind, folder.At("scratch"), Probe.Script(folder), socket, input, argument,
        ];
        if (user is { } id)
        {
            Run("chown", "-R", $"{id}:{id}", folder.FullPath);

            // Users often are under limits themselves, below what a sandbox would ask for.
            line = ["prlimit", "--cpu=600:600", "--", "setpriv", $"--reuid={id}", $"--regid={id}", "--clear-groups", "--", .. line];
        }

        var start = new ProcessStartInfo(line[0], line[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = "/",
        };
        start.Environment.Remove("HOME");
        return new HostProcess(Process.Start(start)!);
    }

    public async Task<string> ToEndAsync()
    {
        var errors = process.StandardError.ReadToEndAsync();
        return await process.StandardOutput.ReadToEndAsync() + await errors;
    }

    /// <summary>As <c>kill -9</c> does: no handler runs, nothing is cleaned up.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose() => process.Dispose();

    private static void Run(string program, params string[] arguments)
    {
        using var run = Process.Start(program, arguments);
        run.WaitForExit();
        Assert.Equal(0, run.ExitCode);
    }
}
