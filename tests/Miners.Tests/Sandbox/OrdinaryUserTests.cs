using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Sandbox;

/// <summary>The same walls for a user without privileges.</summary>
[Collection(DockerIsolationTests.Name)]
public sealed class OrdinaryUserTests(DockerDaemon engine)
{
    private const uint SomeUser = 34_567;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public async Task An_ordinary_user_reads_private_inputs_writes_results_and_meets_the_same_walls()
    {
        var said = await RunAsync(
            "cat /in/input.bin; echo result > out.txt; echo uid $(id -u); grep -E '^Cap(Eff|Prm|Bnd)' /proc/self/status; "
            + "touch /x /usr/x /in/x 2>&1; [ -e /home ] && echo home; unshare --user true && echo nested; (exec 3<>/dev/tcp/127.0.0.1/1)");
        Assert.Contains("the input", said, StringComparison.Ordinal);
        Assert.Contains("left out.txt: result", said, StringComparison.Ordinal);
        Assert.Contains("uid 1000", said, StringComparison.Ordinal);
        Assert.Contains("CapEff:\t0000000000000000", said, StringComparison.Ordinal);
        Assert.Contains("CapPrm:\t0000000000000000", said, StringComparison.Ordinal);
        Assert.Contains("CapBnd:\t0000000000000000", said, StringComparison.Ordinal);
        Assert.Equal(3, said.Split("Read-only file system").Length - 1);
        Assert.DoesNotContain("home\n", said, StringComparison.Ordinal);
        Assert.DoesNotContain("nested", said, StringComparison.Ordinal);
        Assert.Contains("Connection refused", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exec sh -c 'for i in $(seq 60); do sleep 5 & done'", "Cannot fork")]
    [InlineData("dd if=/dev/zero of=/dev/null bs=700M count=1", "limit Memory")]
    public async Task An_ordinary_users_limits_hold(string text, string expected) =>
        Assert.Contains(expected, await RunAsync(text), StringComparison.Ordinal);

    [Fact]
    public async Task An_ordinary_user_is_told_which_limits_hold() =>
        Assert.Contains("Memory = EachProcess, Pids = WholeTree, Cpus = Nowhere, CpuTime = WholeTree, FileBytes = EachProcess", await RunAsync("true"), StringComparison.Ordinal);

    [Fact]
    public async Task With_Docker_an_ordinary_user_reads_private_inputs_and_owns_the_results()
    {
        engine.OpenToEveryone();
        var said = await RunAsync("cat /in/input.bin; echo result > out.txt; id -u; grep CapEff /proc/self/status", "docker");
        Assert.Contains("the input", said, StringComparison.Ordinal);
        Assert.Contains("left out.txt: result", said, StringComparison.Ordinal);
        Assert.Contains($"{SomeUser}\nCapEff:\t0000000000000000", said, StringComparison.Ordinal);
    }

    private async Task<string> RunAsync(string text, string kind = "bubblewrap")
    {
        using var folder = new TempFolder();
        using var host = HostProcess.Start(folder, kind, engine.Socket, folder.Write("input", "the input", Private), text, SomeUser);
        var said = await host.ToEndAsync();
        Assert.Empty(Directory.GetFileSystemEntries(folder.At("scratch/sandboxes")));
        return said;
    }
}
