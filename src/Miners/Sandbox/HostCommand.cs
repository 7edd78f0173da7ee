using System.Text;
using VideoMesh.Miners.Sandbox.Local;
using VideoMesh.Miners.Sandbox.Native;

namespace VideoMesh.Miners.Sandbox;

/// <summary>Runs a trusted program of the host that only looks at things or builds them: ldd, bwrap --help, the image script.</summary>
internal static class HostCommand
{
    /// <returns>Exit code, standard output as text, and the end of standard error.</returns>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(
        string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        using var text = new MemoryStream();
        var (code, errors) = await RunAsync(program, arguments, output => output.CopyToAsync(text, cancellationToken), cancellationToken);
        return (code, Encoding.UTF8.GetString(text.GetBuffer().AsSpan(0, (int)text.Length)), errors);
    }

    /// <param name="read">Reads standard output while the program runs.</param>
    public static async Task<(int Code, string Errors)> RunAsync(
        string program, IReadOnlyList<string> arguments, Func<Stream, Task> read, CancellationToken cancellationToken)
    {
        var child = await ChildProcess.StartAsync(new ChildStart(program, arguments, CleanEnvironment.For("/"), "/", []));
        await using var kill = cancellationToken.UnsafeRegister(static state => ((ChildProcess)state!).Kill(), child);
        var errors = new StderrTail();
        var collected = OutputPump.Collect(child.Errors, errors);
        await using (var output = OutputPump.Stream(child.Output))
        {
            await read(output);
        }

        var exit = await child.Exited;
        await collected;
        cancellationToken.ThrowIfCancellationRequested();
        return (exit.Code, errors.ToString());
    }
}
