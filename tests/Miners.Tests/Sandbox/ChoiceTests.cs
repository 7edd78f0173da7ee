using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using VideoMesh.Miners.Sandbox;
using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Sandbox;

/// <summary>Which sandbox is made, and what is said when none can be.</summary>
[Collection(DockerIsolationTests.Name)]
public sealed class ChoiceTests(DockerDaemon engine) : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Auto_takes_Docker_where_an_engine_answers()
    {
        await using var sandbox = await Sandboxes.CreateAsync(Probe.Options(folder, SandboxKind.Auto, engine.Socket), default);
        Assert.Equal("docker", sandbox.Kind);
    }

    [Fact]
    public async Task Auto_takes_bubblewrap_where_no_engine_answers()
    {
        await using var sandbox = await Sandboxes.CreateAsync(Probe.Options(folder, SandboxKind.Auto, folder.At("no.sock")), default);
        Assert.Equal("bubblewrap", sandbox.Kind);
    }

    [Fact]
    public async Task An_engine_that_accepts_but_never_answers_holds_nobody_up()
    {
        using var silent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        silent.Bind(new UnixDomainSocketEndPoint(folder.At("s")));
        silent.Listen();
        var failure = await Assert.ThrowsAsync<SandboxException>(
            () => Sandboxes.CreateAsync(Probe.Options(folder, SandboxKind.Docker, folder.At("s")), default));
        Assert.Contains("does not answer", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Docker_by_name_is_refused_where_there_is_no_engine()
    {
        var failure = await Assert.ThrowsAsync<SandboxException>(
            () => Sandboxes.CreateAsync(Probe.Options(folder, SandboxKind.Docker, folder.At("no.sock")), default));
        Assert.Contains("--sandbox bubblewrap", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task None_is_taken_only_by_name_and_warns()
    {
        var log = new Warned();
        await using var sandbox = await Sandboxes.CreateAsync(Probe.Options(folder, SandboxKind.None, null) with { Logger = log }, default);
        Assert.Equal("none", sandbox.Kind);
        Assert.Contains("No sandbox", Assert.Single(log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_ffmpeg_that_is_not_there_is_named()
    {
        var failure = await Assert.ThrowsAsync<SandboxException>(() => Sandboxes.CreateAsync(
            Probe.Options(folder, SandboxKind.Bubblewrap, null) with { FfmpegPath = "/no/such/ffmpeg" }, default));
        Assert.Contains("'/no/such/ffmpeg'", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("-x")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData("a b")]
    public async Task Input_names_are_ours_and_plain(string name)
    {
        await using var sandbox = await Sandboxes.CreateAsync(Probe.Options(folder, SandboxKind.None, null), default);
        await Assert.ThrowsAsync<ArgumentException>(
            () => sandbox.OpenAsync(new SandboxMounts([new ReadOnlyFile(name, "/etc/hostname")]), new SandboxLimits(), default));
    }

    [Theory]
    [InlineData("/no/such/file")]
    [InlineData("/usr")]
    [InlineData("/dev/zero")]
    public async Task Inputs_are_plain_files(string path)
    {
        await using var sandbox = await Sandboxes.CreateAsync(Probe.Options(folder, SandboxKind.None, null), default);
        var failure = await Assert.ThrowsAsync<SandboxException>(
            () => sandbox.OpenAsync(new SandboxMounts([new ReadOnlyFile("a", path)]), new SandboxLimits(), default));
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
    }

    private sealed class Warned : ILogger
    {
        public List<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning)
            {
                Warnings.Add(formatter(state, exception));
            }
        }
    }
}
