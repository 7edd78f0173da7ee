using System.Runtime.ExceptionServices;

namespace VideoMesh.Miners.Sandbox;

/// <param name="ExitCode">Exit code, or 128 + signal.</param>
/// <param name="Cpu">User and system time of the whole tree, if known.</param>
/// <param name="OutOfMemory">The kernel killed something of the command for want of memory.</param>
internal readonly record struct CommandEnd(int ExitCode, TimeSpan? Cpu, bool OutOfMemory);

/// <summary>One command under way, whatever runs it.</summary>
internal interface IStartedCommand
{
    Stream Output { get; }

    StderrTail Errors { get; }

    /// <summary>Ends once nothing of the command runs any more.</summary>
    Task<CommandEnd> Completion { get; }

    /// <summary>CPU time of the whole tree so far, if it can be told.</summary>
    Task<TimeSpan?> CpuSoFarAsync();

    /// <summary>Kills the whole tree; harmless when it has ended.</summary>
    Task KillAsync();
}

/// <summary>What is the same for every sandbox: reading output, watching the clocks, killing, and judging the end.</summary>
internal sealed class CommandRunner(SandboxLimits limits, TimeProvider time)
{
    private const int Killed = 128 + 9;

    /// <summary>How the C library, C++ and the codecs say that an allocation failed.</summary>
    private static readonly string[] AllocationFailures = ["cannot allocate memory", "out of memory", "bad_alloc", "memory exhausted", "malloc of size"];
    private static readonly TimeSpan OftenestCheck = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RarestCheck = TimeSpan.FromSeconds(10);

    /// <param name="memoryByAddressSpace">Memory is bounded per process by failing allocations, so running out shows only in the text.</param>
    public async Task<SandboxResult> RunAsync(
        IStartedCommand started, SandboxCommand command, bool memoryByAddressSpace, CancellationToken cancellationToken)
    {
        using var stop = new CancellationTokenSource();
        var wall = command.WallTime is { } tighter && tighter < limits.WallTime ? tighter : limits.WallTime;
        var watching = WatchAsync(started, wall, stop.Token);
        using var reader = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = ReadAsync(command.ReadOutput, started, reader.Token);
        Exception? readFailure = null;
        CommandEnd end;
        try
        {
            await using (cancellationToken.UnsafeRegister(
                static state => _ = ((IStartedCommand)state!).KillAsync(), started))
            {
                end = await started.Completion;
            }
        }
        finally
        {
            await stop.CancelAsync();
            if (!started.Completion.IsCompletedSuccessfully)
            {
                await reader.CancelAsync();
            }

            readFailure = await reading;
        }

        var killedFor = await watching;
        cancellationToken.ThrowIfCancellationRequested();
        var errors = started.Errors.ToString();
        var limit = killedFor ?? Judge(end, errors, memoryByAddressSpace);
        if (readFailure is not null && limit is null && end.ExitCode is (0 or Killed))
        {
            // Otherwise the command failed by itself, and that its output could not be understood is only a consequence.
            ExceptionDispatchInfo.Throw(readFailure);
        }

        return new SandboxResult(end.ExitCode, errors, end.Cpu, limit);
    }

    private SandboxLimit? Judge(CommandEnd end, string errors, bool memoryByAddressSpace)
    {
        const int cpuSignal = 128 + 24;
        const int fileSizeSignal = 128 + 25;
        if (end.ExitCode == 0)
        {
            return null;
        }

        if (end.OutOfMemory || (memoryByAddressSpace && AllocationFailures.Any(text => errors.Contains(text, StringComparison.OrdinalIgnoreCase))))
        {
            return SandboxLimit.Memory;
        }

        if (end.ExitCode == cpuSignal || end.Cpu >= limits.CpuTime)
        {
            return SandboxLimit.CpuTime;
        }

        return end.ExitCode == fileSizeSignal || errors.Contains("File too large", StringComparison.Ordinal)
            ? SandboxLimit.FileSize
            : null;
    }

    private async Task<SandboxLimit?> WatchAsync(IStartedCommand started, TimeSpan wall, CancellationToken stop)
    {
        var begin = time.GetTimestamp();
        var pause = Pause(TimeSpan.Zero);
        try
        {
            while (true)
            {
                var left = wall - time.GetElapsedTime(begin);
                if (left <= TimeSpan.Zero)
                {
                    await started.KillAsync();
                    return SandboxLimit.WallTime;
                }

                await Task.Delay(left < pause ? left : pause, time, stop);
                var used = await CpuSoFarAsync(started);
                if (used >= limits.CpuTime)
                {
                    await started.KillAsync();
                    return SandboxLimit.CpuTime;
                }

                pause = Pause(used ?? TimeSpan.Zero);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>That it cannot be told just now must not end the watch over the wall clock.</summary>
    private static async Task<TimeSpan?> CpuSoFarAsync(IStartedCommand started)
    {
        try
        {
            return await started.CpuSoFarAsync();
        }
        catch (Exception failure) when (failure is SandboxException or IOException)
        {
            return null;
        }
    }

    /// <summary>Looking costs CPU time too, so we look again when all cores together could have used up what is left.</summary>
    private TimeSpan Pause(TimeSpan used)
    {
        var soonest = (limits.CpuTime - used) / Environment.ProcessorCount;
        return soonest < OftenestCheck ? OftenestCheck : soonest > RarestCheck ? RarestCheck : soonest;
    }

    /// <returns>What the reader threw, after the command has been killed for it.</returns>
    private static async Task<Exception?> ReadAsync(
        Func<Stream, CancellationToken, Task>? read, IStartedCommand started, CancellationToken cancellationToken)
    {
        // Off the caller's stack: a reader that blocks must not keep the watch from starting.
        await Task.Yield();
        try
        {
            if (read is not null)
            {
                await read(started.Output, cancellationToken);
            }

            return null;
        }
        catch (Exception failure)
        {
            await started.KillAsync();
            return failure;
        }
        finally
        {
            await started.Output.DisposeAsync();
        }
    }
}
