using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace VideoMesh.Miners.Sandbox.Docker;

/// <summary>Each session in a container of a local Docker engine.</summary>
internal sealed class DockerSandbox : ISandbox
{
    public const string WorkerLabel = "videomesh.worker";
    public const string SandboxLabel = "videomesh.sandbox";
    private static readonly TimeSpan PingLimit = TimeSpan.FromSeconds(5);
    private readonly DockerEngine engine;
    private readonly ScratchFolder folders;
    private readonly Plan ours;
    private readonly TimeProvider time;

    private DockerSandbox(DockerEngine engine, ScratchFolder scratch, Plan plan, TimeProvider time)
    {
        this.engine = engine;
        folders = scratch;
        ours = plan;
        this.time = time;
    }

    public string Kind => "docker";

    /// <exception cref="SandboxException">No engine that can serve us; the message says what mends it.</exception>
    public static async Task<DockerSandbox> CreateAsync(MediaTools tools, SandboxOptions options, CancellationToken cancellationToken)
    {
        var socket = DockerEngine.Locate(options.DockerSocket, Environment.GetEnvironmentVariable("DOCKER_HOST"))
            ?? throw new SandboxException("DOCKER_HOST names an engine on another machine, which cannot see this one's files; use --sandbox bubblewrap.");
        var docker = new DockerEngine(socket);
        ScratchFolder? scratch = null;
        try
        {
            await docker.PingAsync(PingLimit, options.Time, cancellationToken);
            var info = await docker.GetAsync("info", cancellationToken);
            RequirePlainUserIds(info);
            List<string> orphans = [];
            scratch = await ScratchFolder.CreateAsync(options.ScratchRoot, orphans.Add);
            foreach (var orphan in orphans)
            {
                await RemoveContainersAsync(docker, orphan, cancellationToken);
            }

            var image = await WorkerImage.EnsureAsync(docker, tools, options.DockerImage, scratch, options.Logger, cancellationToken);
            var plan = new Plan(image, scratch.Name, info["NCPU"]!.GetValue<int>());
            return new DockerSandbox(docker, scratch, plan, options.Time);
        }
        catch
        {
            if (scratch is not null)
            {
                await scratch.DisposeAsync();
            }

            docker.Dispose();
            throw;
        }
    }

    public async Task<ISandboxSession> OpenAsync(SandboxMounts mounts, SandboxLimits limits, CancellationToken cancellationToken)
    {
        var user = SandboxUser.Choose();
        var folder = await SessionFolder.CreateAsync(folders, mounts, user, linkInputs: false, cancellationToken);
        var session = new DockerSession(engine, ours, folder, user, limits, time);
        try
        {
            await session.WarmAsync(cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        engine.Dispose();
        return folders.DisposeAsync();
    }

    /// <summary>Where the engine renumbers users, the inside could neither write its work folder nor read private inputs.</summary>
    private static void RequirePlainUserIds(JsonNode info)
    {
        var options = info["SecurityOptions"]?.AsArray().Select(option => option!.GetValue<string>()) ?? [];
        if (options.Any(option => option.Contains("name=rootless", StringComparison.Ordinal) || option.Contains("name=userns", StringComparison.Ordinal)))
        {
            throw new SandboxException("The Docker engine renumbers user ids (rootless or userns-remap), which keeps workers from their files; use --sandbox bubblewrap.");
        }
    }

    /// <summary>Containers that a killed process had made but not yet started: only those outlive it.</summary>
    private static async Task RemoveContainersAsync(DockerEngine engine, string sandbox, CancellationToken cancellationToken)
    {
        var filter = new JsonObject { ["label"] = new JsonArray($"{SandboxLabel}={sandbox}") };
        var found = await engine.GetAsync($"containers/json?all=1&filters={Uri.EscapeDataString(filter.ToJsonString())}", cancellationToken);
        foreach (var container in found.AsArray())
        {
            await engine.EndAsync(HttpMethod.Delete, $"containers/{DockerEngine.Id(container)}?force=1&v=1", cancellationToken);
        }
    }

    /// <summary>What every container of this sandbox has in common.</summary>
    /// <param name="Sandbox">Names the sandbox in the containers' labels.</param>
    internal sealed record Plan(string Image, string Sandbox, int Cores);
}
