using Microsoft.Extensions.Logging;
using VideoMesh.Miners.Sandbox.Docker;
using VideoMesh.Miners.Sandbox.Local;

namespace VideoMesh.Miners.Sandbox;

/// <summary>Makes sandboxes.</summary>
public static class Sandboxes
{
    /// <summary>Makes the sandbox asked for and proves that it can be used.</summary>
    /// <exception cref="SandboxException">It cannot be made here; the message says what mends that.</exception>
    public static async Task<ISandbox> CreateAsync(SandboxOptions options, CancellationToken cancellationToken)
    {
        var tools = MediaTools.Locate(options);
        switch (options.Kind)
        {
            case SandboxKind.Docker:
                return await DockerSandbox.CreateAsync(tools, options, cancellationToken);
            case SandboxKind.Bubblewrap:
                return await BubblewrapSandbox.CreateAsync(tools, options, cancellationToken);
            case SandboxKind.None:
                options.Logger?.LogWarning(
                    "No sandbox: ffmpeg reads untrusted video with all rights of this user. Use --sandbox bubblewrap or docker.");
                return new PlainSandbox(tools, await ScratchFolder.CreateAsync(options.ScratchRoot, _ => { }), options.Time);
            case SandboxKind.Auto:
                return await BestAsync(tools, options, cancellationToken);
            default:
                throw new ArgumentOutOfRangeException(nameof(options), options.Kind, "There is no such sandbox.");
        }
    }

    private static async Task<ISandbox> BestAsync(MediaTools tools, SandboxOptions options, CancellationToken cancellationToken)
    {
        SandboxException withoutDocker;
        try
        {
            return await DockerSandbox.CreateAsync(tools, options, cancellationToken);
        }
        catch (SandboxException failure)
        {
            options.Logger?.LogDebug("Not using Docker: {Reason}", failure.Message);
            withoutDocker = failure;
        }

        try
        {
            return await BubblewrapSandbox.CreateAsync(tools, options, cancellationToken);
        }
        catch (SandboxException failure)
        {
            throw new SandboxException($"No sandbox can be made. {failure.Message} (Docker: {withoutDocker.Message})", failure);
        }
    }
}
