using System.Diagnostics;

namespace VideoMesh.TestKit;

/// <summary>A file system that is soon full. Needs root, as our tests have.</summary>
public sealed class TinyDisk : IAsyncDisposable
{
    private readonly string _folder;

    private TinyDisk(string folder) => _folder = folder;

    public static TinyDisk Mount(string folder, int bytes)
    {
        Run("mount", "-t", "tmpfs", "-o", $"size={bytes}", "tmpfs", folder);
        return new TinyDisk(folder);
    }

    public ValueTask DisposeAsync()
    {
        Run("umount", _folder);
        return ValueTask.CompletedTask;
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
        }
    }
}
