using System.CommandLine;
using VideoMesh.Client.Commands;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Client.Tests.Commands;

public sealed class CommandLineTests : IDisposable
{
    private readonly TestCli _cli = new();

    public void Dispose() => _cli.Dispose();

    private static Task<ExitCode> Done(CommandRun run) => Task.FromResult(ExitCode.Done);

    [Fact]
    public async Task A_verb_that_succeeds_ends_with_0_and_prints_only_its_result()
    {
        var code = await _cli.RunWorkAsync(run =>
        {
            run.Print("result");
            run.Note("on the way");
            return Task.FromResult(ExitCode.Done);
        });

        Assert.Equal(0, code);
        Assert.Equal("result\n", _cli.Out);
        Assert.Equal("on the way\n", _cli.Error);
    }

    [Theory]
    [InlineData(ExitCode.InputRefused, 3)]
    [InlineData(ExitCode.NoNetworkOrMiner, 4)]
    [InlineData(ExitCode.JobFailed, 5)]
    [InlineData(ExitCode.RefusedByLedgerOrWallet, 6)]
    public async Task A_failure_ends_with_its_code_and_says_why_in_one_sentence_on_stderr(ExitCode exitCode, int expected)
    {
        var code = await _cli.RunWorkAsync(_ => throw new CommandFailure(exitCode, "some-reason", "it went wrong; try again."));

        Assert.Equal(expected, code);
        Assert.Equal("", _cli.Out);
        Assert.Equal("videomesh: it went wrong; try again.\n", _cli.Error);
    }

    [Fact]
    public async Task With_json_a_failure_is_one_object_with_status_reason_and_what_the_verb_adds()
    {
        await _cli.RunWorkAsync(
            _ => throw new CommandFailure(ExitCode.JobFailed, "no-space", "the disk is full.") { Result = new { Job = "j1", Status = "hidden", Hls = (string?)null } },
            "--json");

        Assert.Equal("failed", _cli.Json.GetProperty("status").GetString());
        Assert.Equal("no-space", _cli.Json.GetProperty("reason").GetString());
        Assert.Equal("the disk is full.", _cli.Json.GetProperty("message").GetString());
        Assert.Equal("j1", _cli.Json.GetProperty("job").GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, _cli.Json.GetProperty("hls").ValueKind);
        Assert.Equal("videomesh: the disk is full.\n", _cli.Error);
    }

    [Fact]
    public async Task With_json_a_verb_that_fails_after_printing_its_object_does_not_print_a_second_one()
    {
        var code = await _cli.RunWorkAsync(
            run =>
            {
                run.PrintJson(new { Status = "completed" });
                throw new IOException("pipe");
            },
            "--json");

        Assert.Equal(5, code);
        Assert.Equal("completed", _cli.Json.GetProperty("status").GetString());
    }

    [Fact]
    public async Task With_json_plain_lines_stay_off_stdout()
    {
        await _cli.RunWorkAsync(
            run =>
            {
                run.Print("for people");
                run.PrintJson(new { Status = "completed" });
                return Task.FromResult(ExitCode.Done);
            },
            "--json");

        Assert.Equal("completed", _cli.Json.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Json_keeps_file_names_readable_and_enums_in_words()
    {
        await _cli.RunWorkAsync(
            run =>
            {
                run.PrintJson(new { Path = "/ü/it's <a>.mp4", Code = ExitCode.NoNetworkOrMiner });
                return Task.FromResult(ExitCode.Done);
            },
            "--json");

        Assert.Equal("""{"path":"/ü/it's <a>.mp4","code":"noNetworkOrMiner"}""" + "\n", _cli.Out);
    }

    [Fact]
    public async Task Quiet_silences_notes_but_not_warnings_nor_failures()
    {
        await _cli.RunWorkAsync(
            run =>
            {
                run.Note("chatter");
                run.Warn("mind the gap.");
                throw new CommandFailure(ExitCode.JobFailed, "x", "it broke.");
            },
            "--quiet");

        Assert.Equal("videomesh: warning: mind the gap.\nvideomesh: it broke.\n", _cli.Error);
    }

    [Fact]
    public async Task Cancelling_ends_with_130_and_a_cancelled_object()
    {
        _cli.Cancel();
        var code = await _cli.RunWorkAsync(
            run =>
            {
                run.Cancellation.ThrowIfCancellationRequested();
                return Task.FromResult(ExitCode.Done);
            },
            "--json");

        Assert.Equal(130, code);
        Assert.Equal("cancelled", _cli.Json.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_timeout_inside_a_verb_is_not_taken_for_the_user_s_cancelling()
    {
        var code = await _cli.RunWorkAsync(_ => throw new OperationCanceledException("the peer was slow"));

        Assert.Equal(5, code);
    }

    [Fact]
    public async Task An_unexpected_exception_is_a_sentence_without_a_stack_trace()
    {
        var code = await _cli.RunWorkAsync(_ => throw new InvalidOperationException("surprise\nin two lines"));

        Assert.Equal(5, code);
        Assert.Single(_cli.Error.TrimEnd('\n').Split('\n'));
        Assert.Contains("surprise in two lines", _cli.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", _cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_stack_trace_is_there_for_who_asks_for_it()
    {
        using var cli = new TestCli(("VIDEOMESH_DEBUG", "1"));
        await cli.RunWorkAsync(_ => throw new InvalidOperationException("surprise"));

        Assert.Contains("   at ", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_sandbox_speaks_for_itself()
    {
        var code = await _cli.RunWorkAsync(_ => throw new SandboxException("bubblewrap is missing: apt-get install bubblewrap."));

        Assert.Equal(5, code);
        Assert.Equal("videomesh: bubblewrap is missing: apt-get install bubblewrap.\n", _cli.Error);
    }

    [Fact]
    public async Task A_network_that_does_not_answer_is_4()
    {
        Assert.Equal(4, await _cli.RunWorkAsync(_ => throw new HttpRequestException("refused")));
    }

    [Theory]
    [InlineData("--cuont 3", "work has no option --cuont; did you mean --count? See 'videomesh work --help'.")]
    [InlineData("--frobnicate", "work has no option --frobnicate (a file of that name is written ./--frobnicate). See 'videomesh work --help'.")]
    [InlineData("-x", "work has no option -x (a file of that name is written ./-x). See 'videomesh work --help'.")]
    [InlineData("a.mp4 --frobnicate", "work has no option --frobnicate (a file of that name is written ./--frobnicate). See 'videomesh work --help'.")]
    [InlineData("a.mp4 b.mp4", "work does not take 'b.mp4'. See 'videomesh work --help'.")]
    [InlineData("--count three", "'three' is not a whole number, as --count needs. See 'videomesh work --help'.")]
    [InlineData("--count", "--count needs a value. See 'videomesh work --help'.")]
    public async Task A_wrong_command_line_is_2_and_says_where_to_look(string arguments, string sentence)
    {
        var code = await _cli.RunWorkAsync(Done, arguments.Split(' '));

        Assert.Equal(2, code);
        Assert.Equal("", _cli.Out);
        Assert.Equal($"videomesh: {sentence}\n", _cli.Error);
    }

    [Theory]
    [InlineData("wrok", "there is no command 'wrok'; did you mean work? See 'videomesh --help'.")]
    [InlineData("juggle", "there is no command 'juggle'. See 'videomesh --help'.")]
    [InlineData("--frob", "videomesh has no option --frob. See 'videomesh --help'.")]
    public async Task An_unknown_verb_is_2_with_a_hint(string argument, string sentence)
    {
        var code = await _cli.RunWithAsync([new Command("work", "Works.").Runs(_cli.Context, Done)], argument);

        Assert.Equal(2, code);
        Assert.Equal($"videomesh: {sentence}\n", _cli.Error);
    }

    [Fact]
    public async Task A_wrong_command_line_with_json_is_one_object_too()
    {
        var code = await _cli.RunWorkAsync(Done, "--json", "--frobnicate");

        Assert.Equal(2, code);
        Assert.Equal("failed", _cli.Json.GetProperty("status").GetString());
        Assert.Equal("unknown-option", _cli.Json.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task No_verb_at_all_shows_the_help_on_stderr_and_is_2()
    {
        var code = await _cli.RunAsync();

        Assert.Equal(2, code);
        Assert.Equal("", _cli.Out);
        Assert.Contains("Usage:", _cli.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("@list.mp4")]
    [InlineData("a b.mp4")]
    [InlineData("it's \"quoted\".mp4")]
    [InlineData("two\nlines.mp4")]
    public async Task A_file_may_have_any_name(string name)
    {
        string? seen = null;
        await RunOnFileAsync(file => seen = file, name);

        Assert.Equal(name, seen);
    }

    [Fact]
    public async Task A_file_may_begin_with_a_dash_if_it_exists_or_follows_two_dashes()
    {
        var path = Path.Combine(Path.GetTempPath(), $"-{Path.GetRandomFileName()}.mp4");
        await File.WriteAllTextAsync(path, "");
        try
        {
            string? seen = null;
            await RunOnFileAsync(file => seen = file, Path.GetFileName(path));
            Assert.Equal(Path.GetFileName(path), seen);

            await RunOnFileAsync(file => seen = file, "--", "--nowhere.mp4");
            Assert.Equal("--nowhere.mp4", seen);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private async Task RunOnFileAsync(Action<string?> see, params string[] arguments)
    {
        var file = new Argument<string>("FILE");
        var verb = new Command("look", "Looks.") { file }.Runs(_cli.Context, run =>
        {
            see(run.Value(file));
            return Task.FromResult(ExitCode.Done);
        });
        Assert.Equal(0, await _cli.RunWithAsync([verb], ["look", .. arguments]));
    }

    [Fact]
    public async Task Relative_paths_start_at_the_working_directory()
    {
        string? path = null;
        await _cli.RunWorkAsync(run =>
        {
            path = run.FullPath("sub/a.mp4");
            return Task.FromResult(ExitCode.Done);
        });

        Assert.Equal(Path.Combine(Path.GetTempPath(), "sub/a.mp4"), path);
    }

    [Fact]
    public async Task Help_shows_the_verb_s_examples_and_the_root_s_exit_codes()
    {
        Assert.Equal(0, await _cli.RunWorkAsync(Done, "--help"));
        Assert.Contains("Examples:\n  # the usual\n  videomesh work a.mp4\n", _cli.Out, StringComparison.Ordinal);

        Assert.Equal(0, await _cli.RunAsync("--help"));
        Assert.Contains("130 cancelled", _cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_verb_and_option_of_the_program_explains_itself()
    {
        var root = Verbs.Create(_cli.Context);
        await CommandLine.RunAsync(["--version"], _cli.Context, root);

        var mute = Walk(root)
            .SelectMany(command => command.Options.Cast<Symbol>().Concat(command.Arguments).Append(command))
            .Where(symbol => !symbol.Hidden && string.IsNullOrWhiteSpace(symbol.Description))
            .Select(symbol => symbol.Name);
        Assert.Empty(mute);

        var withoutExamples = Walk(root).Where(command => command.Subcommands.Count == 0 && !command.Hidden && command.GetExamples().Count == 0).Select(command => command.Name);
        Assert.Empty(withoutExamples);
    }

    [Fact]
    public async Task Version_names_the_program()
    {
        Assert.Equal(0, await _cli.RunAsync("--version"));
        Assert.Matches(@"^videomesh \d+\.\d+\.\d+\n$", _cli.Out);
    }

    private static IEnumerable<Command> Walk(Command command) => command.Subcommands.SelectMany(Walk).Prepend(command);
}
