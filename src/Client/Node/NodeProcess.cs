using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using VideoMesh.Client.Commands;
using VideoMesh.Client.Rendering;

namespace VideoMesh.Client.Node;

/// <summary>What a started node says of itself, in its ready file and in <c>--json</c> output.</summary>
/// <param name="Url">Where it listens.</param>
/// <param name="Address">Its account.</param>
public sealed record NodeInfo(string Name, int Pid, Uri Url, IReadOnlyList<string> Roles, string Address)
{
    /// <summary>Written whole or not at all.</summary>
    public void WriteTo(string path)
    {
        var temporary = path + ".new";
        File.WriteAllText(temporary, JsonSerializer.Serialize(this, JsonOutput.Options));
        File.Move(temporary, path, overwrite: true);
    }

    public static NodeInfo? ReadFrom(string path) =>
        File.Exists(path) ? JsonSerializer.Deserialize<NodeInfo>(File.ReadAllText(path), JsonOutput.Options) : null;
}

/// <summary>Starts nodes as processes of their own. The only place outside the sandbox that starts a process, and it starts nothing but this program.</summary>
public static class NodeProcess
{
    /// <summary>Starts a node that ends when this process ends, however it ends: it watches its standard input.</summary>
    public static Process StartTied(IEnumerable<string> arguments, string log)
    {
        var start = Shell("exec \"$@\" >>\"$0\" 2>&1", log, [.. arguments, "--exit-with-stdin"]);
        start.RedirectStandardInput = true;
        return Start(start);
    }

    /// <summary>Starts a node in a session of its own, which outlives this process and its terminal.</summary>
    public static void StartDetached(IEnumerable<string> arguments, string log)
    {
        // The inner shell becomes the node, so the number it leaves beside the log is the node's process id.
        var start = Shell("setsid --fork /bin/sh -c 'echo $$ >\"$0.pid\"; exec \"$@\"' \"$0\" \"$@\" >>\"$0\" 2>&1 </dev/null", log, arguments);
        File.Delete(log + ".pid");
        using var shell = Start(start);
        shell.WaitForExit();
    }

    /// <summary>The process id of a detached node, or null while it is being started.</summary>
    public static int? DetachedPid(string log) =>
        File.Exists(log + ".pid") && int.TryParse(File.ReadAllText(log + ".pid"), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;

    /// <summary>Waits for the node's ready file.</summary>
    /// <param name="isAlive">False ends the wait: the node will not come up.</param>
    /// <exception cref="IOException">It did not come up; the message ends with what it logged last.</exception>
    public static async Task<NodeInfo> WaitReadyAsync(string readyFile, string log, Func<bool> isAlive, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var alive = isAlive();
            if (NodeInfo.ReadFrom(readyFile) is { } info)
            {
                return info;
            }

            if (!alive || time.GetElapsedTime(started) > TimeSpan.FromSeconds(60))
            {
                throw new IOException($"A node did not come up. It logged: {Tail(log)}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken);
        }
    }

    /// <summary>Whether the process exists and is this program: process ids are used again.</summary>
    public static bool IsAlive(int pid)
    {
        try
        {
            var command = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cmdline"));
            return command.Contains("videomesh", StringComparison.Ordinal) && command.Contains("\0node\0", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The last lines of a log, on one line.</summary>
    public static string Tail(string log)
    {
        try
        {
            var lines = File.ReadLines(log).Where(l => l.Length > 0).TakeLast(3);
            return string.Join(" | ", lines) is { Length: > 0 } text ? text : "nothing";
        }
        catch (IOException)
        {
            return "nothing";
        }
    }

    // A shell only to point the node's output at its log; all values travel as arguments and none is parsed by it.
    private static ProcessStartInfo Shell(string script, string log, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("/bin/sh");

        // a node of a devnet opens no wallet, and keeps its environment as long as it lives
        start.Environment.Remove(PasswordFlags.Variable);
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(script);
        start.ArgumentList.Add(log);
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "videomesh"));
        start.ArgumentList.Add("node");
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    private static Process Start(ProcessStartInfo start) =>
        Process.Start(start) ?? throw new IOException("The system did not start a new process.");
}
