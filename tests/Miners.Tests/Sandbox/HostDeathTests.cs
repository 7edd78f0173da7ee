using VideoMesh.Miners.Sandbox;
using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Sandbox;

/// <summary>What a sandbox runs dies with the process that hosts it, even if that is killed with SIGKILL.</summary>
[Collection(DockerIsolationTests.Name)]
public sealed class HostDeathTests(DockerDaemon engine)
{
    private const uint SomeUser = 23_456;

    [Theory]
    [InlineData("bubblewrap", false)]
    [InlineData("bubblewrap", true)]
    [InlineData("docker", false)]
    [InlineData("none", true)]
    public async Task Everything_dies_with_the_host_and_the_next_sandbox_removes_its_folders(string kind, bool ordinaryUser)
    {
        using var folder = new TempFolder();
        var sleeper = new Sleeper();

        // Without a sandbox only the program itself is tied to the host.
        var work = kind is "none" ? $"exec {sleeper.Command}" : $"setsid {sleeper.Command} & {sleeper.Command}";
        using var host = HostProcess.Start(
            folder, kind, engine.Socket, folder.Write("input", ""), work, ordinaryUser ? SomeUser : null);
        await Eventually.TrueAsync(sleeper.Lives);
        var orphan = Path.GetFileName(Assert.Single(Directory.GetDirectories(folder.At("scratch/sandboxes"))));
        host.Kill();
        await Eventually.TrueAsync(() => !sleeper.Lives());
        await Eventually.TrueAsync(async () => (await engine.ContainersAsync()).Length == 0);

        if (!ordinaryUser)
        {
            var options = Probe.Options(folder, Enum.Parse<SandboxKind>(kind, ignoreCase: true), engine.Socket);
            await (await Sandboxes.CreateAsync(options, default)).DisposeAsync();
            Assert.Empty(Directory.GetFileSystemEntries(folder.At("scratch/sandboxes")));
            Assert.Empty(Directory.EnumerateDirectories(
                "/sys/fs/cgroup", $"videomesh-{orphan}-*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }));
        }
    }

    [Fact]
    public async Task No_container_is_left_behind_after_ordinary_work()
    {
        var probe = await Probe.CreateAsync(SandboxKind.Docker, engine.Socket);
        await using (var session = await probe.OpenAsync())
        {
            Assert.Single(await engine.ContainersAsync());
            await Probe.AskAsync(session, "true");
            await Probe.AskAsync(session, "true");
            Assert.Single(await engine.ContainersAsync());
        }

        Assert.Empty(await engine.ContainersAsync());
        await probe.DisposeAsync();
    }

    [Fact]
    public async Task A_command_outlives_the_thread_that_asked_for_it()
    {
        var probe = await Probe.CreateAsync(SandboxKind.Bubblewrap);
        await using (var session = await probe.OpenAsync())
        {
            Task<string>? asked = null;
            var thread = new Thread(() => asked = Probe.AskAsync(session, "sleep 1; echo alive"));
            thread.Start();
            thread.Join();
            Assert.Equal("alive\n", await asked!);
        }

        await probe.DisposeAsync();
    }
}
