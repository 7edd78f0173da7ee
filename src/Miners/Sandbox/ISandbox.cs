namespace VideoMesh.Miners.Sandbox;

/// <summary>A place where foreign programs run without reaching anything else. The only way this project starts ffmpeg or ffprobe.</summary>
public interface ISandbox : IAsyncDisposable
{
    /// <summary><c>docker</c>, <c>bubblewrap</c> or <c>none</c>.</summary>
    string Kind { get; }

    /// <summary>Opens a session: one work folder and a fixed set of read-only inputs. With Docker it is one warm container.</summary>
    /// <exception cref="SandboxException">The sandbox cannot be made; the message says why and what mends it.</exception>
    Task<ISandboxSession> OpenAsync(SandboxMounts mounts, SandboxLimits limits, CancellationToken cancellationToken);
}

/// <summary>Runs commands one at a time. Disposing kills what still runs and removes the work folder.</summary>
public interface ISandboxSession : IAsyncDisposable
{
    /// <summary>The work folder as the host sees it: the working directory of every command, and the only place commands may write.</summary>
    string WorkFolder { get; }

    /// <summary>Which limits this machine really enforces for the session.</summary>
    SandboxGuards Guards => SandboxGuards.Unknown;

    /// <summary>The path by which commands see the read-only input of that name.</summary>
    string InputPath(string name);

    /// <summary>Runs one command to its end. Cancelling kills its whole process tree before the task ends.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing of the command is running any more.</exception>
    /// <exception cref="SandboxException">The sandbox itself failed.</exception>
    Task<SandboxResult> RunAsync(SandboxCommand command, CancellationToken cancellationToken);
}

/// <param name="ReadOnly">Files shown to the inside, read-only, under names we made up (letters, digits, dot, dash only).</param>
public sealed record SandboxMounts(IReadOnlyList<ReadOnlyFile> ReadOnly)
{
    public static SandboxMounts None { get; } = new([]);
}

/// <param name="Name">The name inside.</param>
/// <param name="HostPath">Absolute path of one file on the host; any file name, and it may be readable by the caller only.</param>
public sealed record ReadOnlyFile(string Name, string HostPath);

/// <summary>What one command may use before it is killed.</summary>
public sealed record SandboxLimits
{
    /// <summary>Memory in bytes, default 2 GiB.</summary>
    public long MemoryBytes { get; init; } = 2L << 30;

    /// <summary>Processes and threads, default 128.</summary>
    public int Pids { get; init; } = 128;

    /// <summary>Cores, default 1.</summary>
    public double Cpus { get; init; } = 1;

    /// <summary>CPU time of one command, default 30 minutes.</summary>
    public TimeSpan CpuTime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Wall-clock time of one command, default 60 minutes.</summary>
    public TimeSpan WallTime { get; init; } = TimeSpan.FromMinutes(60);

    /// <summary>Size in bytes of any one file written, default 16 GiB.</summary>
    public long FileBytes { get; init; } = 16L << 30;
}

public enum MediaTool
{
    Ffmpeg,
    Ffprobe,
}

/// <summary>One run of ffmpeg or ffprobe.</summary>
public sealed record SandboxCommand
{
    public required MediaTool Tool { get; init; }

    /// <summary>The argument list, never a shell string. Paths in it are relative to the work folder or come from <see cref="ISandboxSession.InputPath"/>.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Reads standard output while the command runs; null discards it.</summary>
    public Func<Stream, CancellationToken, Task>? ReadOutput { get; init; }

    /// <summary>Awaited when all is set up and nothing of the command has run; it runs, and its limits count, from then on. Null: at once.</summary>
    public Func<CancellationToken, Task>? Turn { get; init; }

    /// <summary>Tighter wall-clock limit for this command.</summary>
    public TimeSpan? WallTime { get; init; }

    /// <summary>For a sandbox: waits for <see cref="Turn"/>.</summary>
    public Task TurnAsync(CancellationToken cancellationToken) => Turn?.Invoke(cancellationToken) ?? Task.CompletedTask;
}

/// <param name="ExitCode">As the program gave it; 128 + signal if it was killed.</param>
/// <param name="Errors">The last 8 KiB of standard error, as text.</param>
/// <param name="CpuTime">User and system time of the command, if the sandbox can tell.</param>
/// <param name="LimitHit">Which limit ended the command, or null.</param>
public sealed record SandboxResult(int ExitCode, string Errors, TimeSpan? CpuTime, SandboxLimit? LimitHit);

public enum SandboxLimit
{
    WallTime,
    CpuTime,
    Memory,
    FileSize,
}

/// <summary>The sandbox itself cannot be made or broke. The message is one sentence for the user and says what to do.</summary>
public sealed class SandboxException(string message, Exception? inner = null) : Exception(message, inner);
