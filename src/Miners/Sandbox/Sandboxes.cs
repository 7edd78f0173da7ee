using Microsoft.Extensions.Logging;
using VideoMesh.Miners.Sandbox.Local;

namespace VideoMesh.Miners.Sandbox;

/// <summary>Makes sandboxes.</summary>
public static class Sandboxes
{
    /// <summary>Makes the sandbox asked for and proves that a program runs in it.</summary>
    /// <exception cref="SandboxException">It cannot be made here; the message says what mends that.</exception>
    public static async Task<ISandbox> CreateAsync(SandboxOptions options, CancellationToken cancellationToken)
    {
        var tools = MediaTools.Locate(options);
        switch (options.Kind)
        {
            case SandboxKind.Bubblewrap:
                return await BubblewrapSandbox.CreateAsync(tools, options, cancellationToken);
            case SandboxKind.None:
                options.Logger?.LogWarning(
                    "No sandbox: ffmpeg reads untrusted video with all rights of this user. Use --sandbox bubblewrap or docker.");
                return new PlainSandbox(tools, ScratchFolder.Create(options.ScratchRoot, _ => { }), options.Time);
            case SandboxKind.Docker:
                throw new SandboxException("Docker sandboxes are not built into this version; use --sandbox bubblewrap.");
            default:
                return await BubblewrapSandbox.CreateAsync(tools, options, cancellationToken);
        }
    }
}
