using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Tests.Sandbox;

/// <summary>Without a sandbox there are no walls, but limits and order still hold.</summary>
public sealed class PlainTests : IAsyncLifetime
{
    private readonly Sleeper sleeper = new();

    private Probe Probe { get; set; } = null!;

    public async Task InitializeAsync() => Probe = await Probe.CreateAsync(SandboxKind.None);

    public async Task DisposeAsync() => await Probe.DisposeAsync();

    [Fact]
    public async Task Wall_clock_time_ends_the_process_group()
    {
        var result = await RunAsync(new SandboxLimits { WallTime = TimeSpan.FromSeconds(1) }, $"{sleeper.Command} & {sleeper.Command}");
        Assert.Equal(SandboxLimit.WallTime, result.LimitHit);
        Assert.False(sleeper.Lives());
    }

    [Fact]
    public async Task CPU_time_file_size_and_memory_end_the_program()
    {
        Assert.Equal(SandboxLimit.CpuTime, (await RunAsync(new SandboxLimits { CpuTime = TimeSpan.FromSeconds(1) }, "while :; do :; done")).LimitHit);
        Assert.Equal(SandboxLimit.FileSize, (await RunAsync(new SandboxLimits { FileBytes = 1 << 20 }, "exec head -c 2M /dev/zero > file")).LimitHit);
        Assert.Equal(SandboxLimit.Memory, (await RunAsync(new SandboxLimits { MemoryBytes = 256 << 20 }, "dd if=/dev/zero of=/dev/null bs=400M count=1")).LimitHit);
    }

    [Fact]
    public async Task Inputs_appear_under_our_names_and_exit_codes_are_the_programs_own()
    {
        var odd = Probe.Folder.Write("-odd 'name'\n%d:", "text");
        await using var session = await Probe.OpenAsync(null, new ReadOnlyFile("a.txt", odd));
        Assert.EndsWith("/a.txt", session.InputPath("a.txt"), StringComparison.Ordinal);
        Assert.Equal("text", await Probe.AskAsync(session, $"cat '{session.InputPath("a.txt")}'"));
        Assert.Equal(42, (await session.RunAsync(Probe.Shell("exit 42"), default)).ExitCode);
    }

    [Fact]
    public async Task Cancelling_kills_the_process_group_before_the_task_ends()
    {
        await using var session = await Probe.OpenAsync();
        using var cancel = new CancellationTokenSource();
        var running = session.RunAsync(Probe.Shell($"{sleeper.Command} & {sleeper.Command}"), cancel.Token);
        await TestKit.Eventually.TrueAsync(sleeper.Lives);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await TestKit.Eventually.TrueAsync(() => !sleeper.Lives());
    }

    private async Task<SandboxResult> RunAsync(SandboxLimits limits, string text)
    {
        await using var session = await Probe.OpenAsync(limits);
        return await session.RunAsync(Probe.Shell(text), default);
    }
}
