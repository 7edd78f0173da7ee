using System.Globalization;
using System.Text.Json.Nodes;
using VideoMesh.Miners.Sandbox.ControlGroups;

namespace VideoMesh.Miners.Sandbox.Docker;

/// <param name="Cpu">User and system time.</param>
/// <param name="Processes">Processes and threads.</param>
/// <param name="KilledForMemory">Whether the kernel killed something for want of memory; null where that is not told.</param>
internal readonly record struct DockerUsage(TimeSpan Cpu, long Processes, bool? KilledForMemory);

/// <summary>
/// One warm worker. Its first process is a <c>cat</c> reading from a connection we hold: when this process ends, however it ends,
/// the connection closes, <c>cat</c> ends, and the engine removes the container with all that runs in it.
/// </summary>
internal sealed class DockerContainer : IAsyncDisposable
{
    public const string Work = "/work";
    public const string Inputs = "/in";
    private const long TmpBytes = 64 << 20;

    /// <summary>The first process, and the one that keeps the wall clock.</summary>
    private const int OwnProcesses = 2;
    private static readonly TimeSpan RemovalCheck = TimeSpan.FromMilliseconds(20);
    private readonly DockerEngine engine;
    private readonly TimeProvider time;

    /// <summary>The engine takes up to a second to tell what a container uses, the kernel none. Null if its files are out of sight.</summary>
    private readonly ControlGroupView? group;
    private readonly HttpResponseMessage lifeline;

    private DockerContainer(DockerEngine engine, string id, HttpResponseMessage lifeline, ControlGroupView? group, TimeProvider time)
    {
        this.group = group;
        this.time = time;
        this.engine = engine;
        this.lifeline = lifeline;
        Id = id;
    }

    public string Id { get; }

    public static async Task<DockerContainer> StartAsync(
        DockerEngine engine, DockerSandbox.Plan plan, SessionFolder folder, SandboxUser user, SandboxLimits limits, TimeProvider time, CancellationToken cancellationToken)
    {
        var made = await engine.PostAsync("containers/create", Settings(plan, folder, user, limits), cancellationToken);
        var id = DockerEngine.Id(made);
        HttpResponseMessage? held = null;
        try
        {
            held = await engine.HijackAsync($"containers/{id}/attach?stream=1&stdin=1", cancellationToken);
            await engine.PostAsync($"containers/{id}/start", null, cancellationToken);
            var state = await engine.GetAsync($"containers/{id}/json", cancellationToken);
            return new DockerContainer(engine, id, held, await GroupAsync(state["State"]?["Pid"]?.GetValue<int>() ?? 0), time);
        }
        catch
        {
            held?.Dispose();
            await engine.EndAsync(HttpMethod.Delete, $"containers/{id}?force=1&v=1", CancellationToken.None);
            throw;
        }
    }

    /// <summary>What the whole container has used so far; null once it is gone.</summary>
    public async Task<DockerUsage?> UsageAsync(CancellationToken cancellationToken)
    {
        if (group is not null)
        {
            return group.Cpu() is { } cpu && group.Processes() is { } processes ? new DockerUsage(cpu, processes, group.KilledForMemory() > 0) : null;
        }

        var stats = await engine.FindAsync($"containers/{Id}/stats?stream=false&one-shot=true", cancellationToken);
        return stats?["cpu_stats"]?["cpu_usage"]?["total_usage"] is { } used && stats["pids_stats"]?["current"] is { } current
            ? new DockerUsage(TimeSpan.FromMicroseconds(used.GetValue<ulong>() / 1000.0), current.GetValue<long>(), null)
            : null;
    }

    /// <summary>Kills all that runs in it; when this returns, nothing does.</summary>
    public async ValueTask DisposeAsync()
    {
        await engine.EndAsync(HttpMethod.Post, $"containers/{Id}/kill", CancellationToken.None);
        lifeline.Dispose();

        // Not the engine's own wait for removal: asked while the removal happens, it never answers.
        while (await engine.FindAsync($"containers/{Id}/json", CancellationToken.None) is not null)
        {
            await Task.Delay(RemovalCheck, time);
        }
    }

    private static async Task<ControlGroupView?> GroupAsync(int process)
    {
        try
        {
            var view = ControlGroupView.Of(new ControlGroupMounts(
                await File.ReadAllTextAsync("/proc/self/mountinfo"), await File.ReadAllTextAsync($"/proc/{process}/cgroup")));
            return view?.Cpu() is not null && view.Processes() is not null ? view : null;
        }
        catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static JsonObject Settings(DockerSandbox.Plan plan, SessionFolder folder, SandboxUser user, SandboxLimits limits)
    {
        var cpu = (long)Math.Max(1, Math.Ceiling(limits.CpuTime.TotalSeconds));
        return new JsonObject
        {
            ["Image"] = plan.Image,
            ["Cmd"] = new JsonArray("cat"),
            ["Hostname"] = "sandbox",
            ["User"] = string.Create(CultureInfo.InvariantCulture, $"{user.Id}:{user.Group}"),
            ["WorkingDir"] = Work,
            ["Env"] = new JsonArray([.. CleanEnvironment.For(Work), $"LD_LIBRARY_PATH={InsideTool.LibraryFolder}"]),
            ["OpenStdin"] = true,
            ["StdinOnce"] = true,
            ["AttachStdin"] = true,
            ["NetworkDisabled"] = true,
            ["Labels"] = new JsonObject { [DockerSandbox.WorkerLabel] = "1", [DockerSandbox.SandboxLabel] = plan.Sandbox },
            ["HostConfig"] = new JsonObject
            {
                ["AutoRemove"] = true,
                ["NetworkMode"] = "none",
                ["IpcMode"] = "none",
                ["ReadonlyRootfs"] = true,
                ["CapDrop"] = new JsonArray("ALL"),
                ["SecurityOpt"] = new JsonArray("no-new-privileges"),
                ["PidsLimit"] = limits.Pids + OwnProcesses,
                ["Memory"] = limits.MemoryBytes,
                ["MemorySwap"] = limits.MemoryBytes,
                ["NanoCpus"] = (long)(Math.Min(limits.Cpus, plan.Cores) * 1e9),
                ["Ulimits"] = new JsonArray(
                    Limit("core", 0, 0), Limit("fsize", limits.FileBytes, limits.FileBytes), Limit("cpu", cpu, cpu + 2)),
                ["Tmpfs"] = new JsonObject
                {
                    ["/tmp"] = string.Create(CultureInfo.InvariantCulture, $"rw,noexec,nosuid,nodev,mode=1777,size={TmpBytes}"),
                },
                ["LogConfig"] = new JsonObject { ["Type"] = "none" },
                ["Mounts"] = new JsonArray(
                    [Mount(folder.Work, Work, false), .. folder.Inputs.Select(input => Mount(input.Value, $"{Inputs}/{input.Key}", true))]),
            },
        };

        static JsonNode Limit(string name, long soft, long hard) => new JsonObject { ["Name"] = name, ["Soft"] = soft, ["Hard"] = hard };

        static JsonNode Mount(string host, string inside, bool readOnly) =>
            new JsonObject { ["Type"] = "bind", ["Source"] = host, ["Target"] = inside, ["ReadOnly"] = readOnly };
    }
}
