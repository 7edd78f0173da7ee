using System.Globalization;

namespace VideoMesh.Architecture.Tests.Scripts;

public sealed class RunTestsScriptTests
{
    [Fact]
    public async Task Counts_are_summed_and_stand_alone_on_the_last_line()
    {
        using var bed = ScriptBed.Complete().WithProject("One.Tests", "trx 5 5 0; echo '  Passed A [3 ms]'").WithProject("Two.Tests", "trx 7 7 0; printf 'no newline at the end'");

        var result = await bed.RunTestsAsync();

        Assert.Equal((0, "12 passed, 0 failed"), (result.ExitCode, result.LastLine));
        Assert.EndsWith("\n12 passed, 0 failed\n", result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trx 5 3 2; exit 1", "3 passed, 2 failed")]
    [InlineData("trx 5 4 0", "4 passed, 1 failed")] // skipped
    [InlineData("trx 5 5 0; exit 134", "5 passed, 1 failed")] // crashed at the end
    [InlineData("exit 134", "0 passed, 1 failed")] // crashed at the start
    [InlineData("trx 0 0 0", "0 passed, 1 failed")] // empty
    [InlineData(":", "0 passed, 1 failed")] // left no results
    public async Task What_is_not_a_clean_pass_is_a_failure(string behaviour, string expected)
    {
        using var bed = ScriptBed.Complete().WithProject("One.Tests", behaviour);

        var result = await bed.RunTestsAsync();

        Assert.Equal((1, expected), (result.ExitCode, result.LastLine));
    }

    [Fact]
    public async Task One_bad_project_does_not_hide_behind_a_good_one()
    {
        using var bed = ScriptBed.Complete().WithProject("One.Tests", "trx 100 100 0").WithProject("Two.Tests", "exit 1").WithProject("Zero.Tests", "trx 1 1 0", isBuilt: false);

        var result = await bed.RunTestsAsync();

        Assert.Equal((1, "100 passed, 2 failed"), (result.ExitCode, result.LastLine));
    }

    [Fact]
    public async Task A_filter_may_leave_projects_out_but_not_all_of_them()
    {
        using var bed = ScriptBed.Complete()
            .WithProject("One.Tests", """if [ "$filter" = 'FullyQualifiedName~Alpha|FullyQualifiedName~Beta' ]; then trx 2 2 0; fi""")
            .WithProject("Two.Tests", "echo 'No test matches'");

        var some = await bed.RunTestsAsync("Alpha", "Beta");
        Assert.Equal((0, "2 passed, 0 failed"), (some.ExitCode, some.LastLine));

        var none = await bed.RunTestsAsync("Gamma");
        Assert.Equal((1, "0 passed, 1 failed"), (none.ExitCode, none.LastLine));
    }

    [Fact]
    public async Task A_project_that_hangs_is_killed_and_counts_as_failed()
    {
        using var bed = ScriptBed.Complete().WithProject("One.Tests", "trx 3 3 0; exec sleep 600");

        var result = await bed.RunAsync(Path.Combine(bed.Top, "tests/run-tests"), [], variable: ("MESH_TEST_PROJECT_MINUTES", "0.01"));

        Assert.Equal((1, "3 passed, 1 failed"), (result.ExitCode, result.LastLine));
    }

    [Fact]
    public async Task A_process_that_a_test_left_behind_cannot_hold_up_the_run()
    {
        using var bed = ScriptBed.Complete();
        bed.WithProject("One.Tests", $"trx 1 1 0; sleep 600 & echo $! >'{bed.Folder}/orphan'");

        try
        {
            var result = await bed.RunTestsAsync();
            Assert.Equal((0, "1 passed, 0 failed"), (result.ExitCode, result.LastLine));
        }
        finally
        {
            var orphan = int.Parse(await File.ReadAllTextAsync(Path.Combine(bed.Folder, "orphan")), CultureInfo.InvariantCulture);
            using var process = System.Diagnostics.Process.GetProcessById(orphan);
            process.Kill();
        }
    }

    [Fact]
    public async Task Failures_are_shown_as_they_come_and_quick_passes_only_counted()
    {
        using var bed = ScriptBed.Complete().WithProject(
            "One.Tests",
            """
            trx 4 3 1
            echo '  Passed Quick_one [< 1 ms]'
            echo '  Passed Quick_two [12 ms]'
            echo '  Failed Wrong [5 ms]'
            echo '  Error Message:'
            echo '   Expected 1'
            echo '  Passed Slow [3 s]'
            exit 1
            """);

        var result = await bed.RunTestsAsync();

        Assert.Contains("  … 2 passed\n  Failed Wrong [5 ms]\n  Error Message:\n   Expected 1\n  Passed Slow [3 s]\n", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Quick_", result.Out, StringComparison.Ordinal);
        Assert.Contains("One.Tests: 3 passed, 1 failed", result.Out, StringComparison.Ordinal);
    }
}
