using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VideoMesh.Miners.Sandbox.Native;

/// <param name="Program">Absolute path.</param>
/// <param name="Arguments">Without the program's own name.</param>
/// <param name="Environment">The whole environment, as NAME=value.</param>
/// <param name="Inherited">Descriptors the child gets as 3, 4, 5, …; all others of ours stay closed to it.</param>
internal sealed record ChildStart(
    string Program,
    IReadOnlyList<string> Arguments,
    IReadOnlyList<string> Environment,
    string WorkingDirectory,
    IReadOnlyList<SafeFileHandle> Inherited);

/// <param name="Code">Exit code, or 128 + signal.</param>
/// <param name="Cpu">User and system time of the child and of all its descendants that were waited for.</param>
internal readonly record struct ChildExit(int Code, TimeSpan Cpu);

/// <summary>
/// A child in a session (and process group) of its own. Unlike <see cref="System.Diagnostics.Process"/> it inherits chosen
/// descriptors, is started from <see cref="SpawnThread"/>, and tells the CPU time of its whole tree.
/// </summary>
internal sealed class ChildProcess
{
    private const int ThreadStackBytes = 256 << 10;
    private readonly Lock gate = new();
    private readonly TaskCompletionSource<ChildExit> exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool reaped;

    private ChildProcess(int id, SafeFileHandle output, SafeFileHandle errors)
    {
        Id = id;
        Output = output;
        Errors = errors;
    }

    public int Id { get; }

    /// <summary>Standard output; whoever starts a child must read it to its end and close it.</summary>
    public SafeFileHandle Output { get; }

    /// <summary>Standard error; likewise.</summary>
    public SafeFileHandle Errors { get; }

    public Task<ChildExit> Exited => exited.Task;

    /// <exception cref="Win32Exception">The program cannot be started.</exception>
    public static async Task<ChildProcess> StartAsync(ChildStart start)
    {
        using var output = new PipeEnds();
        using var errors = new PipeEnds();
        var id = await SpawnThread.RunAsync(() => Spawn(start, output.Writing, errors.Writing));
        var child = new ChildProcess(id, output.TakeReading(), errors.TakeReading());
        new Thread(child.Await, ThreadStackBytes) { IsBackground = true, Name = "sandbox-wait" }.Start();
        return child;
    }

    /// <summary>Kills the process group; does nothing once the child has ended.</summary>
    public void Kill()
    {
        lock (gate)
        {
            if (!reaped)
            {
                _ = Libc.SendSignal(-Id, Libc.Kill);
            }
        }
    }

    /// <summary>Kills a process that the child waits for and then ends itself: while the child is not reaped, the number is that process's.</summary>
    public void KillDescendant(int processId)
    {
        lock (gate)
        {
            if (!reaped)
            {
                _ = Libc.SendSignal(processId, Libc.Kill);
            }
        }
    }

    private static unsafe int Spawn(ChildStart start, SafeFileHandle output, SafeFileHandle errors)
    {
        using var arguments = new NativeStrings([start.Program, .. start.Arguments]);
        using var environment = new NativeStrings(start.Environment);
        var actions = stackalloc byte[Libc.StructBytes];
        var attributes = stackalloc byte[Libc.StructBytes];
        var signals = stackalloc byte[Libc.StructBytes];
        Check(Libc.InitFileActions(actions));
        Check(Libc.InitAttributes(attributes));
        try
        {
            Check(Libc.AddOpen(actions, 0, "/dev/null", 0, 0));
            Check(Libc.AddDuplicate(actions, Number(output), 1));
            Check(Libc.AddDuplicate(actions, Number(errors), 2));
            for (var i = 0; i < start.Inherited.Count; i++)
            {
                Check(Libc.AddDuplicate(actions, Number(start.Inherited[i]), 3 + i));
            }

            Check(Libc.AddChangeDirectory(actions, start.WorkingDirectory));

            // The runtime ignores SIGPIPE and blocks others; a child must not inherit that.
            Check(Libc.FillSignals(signals));
            Check(Libc.SetSignalDefaults(attributes, signals));
            Check(Libc.EmptySignals(signals));
            Check(Libc.SetSignalMask(attributes, signals));
            Check(Libc.SetFlags(attributes, Libc.SpawnSetSignalDefaults | Libc.SpawnSetSignalMask | Libc.SpawnNewSession));
            Check(Libc.Spawn(out var processId, start.Program, actions, attributes, arguments.Pointer, environment.Pointer));
            return processId;
        }
        finally
        {
            _ = Libc.DestroyAttributes(attributes);
            _ = Libc.DestroyFileActions(actions);
        }

        static void Check(int error)
        {
            if (error != 0)
            {
                throw new Win32Exception(error);
            }
        }

        // The owners of these handles keep them open until the spawn is over.
        static int Number(SafeFileHandle handle) => (int)handle.DangerousGetHandle();
    }

    private unsafe void Await()
    {
        var info = stackalloc byte[Libc.StructBytes];
        while (Libc.WaitFor(Libc.WaitById, Id, info, Libc.WaitExited | Libc.WaitKeepZombie) != 0
            && Marshal.GetLastPInvokeError() == Libc.Interrupted)
        {
        }

        var usage = stackalloc long[Libc.StructBytes / sizeof(long)];
        lock (gate)
        {
            // What the child left in its group goes with it; the zombie still holds the group's number.
            _ = Libc.SendSignal(-Id, Libc.Kill);
            reaped = true;
            if (Libc.Reap(Id, out var status, 0, usage) != Id)
            {
                exited.SetException(new SandboxException(
                    "The end of a sandboxed program could not be observed; start this program with SIGCHLD at its default."));
                return;
            }

            var signal = status & 0x7f;
            exited.SetResult(new ChildExit(signal == 0 ? (status >> 8) & 0xff : 128 + signal, Seconds(usage) + Seconds(usage + 2)));
        }

        static TimeSpan Seconds(long* timeval) => TimeSpan.FromSeconds(timeval[0]) + TimeSpan.FromMicroseconds(timeval[1]);
    }
}
