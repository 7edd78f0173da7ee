using System.Collections.Immutable;
using VideoMesh.Actors.Proofs;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Compute;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Proofs;
using VideoMesh.Miners.Sandbox;
using VideoMesh.TestKit.Media;

namespace VideoMesh.Benchmarks;

/// <summary>A miner and a verifier, each with an encoder for both cores, a store and, but for the cost of starting, a sandbox of its own kind.</summary>
internal sealed class ProofRig : IAsyncDisposable
{
    private const int Slots = 2;
    private readonly string _folder;
    private readonly List<ISandbox> _sandboxes = [];
    private SegmentWorker _miner = null!;
    private SegmentWorker _verifier = null!;
    private TranscodeCheck _check = null!;
    private TranscodeCheck _wholeCheck = null!;
    private Hash256 _class;
    private int _checks;

    private ProofRig(string folder)
    {
        _folder = folder;
        MinerStore = ContentStore.Open(new ContentStoreOptions { Folder = Path.Combine(folder, "miner"), BudgetBytes = 8L << 30 });
        VerifierStore = ContentStore.Open(new ContentStoreOptions { Folder = Path.Combine(folder, "verifier"), BudgetBytes = 8L << 30 });
    }

    public ContentStore MinerStore { get; }

    public ContentStore VerifierStore { get; }

    public static async Task<ProofRig> CreateAsync(string folder)
    {
        var rig = new ProofRig(folder);
        rig._miner = new SegmentWorker(await rig.SandboxAsync("miner", null), rig.MinerStore, Slots);
        var sandbox = await rig.SandboxAsync("verifier", null);
        rig._verifier = new SegmentWorker(sandbox, rig.VerifierStore, Slots);
        var probe = new DeterminismProbe(sandbox, await File.ReadAllTextAsync("/proc/cpuinfo"));
        rig._class = await probe.ReadAsync(CancellationToken.None);
        rig._check = new TranscodeCheck(rig._verifier, rig.VerifierStore, _ => Task.FromResult(rig._class), ProofWork.Nowhere);
        rig._wholeCheck = new TranscodeCheck(rig._verifier, rig.VerifierStore, probe.ReadAsync, ProofWork.Nowhere);
        return rig;
    }

    public Task<SegmentResult> MineAsync(CutSegment segment, ImmutableArray<RenditionSpec> ladder) =>
        _miner.EncodeAsync(segment.Source, segment.Frames, ladder, "bench", _ => { }, CancellationToken.None);

    /// <summary>A check, but for asking what class the machine is in.</summary>
    public Task<OwnEncode> CheckAsync(CutSegment segment, RenditionSpec spec) => CheckAsync(_check, segment, spec);

    /// <summary>A check as a verifier does it.</summary>
    public Task<OwnEncode> CheckWholeAsync(CutSegment segment, RenditionSpec spec) => CheckAsync(_wholeCheck, segment, spec);

    /// <summary>A miner whose encoder cheats.</summary>
    public async Task<SegmentWorker> CheaterAsync(Cheat cheat) =>
        new(await SandboxAsync($"cheater-{cheat}", CheatingFfmpeg.Write(Path.Combine(_folder, "cheats"), cheat)), MinerStore, Slots);

    /// <summary>Processor time that the whole machine spends on something, in seconds.</summary>
    public async Task<double> CpuAsync(Func<Task> work)
    {
        var before = MachineSeconds();
        await work();
        return MachineSeconds() - before;
    }

    /// <summary>Does something for each, as many at a time as there are slots.</summary>
    public static Task EachAsync<T>(IEnumerable<T> items, Func<T, Task> work) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = Slots }, async (item, _) => await work(item));

    public async ValueTask DisposeAsync()
    {
        await _miner.DisposeAsync();
        await _verifier.DisposeAsync();
        foreach (var sandbox in _sandboxes)
        {
            await sandbox.DisposeAsync();
        }

        MinerStore.Dispose();
        VerifierStore.Dispose();
    }

    private Task<OwnEncode> CheckAsync(TranscodeCheck check, CutSegment segment, RenditionSpec spec) => check.EncodeAsync(
        new LeafToCheck(segment.Source, segment.Frames, spec, CanonicalRendition.Hash(spec), _class), $"check-{Interlocked.Increment(ref _checks)}", CancellationToken.None);

    private async Task<ISandbox> SandboxAsync(string name, string? ffmpeg)
    {
        var sandbox = await Sandboxes.CreateAsync(
            new SandboxOptions { Kind = SandboxKind.Bubblewrap, FfmpegPath = ffmpeg, ScratchRoot = Path.Combine(_folder, $"scratch-{name}") }, CancellationToken.None);
        _sandboxes.Add(sandbox);
        return sandbox;
    }

    // User, nice and system time of all cores, in hundredths of a second.
    private static double MachineSeconds() =>
        File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(3).Sum(double.Parse) / 100;
}
