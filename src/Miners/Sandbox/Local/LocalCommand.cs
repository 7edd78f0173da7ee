using VideoMesh.Miners.Sandbox.Native;

namespace VideoMesh.Miners.Sandbox.Local;

/// <summary>A command that is a child of this process.</summary>
internal abstract class LocalCommand : IStartedCommand, IDisposable
{
    private readonly Task errorsRead;

    protected LocalCommand(ChildProcess child)
    {
        Child = child;
        Output = OutputPump.Stream(child.Output);
        errorsRead = OutputPump.Collect(child.Errors, Errors);
    }

    public Stream Output { get; }

    public StderrTail Errors { get; } = new();

    public Task<CommandEnd> Completion => field ??= CompleteAsync();

    protected ChildProcess Child { get; }

    public abstract Task<TimeSpan?> CpuSoFarAsync();

    public virtual Task KillAsync()
    {
        Child.Kill();
        return Task.CompletedTask;
    }

    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Judges the end with what only the kind of sandbox knows.</summary>
    protected abstract Task<CommandEnd> ConcludeAsync(ChildExit exit);

    private async Task<CommandEnd> CompleteAsync()
    {
        var exit = await Child.Exited;
        await errorsRead;
        return await ConcludeAsync(exit);
    }
}
