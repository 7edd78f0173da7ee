namespace VideoMesh.Architecture.Tests.Scripts;

public sealed class MeshScriptTests
{
    [Fact]
    public async Task Builds_once_and_then_becomes_the_program()
    {
        using var bed = ScriptBed.Complete();

        var first = await bed.RunMeshAsync("transcode", "a b.mp4", "", "two\nlines", "--out", "x");
        var second = await bed.RunMeshAsync("transcode", "a b.mp4", "", "two\nlines", "--out", "x");

        Assert.Equal($"{bed.Folder}|transcode|a b.mp4||two\nlines|--out|x|", first.Out);
        Assert.Equal(7, first.ExitCode);
        Assert.Equal((first.Out, first.ExitCode, ""), (second.Out, second.ExitCode, second.Error));
        Assert.Contains("building", first.Error, StringComparison.Ordinal);
        Assert.Equal(1, bed.Builds);
    }

    [Fact]
    public async Task Works_from_any_folder_and_through_links()
    {
        using var bed = ScriptBed.Complete();
        var link = Path.Combine(bed.Folder, "a link");
        File.CreateSymbolicLink(link, bed.Mesh);

        var result = await bed.RunAsync(link, ["status"], workingDirectory: "/usr");

        Assert.Equal("/usr|status|", result.Out);
    }

    [Fact]
    public async Task Builds_again_when_a_source_is_edited_added_or_removed_or_the_sdk_is_another()
    {
        using var bed = ScriptBed.Complete();
        await bed.RunMeshAsync("status");

        bed.Write("src/Client/Program.cs", "edited");
        await bed.RunMeshAsync("status");
        Assert.Equal(2, bed.Builds);

        bed.Write("src/Client/Another.cs", "new");
        await bed.RunMeshAsync("status");
        Assert.Equal(3, bed.Builds);

        File.Delete(Path.Combine(bed.Top, "src/Client/Another.cs"));
        await bed.RunMeshAsync("status");
        Assert.Equal(4, bed.Builds);

        bed.WithSdk("10.0.200");
        await bed.RunMeshAsync("status");
        Assert.Equal(5, bed.Builds);

        bed.Write("src/Client/obj/made.cs", "by the build");
        bed.Write("tests/One.Tests/One.cs", "not the program's");
        await bed.RunMeshAsync("status");
        Assert.Equal(5, bed.Builds);
    }

    [Fact]
    public async Task Two_at_once_build_once()
    {
        using var bed = ScriptBed.Complete();
        bed.Touch("hold");
        using var first = bed.Start(bed.Mesh, ["status"]);
        await TestKit.Eventually.TrueAsync(() => bed.Builds == 1);

        using var second = bed.Start(bed.Mesh, ["status"]);
        Assert.Equal("mesh: another ./mesh is building; waiting for it", await second.StandardError.ReadLineAsync());
        bed.Remove("hold");

        Assert.Equal($"{bed.Folder}|status|", await first.StandardOutput.ReadToEndAsync());
        Assert.Equal($"{bed.Folder}|status|", await second.StandardOutput.ReadToEndAsync());
        Assert.Equal(1, bed.Builds);
    }

    [Fact]
    public async Task A_failed_build_shows_its_log_and_is_tried_again()
    {
        using var bed = ScriptBed.Complete();
        bed.Touch("broken");

        var failed = await bed.RunMeshAsync("status");
        Assert.Equal((1, ""), (failed.ExitCode, failed.Out));
        Assert.Contains("error CS0001: broken on purpose", failed.Error, StringComparison.Ordinal);

        bed.Remove("broken");
        Assert.Equal(7, (await bed.RunMeshAsync("status")).ExitCode);
    }

    [Fact]
    public async Task A_failed_build_is_no_absence_of_failed_tests()
    {
        using var bed = ScriptBed.Complete().WithPrograms("ip", "iptables", "faketime", "chromium");
        bed.Touch("broken");

        var result = await bed.RunMeshAsync("test");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal("0 passed, 1 failed\n", result.Out);
    }

    [Fact]
    public async Task Test_builds_everything_and_ends_with_the_count()
    {
        using var bed = ScriptBed.Complete().WithPrograms("ip", "iptables", "faketime", "chromium").WithProject("One.Tests", "trx 5 5 0");

        var result = await bed.RunMeshAsync("test");

        Assert.Equal((0, "5 passed, 0 failed"), (result.ExitCode, result.LastLine));
        Assert.Contains("VideoMesh.sln", await File.ReadAllTextAsync(Path.Combine(bed.Folder, "builds")), StringComparison.Ordinal);

        // and the program needs no build of its own after it
        Assert.Equal(7, (await bed.RunMeshAsync("status")).ExitCode);
        Assert.Equal(1, bed.Builds);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("9.0.300")]
    [InlineData("10.0.100-preview.3.25201.16")]
    public async Task A_missing_or_old_sdk_is_said_with_what_to_do(string? version)
    {
        using var bed = new ScriptBed().WithPrograms("ffmpeg", "ffprobe", "bwrap");
        if (version is not null)
        {
            bed.WithSdk(version);
        }

        // an SDK of the machine itself must not help out
        var script = await File.ReadAllTextAsync(bed.Mesh);
        await File.WriteAllTextAsync(bed.Mesh, script.Replace("/dotnet/dotnet", "/nowhere/dotnet", StringComparison.Ordinal));

        var result = await bed.RunMeshAsync("transcode");

        Assert.Equal((1, ""), (result.ExitCode, result.Out));
        Assert.Contains(".NET 10 SDK", result.Error, StringComparison.Ordinal);
        Assert.Contains("--channel 10.0", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_right_to_install_it_says_exactly_what_to_run()
    {
        using var bed = new ScriptBed().WithSdk("10.0.100").WithPrograms("ffmpeg", "ffprobe", "apt-get", "apt-cache").WithProgram("id", "echo 1000");

        var result = await bed.RunMeshAsync("transcode", "a.mp4");

        Assert.Equal((1, ""), (result.ExitCode, result.Out));
        Assert.Contains("run:  sudo apt-get update && sudo apt-get install -y --no-install-recommends bubblewrap", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, bed.Builds);
    }

    [Fact]
    public async Task Root_installs_what_is_missing_without_asking_and_says_so()
    {
        using var bed = new ScriptBed().WithSdk("10.0.100").WithProgram("id", "echo 0");
        bed.WithProgram("apt-cache", "echo '  Candidate: 1.0'")
            .WithProgram("apt-get", $"""
                echo "$DEBIAN_FRONTEND: $*" >>'{bed.Folder}/apt'
                for name in ffmpeg ffprobe bwrap; do printf '#!/bin/bash\n' >'{bed.Bin}'/$name; chmod +x '{bed.Bin}'/$name; done
                """);

        var first = await bed.RunMeshAsync("transcode");
        await bed.RunMeshAsync("transcode");

        Assert.Equal((7, $"{bed.Folder}|transcode|"), (first.ExitCode, first.Out));
        Assert.Contains("mesh: installing ffmpeg bubblewrap", first.Error, StringComparison.Ordinal);
        // candidates are known, so the lists are not fetched; and once is enough
        var call = Assert.Single(await File.ReadAllLinesAsync(Path.Combine(bed.Folder, "apt")));
        Assert.StartsWith("noninteractive: ", call, StringComparison.Ordinal);
        Assert.EndsWith("install -y --no-install-recommends ffmpeg bubblewrap", call, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Package_lists_are_fetched_only_when_they_lack_something()
    {
        using var bed = new ScriptBed().WithSdk("10.0.100").WithPrograms("ffmpeg", "ffprobe").WithProgram("id", "echo 0").WithProgram("apt-cache", "echo '  Candidate: (none)'");
        bed.WithProgram("apt-get", $"""
            echo "$*" >>'{bed.Folder}/apt'
            case "$*" in *install*) printf '#!/bin/bash\n' >'{bed.Bin}/bwrap'; chmod +x '{bed.Bin}/bwrap' ;; esac
            """);

        Assert.Equal(7, (await bed.RunMeshAsync("transcode")).ExitCode);

        var calls = await File.ReadAllLinesAsync(Path.Combine(bed.Folder, "apt"));
        Assert.Equal(2, calls.Length);
        Assert.EndsWith(" update", calls[0], StringComparison.Ordinal);
        Assert.EndsWith(" bubblewrap", calls[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("doctor")]
    [InlineData("--help")]
    [InlineData("--version")]
    public async Task What_must_answer_on_a_bare_machine_installs_nothing(string verb)
    {
        using var bed = new ScriptBed().WithSdk("10.0.100").WithProgram("id", "echo 1000");

        Assert.Equal($"{bed.Folder}|{verb}|", (await bed.RunMeshAsync(verb)).Out);
    }

    [Fact]
    public async Task Quiet_is_quiet()
    {
        using var bed = ScriptBed.Complete();

        Assert.Equal("", (await bed.RunMeshAsync("status", "--quiet")).Error);
    }
}
