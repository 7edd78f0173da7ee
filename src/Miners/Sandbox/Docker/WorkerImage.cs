using Microsoft.Extensions.Logging;

namespace VideoMesh.Miners.Sandbox.Docker;

/// <summary>The image of the workers, built from this machine's ffmpeg by <c>docker/build-worker-image</c>, which travels inside this assembly.</summary>
internal static class WorkerImage
{
    private const string Script = "build-worker-image";

    /// <summary>Where the script puts the tools.</summary>
    public static string PathOf(MediaTool tool) => tool == MediaTool.Ffmpeg ? "/tools/ffmpeg" : "/tools/ffprobe";

    /// <summary>Builds the image unless the engine has it.</summary>
    /// <returns>Its name with its tag.</returns>
    public static async Task<string> EnsureAsync(
        DockerEngine engine, MediaTools tools, string repository, ScratchFolder scratch, ILogger? logger, CancellationToken cancellationToken)
    {
        var script = Path.Combine(scratch.FullPath, Script);
        await using (var source = typeof(WorkerImage).Assembly.GetManifestResourceStream(Script)!)
        await using (var copy = File.Create(script))
        {
            await source.CopyToAsync(copy, cancellationToken);
        }

        var shell = HostTools.Require("sh", "dash");
        string[] options = ["--ffmpeg", tools.Ffmpeg, "--ffprobe", tools.Ffprobe, "--name", repository];
        var (code, output, errors) = await HostCommand.RunAsync(shell, [script, "tag", .. options], cancellationToken);
        Require(code, errors);
        var image = output.Trim();
        if (await engine.FindAsync($"images/{image}/json", cancellationToken) is null)
        {
            logger?.LogInformation("Building the worker image {Image} from {Ffmpeg}; this happens once per ffmpeg.", image, tools.Ffmpeg);
            var parts = image.Split(':');
            var query = $"images/create?fromSrc=-&repo={Uri.EscapeDataString(parts[0])}&tag={parts[1]}&changes={Uri.EscapeDataString("LABEL videomesh.worker=1")}";
            (code, errors) = await HostCommand.RunAsync(
                shell, [script, "tar", .. options], tar => engine.UploadAsync(query, tar, cancellationToken), cancellationToken);
            Require(code, errors);
        }

        File.Delete(script);
        return image;
    }

    private static void Require(int code, string errors)
    {
        if (code != 0)
        {
            throw new SandboxException($"The worker image cannot be built ({errors.Trim()}).");
        }
    }
}
