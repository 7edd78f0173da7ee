using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using VideoMesh.Miners.Sandbox.ControlGroups;
using VideoMesh.Miners.Sandbox.Native;

namespace VideoMesh.Miners.Sandbox.Local;

/// <summary>One bwrap process, watched through its status pipe.</summary>
internal sealed class BubblewrapCommand : LocalCommand
{
    private static readonly TimeSpan GoneCheck = TimeSpan.FromMilliseconds(2);
    private readonly ControlGroup? group;
    private readonly TimeProvider time;
    private readonly StatusPipe status;
    private TimeSpan seenCpu;
    private int? firstProcess;
    private volatile bool killed;

    private BubblewrapCommand(ChildProcess child, StatusPipe status, ControlGroup? group, TimeProvider time)
        : base(child)
    {
        this.time = time;
        this.group = group;
        this.status = status;
    }

    /// <summary>Starts bwrap, puts its inside into the control group before anything of it runs, and lets it go when it is its turn.</summary>
    public static async Task<BubblewrapCommand> StartAsync(ChildStart start, byte[]? filter, ControlGroup? group, TimeProvider time, Func<Task> turn)
    {
        BubblewrapCommand? command = null;
        try
        {
            using var reports = new PipeEnds();
            using var block = new PipeEnds();
            using var program = filter is null ? null : Filled(filter);
            SafeFileHandle[] inherited = program is null
                ? [reports.Writing, block.Reading]
                : [reports.Writing, block.Reading, program.Reading];
            var child = await ChildProcess.StartAsync(start with { Inherited = inherited });
            reports.Writing.Dispose();
            command = new BubblewrapCommand(child, new StatusPipe(reports.TakeReading()), group, time);
            command.firstProcess = await command.status.FirstProcess;
            if (command.firstProcess is { } first)
            {
                group?.Join(first);
                await turn();
                using var go = new FileStream(block.TakeWriting(), FileAccess.Write, bufferSize: 0);
                go.WriteByte(0);
            }

            return command;
        }
        catch
        {
            if (command is null)
            {
                group?.Dispose();
            }
            else
            {
                await command.KillAsync();
                await command.Child.Exited;
                command.Dispose();
            }

            throw;
        }
    }

    public override Task<TimeSpan?> CpuSoFarAsync()
    {
        seenCpu = group?.View.Cpu() ?? ProcessTree.Cpu(Child.Id);
        return Task.FromResult<TimeSpan?>(seenCpu);
    }

    /// <summary>Killing a namespace's first process ends all in it before bwrap, which waits for it, ends: nothing can be left.</summary>
    public override Task KillAsync()
    {
        killed = true;
        if (firstProcess is { } first)
        {
            Child.KillDescendant(first);
        }
        else
        {
            Child.Kill();
        }

        return Task.CompletedTask;
    }

    public override void Dispose()
    {
        group?.Dispose();
        base.Dispose();
    }

    protected override async Task<CommandEnd> ConcludeAsync(ChildExit exit)
    {
        if (firstProcess is { } first)
        {
            // bwrap may end before the namespace does; only when its first process is gone is all that ran in it.
            while (ProcessTree.IsAlive(first))
            {
                await Task.Delay(GoneCheck, time);
            }
        }

        if (!await status.ToolRan && !killed)
        {
            var reason = Errors.ToString().Trim().Split('\n')[^1];
            throw new SandboxException($"bubblewrap could not build the sandbox ({reason}); let unprivileged users make user "
                + "namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0), or use Docker.");
        }

        return new CommandEnd(exit.Code, group?.View.Cpu() ?? (exit.Cpu > seenCpu ? exit.Cpu : seenCpu), group?.View.KilledForMemory() > 0);
    }

    /// <summary>A pipe already written and closed: far less than a pipe holds, so writing cannot block.</summary>
    private static PipeEnds Filled(byte[] content)
    {
        var pipe = new PipeEnds();
        using var writer = new FileStream(pipe.TakeWriting(), FileAccess.Write, bufferSize: 0);
        writer.Write(content);
        return pipe;
    }

    /// <summary>bwrap's two reports: the first process's number before it runs, and at the end an exit code if the tool was reached.</summary>
    private sealed class StatusPipe
    {
        private readonly TaskCompletionSource<int?> first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<bool> ran = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public StatusPipe(SafeFileHandle handle) =>
            new Thread(() => Read(handle), 256 << 10) { IsBackground = true, Name = "sandbox-status" }.Start();

        /// <summary>Null if bwrap ended before there was one.</summary>
        public Task<int?> FirstProcess => first.Task;

        public Task<bool> ToolRan => ran.Task;

        private void Read(SafeFileHandle handle)
        {
            using var reader = new StreamReader(new FileStream(handle, FileAccess.Read, bufferSize: 0));
            try
            {
                while (reader.ReadLine() is { } line)
                {
                    using var report = JsonDocument.Parse(line);
                    if (report.RootElement.TryGetProperty("child-pid", out var number))
                    {
                        first.TrySetResult(number.GetInt32());
                    }

                    if (report.RootElement.TryGetProperty("exit-code", out _))
                    {
                        ran.TrySetResult(true);
                    }
                }
            }
            catch (Exception broken) when (broken is IOException or JsonException)
            {
                // A report cut short counts as none.
            }

            first.TrySetResult(null);
            ran.TrySetResult(false);
        }
    }
}
