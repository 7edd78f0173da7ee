using System.ComponentModel;
using VideoMesh.Miners.Sandbox.Native;

namespace VideoMesh.Miners.Sandbox.Local;

/// <summary>A session whose commands are children of this process.</summary>
internal abstract class LocalSession(SessionFolder folder, SandboxUser user, SandboxLimits limits, TimeProvider time) : ISandboxSession
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly CancellationTokenSource disposing = new();
    private readonly CommandRunner runner = new(limits, time);

    public string WorkFolder => folder.Work;

    public abstract SandboxGuards Guards { get; }

    protected SessionFolder Folder => folder;

    protected SandboxUser User => user;

    protected SandboxLimits Limits => limits;

    public abstract string InputPath(string name);

    public async Task<SandboxResult> RunAsync(SandboxCommand command, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, disposing.Token);
        await gate.WaitAsync(either.Token);
        try
        {
            HostileFolder.HandOver(WorkFolder, user);
            try
            {
                using var started = await StartAsync(command, either.Token);
                return await runner.RunAsync(started, command, Guards.Memory == LimitReach.EachProcess, either.Token);
            }
            finally
            {
                HostileFolder.TakeBack(WorkFolder, user);
            }
        }
        catch (Exception failure) when (failure is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw new SandboxException($"The sandbox could not run the command ({failure.Message}).", failure);
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await disposing.CancelAsync();
        await gate.WaitAsync();
        await folder.DeleteAsync();
        await EndAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract Task<LocalCommand> StartAsync(SandboxCommand command, CancellationToken cancellationToken);

    protected virtual ValueTask EndAsync() => ValueTask.CompletedTask;
}
