using System.Text;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Compute;

/// <summary>Finds out the determinism class of this machine as often as it is asked: an operator may replace ffmpeg while a node runs.</summary>
/// <param name="sandbox">Its ffmpeg is asked.</param>
/// <param name="cpuInfo">The text of <c>/proc/cpuinfo</c>.</param>
public sealed class DeterminismProbe(ISandbox sandbox, string cpuInfo)
{
    private static readonly SandboxLimits Limits = new() { WallTime = TimeSpan.FromMinutes(1) };

    /// <summary><see cref="DeterminismClass.Id"/> of this machine.</summary>
    /// <exception cref="SandboxException">The sandbox failed, or its ffmpeg does not run.</exception>
    public async Task<Hash256> ReadAsync(CancellationToken cancellationToken)
    {
        await using var session = await sandbox.OpenAsync(SandboxMounts.None, Limits, cancellationToken);
        var (version, _) = await VersionAsync(session, cancellationToken);
        return DeterminismClass.Id(DeterminismClass.Of(version, cpuInfo));
    }

    /// <summary>What <c>ffmpeg -version</c> prints, and what it took.</summary>
    /// <exception cref="SandboxException">It does not run.</exception>
    internal static async Task<(string Text, SandboxResult Run)> VersionAsync(ISandboxSession session, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var run = await session.RunAsync(
            new SandboxCommand
            {
                Tool = MediaTool.Ffmpeg,
                Arguments = ["-version"],
                ReadOutput = async (stream, token) =>
                {
                    using var reader = new StreamReader(stream);
                    text.Append(await reader.ReadToEndAsync(token));
                },
            },
            cancellationToken);
        return run.ExitCode == 0
            ? (text.ToString(), run)
            : throw new SandboxException($"ffmpeg does not run in the sandbox: {run.Errors.ReplaceLineEndings(" ").Trim()} Run `videomesh doctor`.");
    }
}
