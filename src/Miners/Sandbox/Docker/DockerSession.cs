namespace VideoMesh.Miners.Sandbox.Docker;

internal sealed class DockerSession(
    DockerEngine engine, DockerSandbox.Plan plan, SessionFolder folder, SandboxUser user, SandboxLimits limits, TimeProvider time) : ISandboxSession
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly CancellationTokenSource disposing = new();
    private readonly CommandRunner runner = new(limits, time);
    private DockerContainer? container;

    public string WorkFolder => folder.Work;

    public SandboxGuards Guards { get; } = new(
        Memory: LimitReach.WholeTree,
        Pids: LimitReach.WholeTree,
        Cpus: LimitReach.WholeTree,
        CpuTime: LimitReach.WholeTree,
        FileBytes: LimitReach.EachProcess);

    public string InputPath(string name) => $"{DockerContainer.Inputs}/{folder.Input(name)}";

    /// <summary>Has a container ready, so that the first command need not wait for it.</summary>
    public async Task WarmAsync(CancellationToken cancellationToken)
    {
        HostileFolder.HandOver(WorkFolder, user);
        container ??= await DockerContainer.StartAsync(engine, plan, folder, user, limits, time, cancellationToken);
    }

    public async Task<SandboxResult> RunAsync(SandboxCommand command, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, disposing.Token);
        await gate.WaitAsync(either.Token);
        try
        {
            try
            {
                await WarmAsync(either.Token);
                return await RunInContainerAsync(command, either.Token);
            }
            finally
            {
                HostileFolder.TakeBack(WorkFolder, user);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
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
        try
        {
            if (container is { } running)
            {
                container = null;
                await running.DisposeAsync();
            }
        }
        finally
        {
            await folder.DeleteAsync();
        }
    }

    private async Task<SandboxResult> RunInContainerAsync(SandboxCommand command, CancellationToken cancellationToken)
    {
        await command.TurnAsync(cancellationToken);

        // Whatever happens from here on, a container that was not proved clean is not used again.
        var used = container!;
        container = null;
        DockerCommand? started = null;
        try
        {
            started = await DockerCommand.StartAsync(engine, used, time, command, limits, cancellationToken);
            return await runner.RunAsync(started, command, memoryByAddressSpace: false, cancellationToken);
        }
        finally
        {
            if (started?.LeftContainerClean == true)
            {
                container = used;
            }
            else
            {
                await used.DisposeAsync();
            }

            started?.Dispose();
        }
    }
}
