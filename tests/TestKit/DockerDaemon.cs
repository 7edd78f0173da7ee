using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace VideoMesh.TestKit;

/// <summary>
/// A real Docker engine of the tests' own, with its data, state and socket in a temporary folder. Needs root; installs docker.io if it is
/// missing. Use it as a class or collection fixture.
/// </summary>
public sealed class DockerDaemon : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("videomesh-docker-").FullName;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Process? daemon;

    /// <summary>Path of the engine's unix socket.</summary>
    public string Socket => Path.Combine(folder, "docker.sock");

    /// <summary>Lets users other than root ask the engine, as members of the docker group can.</summary>
    public void OpenToEveryone()
    {
        const UnixFileMode pass = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(folder, pass);
        File.SetUnixFileMode(Socket, pass | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
    }

    /// <summary>Ids of all containers, running or not.</summary>
    public async Task<string[]> ContainersAsync()
    {
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, stop) =>
            {
                var socket = new System.Net.Sockets.Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), stop);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        var list = JsonNode.Parse(await client.GetStringAsync("http://docker/containers/json?all=1"));
        return [.. list!.AsArray().Select(container => container!["Id"]!.GetValue<string>())];
    }

    private string Log => Path.Combine(folder, "log");

    public async Task InitializeAsync()
    {
        if (!File.Exists("/usr/sbin/dockerd"))
        {
            using var install = Process.Start("apt-get", ["install", "--yes", "--no-install-recommends", "docker.io"]);
            await install.WaitForExitAsync();
        }

        // The parent-death signal is tied to the thread that starts the engine, so that thread stays until the engine has ended.
        new Thread(Run) { IsBackground = true, Name = "dockerd" }.Start();
        await Eventually.TrueAsync(() => ended.Task.IsCompleted || File.Exists(Socket), what: $"the Docker engine listens; its log is {Log}");
        if (ended.Task.IsCompleted)
        {
            throw new InvalidOperationException("The Docker engine did not start: " + await File.ReadAllTextAsync(Log));
        }
    }

    public async Task DisposeAsync()
    {
        using (var stop = Process.Start("kill", [$"{daemon!.Id}"]))
        {
            await stop.WaitForExitAsync();
        }

        await ended.Task;
        daemon.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private void Run()
    {
        var start = new ProcessStartInfo("setpriv")
        {
            ArgumentList =
            {
                "--pdeathsig", "TERM", "--", "dockerd",
                "--data-root", Path.Combine(folder, "data"), "--exec-root", Path.Combine(folder, "exec"),
                "--pidfile", Path.Combine(folder, "pid"), "--host", "unix://" + Socket,
                "--bridge=none", "--iptables=false", "--log-level=error",
            },
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        daemon = Process.Start(start)!;
        using (var log = new StreamWriter(Log) { AutoFlush = true })
        {
            while (daemon.StandardError.ReadLine() is { } line)
            {
                log.WriteLine(line);
            }
        }

        daemon.WaitForExit();
        ended.SetResult();
    }
}
