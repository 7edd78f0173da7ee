using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Compute;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Sandbox;
using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Compute;

/// <summary>Passes everything on to a real sandbox, counts, and lets a test step in.</summary>
internal sealed class WatchedSandbox(ISandbox inner) : ISandbox
{
    private int _opened;
    private int _closed;
    private int _running;
    private int _mostAtOnce;

    public string Kind => inner.Kind;

    public int Opened => Volatile.Read(ref _opened);

    public int Closed => Volatile.Read(ref _closed);

    public int MostAtOnce => Volatile.Read(ref _mostAtOnce);

    /// <summary>Called before each command with its work folder; may throw, or give the result instead of the command.</summary>
    public Func<string, SandboxResult?>? BeforeRun { get; set; }

    /// <summary>Called when a command has been started.</summary>
    public Action? WhileRunning { get; set; }

    public string? LastWorkFolder { get; private set; }

    public async Task<ISandboxSession> OpenAsync(SandboxMounts mounts, SandboxLimits limits, CancellationToken cancellationToken)
    {
        var session = await inner.OpenAsync(mounts, limits, cancellationToken);
        Interlocked.Increment(ref _opened);
        return new Session(this, session);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class Session(WatchedSandbox owner, ISandboxSession inner) : ISandboxSession
    {
        public string WorkFolder => inner.WorkFolder;

        public string InputPath(string name) => inner.InputPath(name);

        public async Task<SandboxResult> RunAsync(SandboxCommand command, CancellationToken cancellationToken)
        {
            owner.LastWorkFolder = WorkFolder;
            var counted = false;
            try
            {
                if (owner.BeforeRun is { } before)
                {
                    await TurnAsync(cancellationToken);
                    if (before(WorkFolder) is { } instead)
                    {
                        return instead;
                    }
                }

                var result = inner.RunAsync(command with { Turn = counted ? null : TurnAsync }, cancellationToken);
                owner.WhileRunning?.Invoke();
                return await result;
            }
            finally
            {
                Interlocked.Add(ref owner._running, counted ? -1 : 0);
            }

            async Task TurnAsync(CancellationToken token)
            {
                await command.TurnAsync(token);
                InterlockedMax(ref owner._mostAtOnce, Interlocked.Increment(ref owner._running));
                counted = true;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            Interlocked.Increment(ref owner._closed);
        }

        private static void InterlockedMax(ref int most, int value)
        {
            for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
            {
                Interlocked.CompareExchange(ref most, value, seen);
            }
        }
    }
}

/// <summary>A miner's workbench: sandbox, store, a short real clip in it, and a worker.</summary>
internal sealed class ComputeBench : IAsyncDisposable
{
    public const int Frames = 12;
    public const string Scope = "job-1/0/1";

    private readonly TemporaryFolder _folder;

    private ComputeBench(TemporaryFolder folder, WatchedSandbox sandbox, ContentStore store, int slots)
    {
        _folder = folder;
        Sandbox = sandbox;
        Store = store;
        Worker = new SegmentWorker(sandbox, store, slots);
    }

    public WatchedSandbox Sandbox { get; }

    public ContentStore Store { get; }

    public SegmentWorker Worker { get; }

    public ContentHash Source { get; private set; }

    public long SourceBytes { get; private set; }

    public static ImmutableArray<RenditionSpec> Ladder { get; } = [Spec(VideoCodec.H264, 128, 72), Spec(VideoCodec.H264, 64, 36)];

    public static async Task<ComputeBench> CreateAsync(int slots = 1, long budgetBytes = 1L << 30, string? scratch = null)
    {
        var folder = new TemporaryFolder();
        var sandbox = await Sandboxes.CreateAsync(new SandboxOptions { Kind = SandboxKind.Bubblewrap, ScratchRoot = scratch ?? folder["scratch"] }, default);
        var bench = new ComputeBench(folder, new WatchedSandbox(sandbox), Content.A.Store(folder["store"], budgetBytes), slots);
        await using var session = await sandbox.OpenAsync(SandboxMounts.None, new SandboxLimits(), default);
        var made = await session.RunAsync(
            new SandboxCommand
            {
                Tool = MediaTool.Ffmpeg,
                Arguments =
                [
                    "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25", "-frames:v", $"{Frames}", "-c:v", "libx264", "-preset", "ultrafast",
                    "-pix_fmt", "yuv420p", "-y", "clip.mkv",
                ],
            },
            default);
        Assert.True(made.ExitCode == 0, made.Errors);
        var stored = await bench.Store.AddFileAsync(Path.Combine(session.WorkFolder, "clip.mkv"), AddMode.Copy, Scope);
        (bench.Source, bench.SourceBytes) = (stored.Hash, stored.Length);
        return bench;
    }

    public static RenditionSpec Spec(VideoCodec codec, int width, int height, int crf = 30) => new()
    {
        Name = $"{codec.Text()}-{height}p",
        Codec = codec,
        Width = width,
        Height = height,
        Crf = crf,
        Preset = codec is VideoCodec.H264 or VideoCodec.H265 ? "ultrafast" : EncoderPresets.Default(codec),
        PixelFormat = "yuv420p",
        FrameRate = new Rational(25, 1),
    };

    public Task<SegmentResult> EncodeAsync(
        ImmutableArray<RenditionSpec>? renditions = null, ContentHash? source = null, int frames = Frames, Action<int>? progress = null, CancellationToken cancellationToken = default) =>
        Worker.EncodeAsync(source ?? Source, frames, renditions ?? Ladder, Scope, progress ?? (_ => { }), cancellationToken);

    public async Task<SegmentFailure> FailureOfAsync(ImmutableArray<RenditionSpec>? renditions = null, ContentHash? source = null, int frames = Frames)
    {
        var failure = await Assert.ThrowsAsync<SegmentWorkException>(() => EncodeAsync(renditions, source, frames));
        Assert.EndsWith(".", failure.Message, StringComparison.Ordinal);
        return failure.Reason;
    }

    public async ValueTask DisposeAsync()
    {
        await Worker.DisposeAsync();
        await Sandbox.DisposeAsync();
        Store.Dispose();
        _folder.Dispose();
    }
}
