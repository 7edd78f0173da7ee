using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Tests.Sandbox;

/// <summary>What must hold inside every sandbox that isolates.</summary>
public abstract class IsolationStories : IAsyncLifetime
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private Probe Probe { get; set; } = null!;

    public async Task InitializeAsync() => Probe = await CreateAsync();

    public async Task DisposeAsync() => await Probe.DisposeAsync();

    [Fact]
    public async Task The_inside_cannot_connect_to_the_hosts_loopback_or_to_anything_else()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var said = await Probe.AskAsync(
            $"(exec 3<>/dev/tcp/127.0.0.1/{port}) && echo reached; (exec 3<>/dev/tcp/192.0.2.1/80) && echo reached; cat /proc/net/dev");
        Assert.DoesNotContain("reached", said, StringComparison.Ordinal);
        Assert.Contains("Connection refused", said, StringComparison.Ordinal);
        Assert.Contains("Network is unreachable", said, StringComparison.Ordinal);
        Assert.Contains("lo:", said, StringComparison.Ordinal);
        Assert.DoesNotContain("eth", said, StringComparison.Ordinal);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task The_inside_sees_no_other_file_of_the_host()
    {
        var secret = Probe.Folder.Write("secret", "the host's secret");
        var said = await Probe.AskAsync(
            $"cat '{secret}' /etc/passwd /etc/shadow /etc/hostname /proc/1/root{secret}; for f in /home /root /var /etc/shadow /etc/ssl /run; do [ -e $f ] && echo visible $f; done");
        Assert.DoesNotContain("the host's secret", said, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", said, StringComparison.Ordinal);
        Assert.DoesNotContain("visible", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_inside_neither_sees_nor_signals_other_processes()
    {
        using var bystander = Process.Start("sleep", "60");
        var said = await Probe.AskAsync($"kill -9 {bystander.Id}; kill -9 -1; echo see: $(cd /proc; echo [0-9]*)");
        Assert.False(bystander.HasExited);
        bystander.Kill();
        Assert.DoesNotContain($" {bystander.Id} ", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_inside_writes_only_to_its_work_folder()
    {
        await using var session = await Probe.OpenAsync(null, new ReadOnlyFile("a.txt", Probe.Folder.Write("a", "input")));
        var said = await Probe.AskAsync(
            session,
            $"for f in / /usr /usr/bin /etc /dev /dev/shm /in /proc/sys/kernel /tools; do touch $f/x && echo wrote $f; done; "
            + $"echo changed > {session.InputPath("a.txt")}; chmod 777 {session.InputPath("a.txt")} && echo chmodded; touch here && echo kept");
        Assert.DoesNotContain("wrote", said, StringComparison.Ordinal);
        Assert.DoesNotContain("chmodded", said, StringComparison.Ordinal);
        Assert.Contains("kept", said, StringComparison.Ordinal);
        Assert.Equal("input", File.ReadAllText(Probe.Folder.At("a")));
        Assert.Equal("here", Listing(session));
    }

    [Fact]
    public async Task The_inside_is_not_root_and_has_no_capabilities_and_cannot_gain_any()
    {
        var said = await Probe.AskAsync("id -u; grep -E '^(Cap|NoNewPrivs)' /proc/self/status; unshare --user --map-root-user true && echo nested; su -c true");
        Assert.NotEqual(0, int.Parse(said[..said.IndexOf('\n', StringComparison.Ordinal)], CultureInfo.InvariantCulture));
        Assert.DoesNotContain("nested", said, StringComparison.Ordinal);
        foreach (var set in new[] { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" })
        {
            Assert.Contains($"{set}:\t0000000000000000", said, StringComparison.Ordinal);
        }

        Assert.Contains("NoNewPrivs:\t1", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inputs_only_the_caller_may_read_and_of_any_name_can_be_read_inside()
    {
        string[] names = ["with space", "quote'\"s", "new\nline", "-leading", "comma,colon:equals=%05d", "ünïcode"];
        var inputs = names.Select((name, i) =>
            new ReadOnlyFile($"input-{i}.txt", Probe.Folder.Write(name, $"text {i}", Private))).ToArray();
        await using var session = await Probe.OpenAsync(null, inputs);
        foreach (var (input, i) in inputs.Select((input, i) => (input, i)))
        {
            Assert.Equal($"text {i}", await Probe.AskAsync(session, $"cat {session.InputPath(input.Name)}"));
        }

        Assert.All(names, name => Assert.Equal(Private, File.GetUnixFileMode(Probe.Folder.At(name))));
    }

    [Fact]
    public async Task The_environment_inside_is_clean()
    {
        Environment.SetEnvironmentVariable("VIDEOMESH_TEST_SECRET", "leaked");
        Assert.DoesNotContain("leaked", await Probe.AskAsync("env; cat /proc/1/environ"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_inside_leaves_cannot_lead_the_host_astray()
    {
        var secret = Probe.Folder.Write("secret", "s");
        await using var session = await Probe.OpenAsync();
        await Probe.AskAsync(
            session,
            $"ln -s '{secret}' link; mkfifo pipe; mkdir -p closed/in; echo x > closed/in/file; chmod 4755 closed/in/file; chmod 0 closed; echo y > plain; chmod 0 plain");
        Assert.Equal("closed closed/in closed/in/file plain", Listing(session));
        Assert.Equal("y\n", File.ReadAllText(Path.Combine(session.WorkFolder, "plain")));
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Path.Combine(session.WorkFolder, "closed/in/file")) & UnixFileMode.SetUser);
    }

    [Fact]
    public async Task Folders_nested_deeper_than_a_path_can_say_are_refused_and_removed()
    {
        var session = await Probe.OpenAsync();
        await Assert.ThrowsAsync<SandboxException>(() => Probe.AskAsync(
            session, "d=$(printf 'x%.0s' $(seq 200)); for i in $(seq 40); do mkdir $d && cd -P $d 2>/dev/null || break; done; touch bottom"));
        await session.DisposeAsync();
        Assert.False(Directory.Exists(session.WorkFolder));
    }

    [Fact]
    public async Task Files_the_caller_puts_into_the_work_folder_can_be_read_and_replaced_inside()
    {
        await using var session = await Probe.OpenAsync();
        var file = Path.Combine(session.WorkFolder, "list.txt");
        File.WriteAllText(file, "from outside");
        File.SetUnixFileMode(file, Private);
        Assert.Equal("from outside", await Probe.AskAsync(session, "cat list.txt; echo from inside > list.txt"));
        Assert.Equal("from inside\n", File.ReadAllText(file));
        File.WriteAllText(file, "again");
        Assert.Equal("again", await Probe.AskAsync(session, "cat list.txt"));
    }

    internal abstract Task<Probe> CreateAsync();

    private static string Listing(ISandboxSession session) => string.Join(
        ' ',
        Directory.GetFileSystemEntries(session.WorkFolder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(session.WorkFolder, path)).Order(StringComparer.Ordinal));
}
