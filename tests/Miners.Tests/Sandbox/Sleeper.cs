using System.Diagnostics;

namespace VideoMesh.Miners.Tests.Sandbox;

/// <summary>A <c>sleep</c> no one else runs, so that it can be looked for among all processes of the host.</summary>
internal sealed class Sleeper
{
    public string Command { get; } = $"sleep {1_000_000_000 + Random.Shared.Next(1_000_000_000)}";

    public bool Lives() => Process.GetProcesses().Any(process =>
    {
        using (process)
        {
            try
            {
                return string.Equals(File.ReadAllText($"/proc/{process.Id}/cmdline"), Command.Replace(' ', '\0') + "\0", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return false;
            }
        }
    });
}
