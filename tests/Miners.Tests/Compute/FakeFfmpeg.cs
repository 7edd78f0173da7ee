using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Miners.Tests.Compute;

/// <summary>A sandbox whose ffmpeg costs what the test says. Counts what it is asked.</summary>
internal sealed class FakeFfmpeg : ISandbox
{
    private int _encodes;

    public string Kind => "fake";

    public string Version { get; init; } = "ffmpeg version 5.1.9 Copyright";

    public TimeSpan StartCost { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Processor time by encoder; those missing here are missing in the build.</summary>
    public Dictionary<string, TimeSpan> Encoders { get; init; } = new(StringComparer.Ordinal)
    {
        ["libx264"] = TimeSpan.FromMilliseconds(600),
        ["libx265"] = TimeSpan.FromMilliseconds(1100),
        ["libvpx-vp9"] = TimeSpan.FromMilliseconds(2100),
        ["libsvtav1"] = TimeSpan.FromMilliseconds(1100),
    };

    /// <summary>The encoder that does not come to an end.</summary>
    public string? Stuck { get; init; }

    /// <summary>Awaited by each encode.</summary>
    public Task Gate { get; init; } = Task.CompletedTask;

    public int Encodes => Volatile.Read(ref _encodes);

    public Task<ISandboxSession> OpenAsync(SandboxMounts mounts, SandboxLimits limits, CancellationToken cancellationToken) =>
        Task.FromResult<ISandboxSession>(new Session(this));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Session(FakeFfmpeg owner) : ISandboxSession
    {
        public string WorkFolder => "/nowhere";

        public string InputPath(string name) => name;

        public async Task<SandboxResult> RunAsync(SandboxCommand command, CancellationToken cancellationToken)
        {
            await command.TurnAsync(cancellationToken);
            if (command.Arguments is ["-version"])
            {
                await command.ReadOutput!(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(owner.Version)), cancellationToken);
                return new SandboxResult(0, "", owner.StartCost, null);
            }

            if (command.Arguments.Contains("lavfi"))
            {
                return new SandboxResult(0, "", TimeSpan.FromMilliseconds(200), null);
            }

            Interlocked.Increment(ref owner._encodes);
            await owner.Gate.WaitAsync(cancellationToken);
            var encoder = command.Arguments.SkipWhile(argument => argument is not "-c:v").ElementAt(1);
            if (string.Equals(owner.Stuck, encoder, StringComparison.Ordinal))
            {
                return new SandboxResult(137, "", null, SandboxLimit.WallTime);
            }

            return owner.Encoders.TryGetValue(encoder, out var cost)
                ? new SandboxResult(0, "", cost, null)
                : new SandboxResult(1, $"Unknown encoder '{encoder}'", owner.StartCost, null);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
