using VideoMesh.Actors.Client;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Actors.Chunker;

/// <summary>Hands on the plan, and cuts the source into the job's store.</summary>
public sealed class ChunkerActor : ReceiveActor
{
    private readonly ContentStore _store;
    private readonly SessionWork _work;
    private ChunkerProtocol.Prepared? _prepared;

    public ChunkerActor(SourceLook look, ContentStore store)
    {
        _store = store;
        _work = look.Work;
        Receive<ChunkerProtocol.Prepare>(prepare => _ = look.Prepared.PipeTo(Self, failure: Failed));
        Receive<ChunkerProtocol.Prepared>(prepared =>
        {
            _prepared = prepared;
            Context.Parent.Tell(prepared);
        });
        Receive<ChunkerProtocol.Split>(OnSplit);
        ReceiveAsync<ClientProtocol.Finish>(async _ =>
        {
            await _work.StopAsync();
            Context.Stop(Self);
        });
        ReceiveAny(answer => Context.Parent.Forward(answer));
    }

    private static ChunkerProtocol.ChunkingFailed Failed(Exception e) => new(JobFailure.Outcome(e));

    private void OnSplit(ChunkerProtocol.Split split)
    {
        var (source, plan) = (_prepared!.Source, _prepared.Segments);
        var self = Self;
        _ = _work.RunAsync(async (session, stopping) =>
        {
            var notes = await SourceSplitter.SplitAsync(session, JobSource.Name, source, plan, Ready, stopping);
            return new ChunkerProtocol.SplitDone([.. notes]);

            async Task Ready(int index, string path)
            {
                var file = Path.Combine(session.WorkFolder, path);
                if (split.Done.Contains(index))
                {
                    File.Delete(file);
                    return;
                }

                var stored = await _store.AddFileAsync(file, AddMode.Move, JobContent.PinScope, stopping);
                self.Tell(new ChunkerProtocol.Extracted(index, stored.Hash, stored.Length));
            }
        }).PipeTo(self, failure: Failed);
    }
}

/// <summary>The first look at a source, and its plan. Needs nothing but a sandbox, so it begins while the client's node starts.</summary>
public sealed class SourceLook : IAsyncDisposable
{
    /// <param name="sandbox">May still be on its way.</param>
    public SourceLook(JobSpec spec, Task<ISandbox> sandbox)
    {
        Work = new SessionWork(async stopping => await JobSource.OpenAsync(await sandbox, spec, stopping));
        Prepared = Work.RunAsync((session, stopping) => PrepareAsync(spec, session, stopping));
    }

    /// <summary>In a session that has the source.</summary>
    public SessionWork Work { get; }

    /// <summary>Fails with what the source is refused for.</summary>
    public Task<ChunkerProtocol.Prepared> Prepared { get; }

    public async ValueTask DisposeAsync()
    {
        await Work.StopAsync();
        Work.Dispose();
    }

    private static async Task<ChunkerProtocol.Prepared> PrepareAsync(JobSpec spec, ISandboxSession session, CancellationToken stopping)
    {
        InputFile.Check(spec.Input);
        var source = await MediaProbe.ProbeAsync(session, JobSource.Name, stopping);
        return new ChunkerProtocol.Prepared(
            source, SegmentPlanner.Plan(source, spec.Profile.SegmentLength), RenditionPlanner.Resolve(spec.Profile, source));
    }
}

/// <summary>How a job's source is read, by the chunker for its pictures and by the stitcher for its sound.</summary>
internal static class JobSource
{
    /// <summary>Its name in a session.</summary>
    public const string Name = "source";

    // One pass over a source of any length must be possible; a miner's runs have far tighter limits.
    private static readonly SandboxLimits Limits = new() { WallTime = TimeSpan.FromHours(12), CpuTime = TimeSpan.FromHours(12), FileBytes = 1L << 42 };

    public static Task<ISandboxSession> OpenAsync(ISandbox sandbox, JobSpec spec, CancellationToken cancellationToken) =>
        sandbox.OpenAsync(new SandboxMounts([new ReadOnlyFile(Name, spec.Input)]), Limits, cancellationToken);
}
