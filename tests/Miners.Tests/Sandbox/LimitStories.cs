using VideoMesh.Miners.Sandbox;
using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Sandbox;

/// <summary>What no command may outlive or exceed, in every sandbox that isolates.</summary>
public abstract class LimitStories : IAsyncLifetime
{
    private const string Forever = "while :; do :; done";

    private readonly Sleeper sleeper = new();

    private Probe Probe { get; set; } = null!;

    public async Task InitializeAsync() => Probe = await CreateAsync();

    public async Task DisposeAsync() => await Probe.DisposeAsync();

    [Fact]
    public async Task A_command_that_outlasts_its_wall_clock_time_is_killed_with_all_it_forked()
    {
        var result = await RunAsync(new SandboxLimits { WallTime = TimeSpan.FromSeconds(1) }, $"setsid {sleeper.Command} & {sleeper.Command}");
        Assert.Equal(SandboxLimit.WallTime, result.LimitHit);
        Assert.Equal(137, result.ExitCode);
        Assert.False(sleeper.Lives());
    }

    [Fact]
    public async Task A_command_may_be_given_less_wall_clock_time_than_its_session_but_not_more()
    {
        await using var session = await Probe.OpenAsync(new SandboxLimits { WallTime = TimeSpan.FromSeconds(1) });
        var shorter = await session.RunAsync(Probe.Shell($"{sleeper.Command}") with { WallTime = TimeSpan.FromMilliseconds(100) }, default);
        var longer = await session.RunAsync(Probe.Shell($"{sleeper.Command}") with { WallTime = TimeSpan.FromDays(1) }, default);
        Assert.Equal(SandboxLimit.WallTime, shorter.LimitHit);
        Assert.Equal(SandboxLimit.WallTime, longer.LimitHit);
    }

    [Fact]
    public async Task A_command_that_uses_up_its_CPU_time_is_killed()
    {
        var result = await RunAsync(new SandboxLimits { CpuTime = TimeSpan.FromSeconds(1) }, Forever);
        Assert.Equal(SandboxLimit.CpuTime, result.LimitHit);
        Assert.NotEqual(0, result.ExitCode);
    }

    [Fact]
    public async Task Forked_processes_share_one_CPU_time()
    {
        var result = await RunAsync(
            new SandboxLimits { CpuTime = TimeSpan.FromSeconds(2), Cpus = 2 }, $"for i in 1 2 3 4; do ({Forever}) & done; wait");
        Assert.Equal(SandboxLimit.CpuTime, result.LimitHit);
    }

    [Fact]
    public async Task Memory_ends_at_its_limit_and_the_limit_is_named()
    {
        await using var session = await Probe.OpenAsync(new SandboxLimits { MemoryBytes = 256 << 20 });
        var within = await session.RunAsync(Probe.Shell("dd if=/dev/zero of=/dev/null bs=100M count=1"), default);
        var beyond = await session.RunAsync(Probe.Shell("dd if=/dev/zero of=/dev/null bs=400M count=1"), default);
        Assert.Equal(0, within.ExitCode);
        Assert.NotEqual(0, beyond.ExitCode);
        Assert.Equal(SandboxLimit.Memory, beyond.LimitHit);
    }

    [Fact]
    public async Task A_fork_bomb_stays_within_its_number_of_processes()
    {
        await using var session = await Probe.OpenAsync(new SandboxLimits { Pids = 20 });
        Assert.Contains("Cannot fork", await Probe.AskAsync(session, $"exec sh -c 'for i in $(seq 60); do {sleeper.Command} & done'"), StringComparison.Ordinal);
        Assert.False(sleeper.Lives());
        Assert.Equal(LimitReach.WholeTree, session.Guards.Pids);
    }

    [Fact]
    public async Task A_file_cannot_grow_beyond_its_size()
    {
        await using var session = await Probe.OpenAsync(new SandboxLimits { FileBytes = 1 << 20 });
        var result = await session.RunAsync(Probe.Shell("exec head -c 2M /dev/zero > file"), default);
        Assert.Equal(SandboxLimit.FileSize, result.LimitHit);
        Assert.Equal(1 << 20, new FileInfo(Path.Combine(session.WorkFolder, "file")).Length);
    }

    [Fact]
    public async Task Cancelling_kills_the_whole_tree_before_the_task_ends_and_the_session_goes_on()
    {
        await using var session = await Probe.OpenAsync();
        using var cancel = new CancellationTokenSource();
        var running = session.RunAsync(
            Probe.Shell($"setsid {sleeper.Command} & ({sleeper.Command} & {sleeper.Command}) & echo ready; {sleeper.Command}") with { ReadOutput = CancelAtFirstLineAsync }, cancel.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.False(sleeper.Lives());
        Assert.Equal("on\n", await Probe.AskAsync(session, "echo on"));

        async Task CancelAtFirstLineAsync(Stream stream, CancellationToken stop)
        {
            using var reader = new StreamReader(stream);
            Assert.Equal("ready", await reader.ReadLineAsync(stop));
            await Eventually.TrueAsync(sleeper.Lives);
            await cancel.CancelAsync();
        }
    }

    [Fact]
    public async Task What_a_command_leaves_running_ends_with_it()
    {
        await using var session = await Probe.OpenAsync();
        var quiet = await session.RunAsync(Probe.Shell($"setsid {sleeper.Command} <&- >&- 2>&- & exit 3"), default);
        Assert.Equal(3, quiet.ExitCode);
        Assert.False(sleeper.Lives());
        var holdingOutput = await session.RunAsync(Probe.Shell($"setsid {sleeper.Command} & exit 4"), default);
        Assert.Equal(4, holdingOutput.ExitCode);
        Assert.False(sleeper.Lives());
    }

    [Fact]
    public async Task Disposing_a_session_kills_what_still_runs()
    {
        var session = await Probe.OpenAsync();
        var running = session.RunAsync(Probe.Shell($"{sleeper.Command}"), default);
        await Eventually.TrueAsync(sleeper.Lives);
        await session.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.False(sleeper.Lives());
        Assert.False(Directory.Exists(session.WorkFolder));
    }

    [Fact]
    public async Task A_reader_that_fails_ends_the_command_and_its_failure_is_what_the_caller_sees()
    {
        await using var session = await Probe.OpenAsync();
        await Assert.ThrowsAsync<InvalidDataException>(() => session.RunAsync(
            Probe.Shell($"echo line; {sleeper.Command}") with { ReadOutput = (_, _) => throw new InvalidDataException() }, default));
        Assert.False(sleeper.Lives());
    }

    [Fact]
    public async Task Output_waits_for_its_reader_and_none_of_it_is_lost()
    {
        await using var session = await Probe.OpenAsync();
        var bytes = 0L;
        var result = await session.RunAsync(
            Probe.Shell("head -c 8M /dev/zero; touch written") with
            {
                ReadOutput = async (stream, stop) =>
                {
                    Assert.Equal(1, await stream.ReadAsync(new byte[1], stop));
                    Assert.False(File.Exists(Path.Combine(session.WorkFolder, "written")));
                    bytes = 1;
                    var buffer = new byte[1 << 16];
                    for (int read; (read = await stream.ReadAsync(buffer, stop)) > 0;)
                    {
                        bytes += read;
                    }
                },
            },
            default);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(8 << 20, bytes);
    }

    [Fact]
    public async Task A_reader_slower_than_the_command_still_gets_all_of_its_output()
    {
        await using var session = await Probe.OpenAsync();
        var bytes = 0L;
        var result = await session.RunAsync(
            Probe.Shell("head -c 300k /dev/zero; touch written") with
            {
                ReadOutput = async (stream, stop) =>
                {
                    await Eventually.TrueAsync(() => File.Exists(Path.Combine(session.WorkFolder, "written")));

                    // Long enough for whoever waits for the command to notice that it has ended.
                    var ended = TimeProvider.System.GetTimestamp();
                    await Eventually.TrueAsync(() => TimeProvider.System.GetElapsedTime(ended) > TimeSpan.FromSeconds(3));
                    using var all = new MemoryStream();
                    await stream.CopyToAsync(all, stop);
                    bytes = all.Length;
                },
            },
            default);
        Assert.Equal((0, null), (result.ExitCode, result.LimitHit));
        Assert.Equal(300 << 10, bytes);
    }

    [Fact]
    public async Task Errors_are_the_last_8_KiB_and_exit_codes_are_the_programs_own()
    {
        var result = await RunAsync(new SandboxLimits(), "head -c 1M /dev/zero | tr '\\0' x >&2; echo the end >&2; exit 42");
        Assert.Equal(42, result.ExitCode);
        Assert.Null(result.LimitHit);
        Assert.Equal(8 << 10, result.Errors.Length);
        Assert.EndsWith("xthe end\n", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CPU_time_counts_the_children_too()
    {
        var idle = await RunAsync(new SandboxLimits(), "true");
        var busy = await RunAsync(new SandboxLimits(), "(head -c 100M /dev/zero | sha256sum); head -c 100M /dev/zero | sha256sum > sum");
        Assert.True(busy.CpuTime > idle.CpuTime + TimeSpan.FromSeconds(0.2), $"idle {idle.CpuTime}, busy {busy.CpuTime}");
        Assert.InRange(idle.CpuTime!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Many_sessions_run_side_by_side()
    {
        var said = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Probe.AskAsync($"echo {i} > f; cat f")));
        Assert.Equal("0\n1\n2\n3\n4\n5\n", string.Concat(said));
    }

    internal abstract Task<Probe> CreateAsync();

    private async Task<SandboxResult> RunAsync(SandboxLimits limits, string text)
    {
        await using var session = await Probe.OpenAsync(limits);
        return await session.RunAsync(Probe.Shell(text), default);
    }
}
