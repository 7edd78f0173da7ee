using System.Text.Json;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Commands;
using VideoMesh.Client.Commands.Doctor;
using VideoMesh.Miners.Sandbox;

using VideoMesh.Client.Node;

namespace VideoMesh.Client.Tests.Commands;

public sealed class DoctorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("doctor-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private TestCli Cli(string? path = null) =>
        new(("PATH", path ?? Environment.GetEnvironmentVariable("PATH")!), ("HOME", _folder), ("XDG_STATE_HOME", Path.Combine(_folder, "state")));

    [Fact]
    public async Task A_machine_that_can_run_the_tests_has_everything_needed()
    {
        using var cli = Cli();
        var code = await cli.RunAsync("doctor", "--json");

        Assert.True(code == 0, cli.Out);
        Assert.Equal("completed", cli.Json.GetProperty("status").GetString());
        Assert.Contains(cli.Json.GetProperty("sandbox").GetString(), new[] { "bubblewrap", "docker" });
        var names = cli.Json.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("name").GetString()).ToList();
        string[] expected =
            ["dotnet", "ffmpeg", "ffprobe", "encoders", "limits", "bubblewrap", "docker", "libsecp256k1", "state folder", "scratch folder", "sample footage", "clock"];
        Assert.All(expected, name => Assert.Contains(name, names));
        Assert.DoesNotContain(cli.Json.GetProperty("checks").EnumerateArray(), check => check.GetProperty("state").GetString() is "failed");
    }

    [Fact]
    public async Task A_bare_machine_is_told_the_commands_that_mend_it()
    {
        using var cli = Cli(path: _folder);
        var code = await cli.RunAsync("doctor", "--json");

        Assert.Equal((int)ExitCode.JobFailed, code);
        Assert.Equal(("failed", "needs-mending"), (cli.Json.GetProperty("status").GetString(), cli.Json.GetProperty("reason").GetString()));
        var failed = cli.Json.GetProperty("checks").EnumerateArray().Where(check => check.GetProperty("state").GetString() is "failed").ToList();
        Assert.Equal(["ffmpeg", "ffprobe"], failed.Select(check => check.GetProperty("name").GetString()));
        Assert.All(failed, check => Assert.EndsWith("apt-get install -y ffmpeg", check.GetProperty("fix").GetString(), StringComparison.Ordinal));
        Assert.Equal("videomesh: 2 things need mending: ffmpeg, ffprobe; run the commands named with them.\n", cli.Error);
    }

    [Fact]
    public async Task People_see_marks_and_commands()
    {
        using var cli = Cli();
        var missing = Path.Combine(_folder, "no-ffmpeg");
        await cli.RunAsync("doctor", "--ffmpeg", missing);

        Assert.Contains($"✗ ffmpeg          {missing} does not exist\n  mend it with    ls -l '{missing}'", cli.Out, StringComparison.Ordinal);
        Assert.Contains("✓ libsecp256k1", cli.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Encoders_are_read_from_the_column_of_names_only()
    {
        const string Legend = "Encoders:\n V..... = Video\n ------\n";
        var all = Legend + string.Concat(MediaChecks.NeededEncoders.Select(name => $" V....D {name,-20} some words\n"));
        Assert.Empty(MediaChecks.MissingEncoders(all));

        var without = all.Replace(" V....D libx265 ", " V....D other ", StringComparison.Ordinal) + " A....D x  not libx265 at all (codec hevc)\n";
        Assert.Equal(["libx265"], MediaChecks.MissingEncoders(without));
        Assert.Equal(MediaChecks.NeededEncoders, MediaChecks.MissingEncoders(""));
    }

    [Theory]
    [InlineData("kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1")]
    [InlineData("user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=15000")]
    [InlineData("kernel/apparmor_restrict_unprivileged_userns", "1", "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")]
    public void Forbidden_namespaces_are_mended_by_the_switch_that_forbids_them(string file, string value, string expected)
    {
        var path = Path.Combine(_folder, "proc/sys", file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, value + "\n");
        MakeProgram("bwrap");

        Assert.Equal(expected, Checks(isRoot: true).BubblewrapFix());
        Assert.Equal($"sudo {expected}", Checks(isRoot: false).BubblewrapFix());
    }

    [Fact]
    public void A_missing_bubblewrap_is_installed()
    {
        Assert.Equal("sudo apt-get install -y bubblewrap", Checks(isRoot: false).BubblewrapFix());
    }

    [Fact]
    public void An_engine_is_installed_started_or_joined_as_the_machine_needs()
    {
        Assert.Equal("sudo apt-get install -y docker.io", Checks(isRoot: false).DockerFix());

        MakeProgram("dockerd");
        Assert.Equal("dockerd", Checks(isRoot: true).DockerFix());

        Directory.CreateDirectory(Path.Combine(_folder, "run/systemd/system"));
        Assert.Equal("systemctl start docker", Checks(isRoot: true).DockerFix());

        Directory.CreateDirectory(Path.Combine(_folder, "var/run"));
        File.WriteAllText(Path.Combine(_folder, "var/run/docker.sock"), "");
        Assert.StartsWith("sudo usermod -aG docker", Checks(isRoot: false).DockerFix(), StringComparison.Ordinal);
        Assert.Equal("systemctl start docker", Checks(isRoot: true).DockerFix());
    }

    [Fact]
    public void A_folder_that_cannot_be_written_fails_with_its_command()
    {
        // nobody, root included, makes files there
        var finding = MachineChecks.Folder("state folder", "/proc/videomesh/state", "XDG_STATE_HOME", _ => long.MaxValue);

        Assert.Equal(FindingState.Failed, finding.State);
        Assert.StartsWith("mkdir -p '/proc/videomesh/state'", finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_fails_and_a_folder_yet_to_be_made_does_not()
    {
        var folder = Path.Combine(_folder, "not", "yet");
        Assert.Equal(FindingState.Failed, MachineChecks.Folder("scratch folder", folder, "TMPDIR", _ => 5 << 20).State);

        var finding = MachineChecks.Folder("scratch folder", folder, "TMPDIR", _ => 5L << 30);
        Assert.Equal((FindingState.Ok, $"{folder}, 5 GiB free"), (finding.State, finding.Detail));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void A_clock_before_our_own_build_cannot_be_right()
    {
        var built = new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

        Assert.Equal(FindingState.Failed, MachineChecks.Clock(HostWith(isRoot: true), DateTimeOffset.UnixEpoch, built).State);
        Assert.Equal(FindingState.Ok, MachineChecks.Clock(HostWith(isRoot: true), built, built).State);
    }

    [Fact]
    public void Missing_keys_and_old_runtimes_fail()
    {
        var finding = MachineChecks.Keys(HostWith(isRoot: true), () => throw new Secp256k1UnavailableException("it is missing."));

        Assert.Equal((FindingState.Failed, "it is missing.", "apt-get install -y libsecp256k1-1"), (finding.State, finding.Detail, finding.Fix));
        Assert.Equal(FindingState.Failed, MachineChecks.Runtime(new Version(9, 0, 4)).State);
    }

    [Theory]
    [InlineData("XDG_STATE_HOME", "/elsewhere", "/elsewhere/videomesh")]
    [InlineData("XDG_STATE_HOME", "relative", "/h/.local/state/videomesh")]
    [InlineData("UNRELATED", "", "/h/.local/state/videomesh")]
    public void State_lives_where_the_xdg_specification_says(string variable, string value, string expected)
    {
        var folders = new UserFolders(name => name switch
        {
            "HOME" => "/h",
            _ when string.Equals(name, variable, StringComparison.Ordinal) => value,
            _ => null,
        });
        Assert.Equal(expected, folders.State);
    }

    private Host HostWith(bool isRoot) => new(name => name is "PATH" ? Path.Combine(_folder, "bin") : null, _folder, isRoot);

    private MediaChecks Checks(bool isRoot) => new(HostWith(isRoot), new SandboxOptions());

    private void MakeProgram(string name)
    {
        var path = Path.Combine(_folder, "bin", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }
}
