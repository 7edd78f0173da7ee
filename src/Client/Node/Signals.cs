using System.Runtime.InteropServices;

namespace VideoMesh.Client.Node;

/// <summary>Signals to processes of a devnet. A process that is gone already is no error.</summary>
internal static partial class Signals
{
    private const int SigKill = 9;
    private const int SigTerm = 15;

    public static void Terminate(int pid) => _ = kill(pid, SigTerm);

    public static void Kill(int pid) => _ = kill(pid, SigKill);

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
