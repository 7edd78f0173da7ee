using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json.Nodes;

namespace VideoMesh.Miners.Sandbox.Docker;

/// <summary>One exec in a warm container.</summary>
internal sealed class DockerCommand : IStartedCommand, IDisposable
{
    private const int Killed = 128 + 9;
    private static readonly TimeSpan EndCheck = TimeSpan.FromSeconds(2);
    private readonly DockerEngine engine;
    private readonly DockerContainer container;
    private readonly TimeProvider time;
    private readonly HttpResponseMessage answer;
    private readonly string exec;
    private readonly TimeSpan cpuBefore;
    private readonly TimeSpan cpuLimit;
    private readonly Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 256 << 10, resumeWriterThreshold: 128 << 10, useSynchronizationContext: false));
    private readonly Lock gate = new();
    private TimeSpan? lastCpu;
    private Task? killing;

    private DockerCommand(
        DockerEngine engine, DockerContainer container, TimeProvider time, HttpResponseMessage answer, string exec, TimeSpan cpuBefore, TimeSpan cpuLimit)
    {
        this.engine = engine;
        this.container = container;
        this.time = time;
        this.answer = answer;
        this.exec = exec;
        this.cpuBefore = cpuBefore;
        this.cpuLimit = cpuLimit;
        Output = pipe.Reader.AsStream();
        Completion = CompleteAsync();
    }

    public Stream Output { get; }

    public StderrTail Errors { get; } = new();

    public Task<CommandEnd> Completion { get; }

    /// <summary>The container is as it was before the command, and can take another.</summary>
    public bool LeftContainerClean { get; private set; }

    public static async Task<DockerCommand> StartAsync(
        DockerEngine engine, DockerContainer container, TimeProvider time, SandboxCommand command, SandboxLimits limits, CancellationToken cancellationToken)
    {
        var before = await container.UsageAsync(cancellationToken)
            ?? throw new SandboxException("The worker's container ended by itself; look into the Docker engine's log.");

        // Ends the tool even if neither we nor the engine do: an exec cannot be killed through the API.
        string[] line =
        [
            "timeout", "-s", "KILL", string.Create(CultureInfo.InvariantCulture, $"{limits.WallTime.TotalSeconds + 10:0}"),
            WorkerImage.PathOf(command.Tool), .. command.Arguments,
        ];
        var made = await engine.PostAsync(
            $"containers/{container.Id}/exec",
            new JsonObject
            {
                ["AttachStdout"] = true,
                ["AttachStderr"] = true,
                ["Cmd"] = new JsonArray([.. line]),
                ["WorkingDir"] = DockerContainer.Work,
            },
            cancellationToken);
        var id = DockerEngine.Id(made);
        var stream = await engine.StreamAsync(
            $"exec/{id}/start", new JsonObject { ["Detach"] = false, ["Tty"] = false }, cancellationToken);
        return new DockerCommand(engine, container, time, stream, id, before.Cpu, limits.CpuTime);
    }

    public async Task<TimeSpan?> CpuSoFarAsync()
    {
        var cpu = (await container.UsageAsync(CancellationToken.None))?.Cpu - cpuBefore;
        lastCpu = cpu ?? lastCpu;
        return cpu;
    }

    public Task KillAsync()
    {
        lock (gate)
        {
            return killing ??= container.DisposeAsync().AsTask();
        }
    }

    public void Dispose() => answer.Dispose();

    private async Task<CommandEnd> CompleteAsync()
    {
        var splitting = SplitAsync();
        var code = await ExitAsync(splitting);
        if (!splitting.IsCompleted && await container.UsageAsync(CancellationToken.None) is not { Processes: 1 })
        {
            // The tool is gone but something it left behind may hold its output open. If nothing is left, its reader is only slow.
            await KillAsync();
        }

        await splitting;
        var after = killing is null ? await container.UsageAsync(CancellationToken.None) : null;

        // The engine's own OOMKilled flag speaks of the first process only. Where the kernel does not tell, a kill that was not ours
        // is taken for one for want of memory.
        var outOfMemory = after?.KilledForMemory ?? (code == Killed && killing is null && after?.Cpu - cpuBefore < cpuLimit);
        LeftContainerClean = after is { Processes: 1 } && !outOfMemory;
        if (!LeftContainerClean)
        {
            await KillAsync();
        }

        return new CommandEnd(code, after?.Cpu - cpuBefore ?? lastCpu, outOfMemory);
    }

    private async Task SplitAsync()
    {
        Exception? failure = null;
        try
        {
            await using var source = await answer.Content.ReadAsStreamAsync();
            await DockerFrames.SplitAsync(source, pipe.Writer, Errors, CancellationToken.None);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            // The engine cuts the stream when the container is killed; the exit code tells the rest.
            failure = killing is null ? broken : null;
        }

        await pipe.Writer.CompleteAsync(failure);
    }

    /// <summary>Waits for the stream's end, and now and then looks whether the tool ended without it.</summary>
    private async Task<int> ExitAsync(Task splitting)
    {
        while (true)
        {
            await Task.WhenAny(splitting, Task.Delay(EndCheck, time));
            if (killing is { } kill)
            {
                await kill;
                return Killed;
            }

            var state = await engine.FindAsync($"exec/{exec}/json", CancellationToken.None);
            if (state is null)
            {
                return Killed;
            }

            if (state["ExitCode"]?.GetValue<int>() is { } code && !state["Running"]!.GetValue<bool>())
            {
                return code;
            }

            if (splitting.IsCompleted)
            {
                // The tool closed its output before it ended.
                await Task.Delay(TimeSpan.FromMilliseconds(20), time);
            }
        }
    }
}
