using System.Globalization;

namespace VideoMesh.Miners.Sandbox.Local;

/// <summary>The limits as util-linux's prlimit takes them.</summary>
internal static class ResourceLimits
{
    /// <summary>Beyond its CPU limit a process first gets SIGXCPU, which ffmpeg takes as a request to end; this later, SIGKILL.</summary>
    private const long SecondsOfGrace = 2;

    /// <param name="addressSpace">Bound memory by address space: only where no control group bounds it, since large address spaces
    /// of little real memory are normal.</param>
    /// <param name="processes">Bound the number of processes of the user id; only where the id or its namespace is the sandbox's own.</param>
    public static IReadOnlyList<string> Arguments(SandboxLimits limits, bool addressSpace, bool processes)
    {
        var cpu = Math.Max(1, (long)Math.Ceiling(limits.CpuTime.TotalSeconds));
        List<string> arguments =
        [
            string.Create(CultureInfo.InvariantCulture, $"--cpu={cpu}:{cpu + SecondsOfGrace}"),
            string.Create(CultureInfo.InvariantCulture, $"--fsize={limits.FileBytes}"),
            "--core=0",
        ];
        if (addressSpace)
        {
            arguments.Add(string.Create(CultureInfo.InvariantCulture, $"--as={limits.MemoryBytes}"));
        }

        if (processes)
        {
            arguments.Add(string.Create(CultureInfo.InvariantCulture, $"--nproc={limits.Pids}"));
        }

        return arguments;
    }
}
