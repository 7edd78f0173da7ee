using System.Collections.Immutable;
using VideoMesh.Actors.Chunker;
using VideoMesh.Actors.Client;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Actors.Stitcher;

/// <summary>Makes the sound while miners make the pictures, checks what they deliver, and at the end joins, packages and publishes.</summary>
public sealed class StitcherActor : ReceiveActor
{
    private const string CheckedFile = "check.mp4";
    private const string OwnSource = "own.mkv";

    private readonly JobSpec _spec;
    private readonly JobContent _content;
    private readonly SessionWork _joining;
    private readonly SessionWork _checking;
    private readonly HashSet<ContentHash> _provenDescriptions = [];
    private StitcherProtocol.Begin? _begun;
    private Task<AudioFile?>? _audio;

    public StitcherActor(JobSpec spec, ISandbox sandbox, JobContent content)
    {
        _spec = spec;
        _content = content;
        _joining = new SessionWork(stopping => JobSource.OpenAsync(sandbox, spec, stopping));
        _checking = new SessionWork(stopping => sandbox.OpenAsync(SandboxMounts.None, new SandboxLimits(), stopping));
        Receive<StitcherProtocol.Begin>(begin =>
        {
            _begun = begin;
            _audio = _joining.RunAsync((session, stopping) => AudioPass.EncodeAsync(session, JobSource.Name, begin.Source, spec.Profile, stopping));
        });
        Receive<StitcherProtocol.CheckResult>(check =>
            _ = _checking.RunAsync((session, stopping) => CheckAsync(check, session, stopping)).PipeTo(Self, failure: e => Unchecked(check.Check, e)));
        Receive<StitcherProtocol.Join>(join =>
        {
            var watcher = Context.Parent;
            _ = _joining.RunAsync((session, stopping) => JoinAsync(join, session, watcher, stopping))
                .PipeTo(Self, failure: e => new StitcherProtocol.Concluded(JobFailure.Outcome(e)));
        });
        ReceiveAsync<ClientProtocol.Finish>(async _ =>
        {
            await Task.WhenAll(_joining.StopAsync(), _checking.StopAsync());
            Context.Stop(Self);
        });
        ReceiveAny(answer => Context.Parent.Forward(answer));
    }

    protected override void PostStop()
    {
        _joining.Dispose();
        _checking.Dispose();
    }

    // What a miner can cause is the miner's failure; what is wrong on this side ends the job.
    private static object Unchecked(JobEffect.Check check, Exception e) => e is MediaException or ContentTransferException or ContentStoreException { Reason: not ContentRefusal.StoreFull }
        ? new StitcherProtocol.CheckFailed(check, e.Message)
        : new StitcherProtocol.Concluded(JobFailure.Outcome(e));

    private async Task<object> CheckAsync(StitcherProtocol.CheckResult request, ISandboxSession session, CancellationToken stopping)
    {
        var check = request.Check;
        var specs = _begun!.Renditions;
        for (var i = 0; i < specs.Length; i++)
        {
            var result = check.Results[i];
            if (request.MinerUrl is { } miner)
            {
                await _content.Transfers.DownloadAsync(miner, result.Hash, result.Bytes, check.Tickets[i], _content.Store, JobContent.PinScope, stopping);
            }

            if (!_content.Store.TryGetLength(result.Hash, out var bytes) || bytes != result.Bytes || !_content.Store.Pin(result.Hash, JobContent.PinScope))
            {
                return new StitcherProtocol.CheckFailed(check, $"the miner did not deliver the bytes of {specs[i].Name} that it named");
            }

            var facts = await FactsAsync(session, result.Hash, request.Frames, stopping);
            if (SegmentCheck.Judge(request.Frames, specs[i], facts) is { } fault)
            {
                return new StitcherProtocol.CheckFailed(check, fault.Sentence());
            }

            if (facts.PacketHash != result.PacketHash)
            {
                return new StitcherProtocol.CheckFailed(check, $"the packets of {specs[i].Name} are not those that the miner named");
            }
        }

        return new StitcherProtocol.CheckPassed(check);
    }

    private async Task<SegmentFacts> FactsAsync(ISandboxSession session, ContentHash content, int frames, CancellationToken stopping)
    {
        SegmentReading reading;
        await using (var file = File.OpenRead(PathOf(content)))
        {
            reading = await SegmentReader.ReadAsync(file, frames, stopping);
        }

        if (_provenDescriptions.Contains(reading.Description))
        {
            return reading.Facts;
        }

        // A description that no segment had so far: what the codec's own headers say counts.
        var link = Path.Combine(session.WorkFolder, CheckedFile);
        File.Delete(link);
        _content.Store.LinkTo(content, link);
        var facts = await SegmentInspector.InspectAsync(session, CheckedFile, stopping);
        File.Delete(link);
        if (facts == reading.Facts)
        {
            _provenDescriptions.Add(reading.Description);
        }

        return facts;
    }

    private async Task<object> JoinAsync(StitcherProtocol.Join join, ISandboxSession session, IActorRef watcher, CancellationToken stopping)
    {
        var (source, segments, specs) = (_begun!.Source, _begun.Segments, _begun.Renditions);
        var audio = await _audio!;
        watcher.Tell(new StitcherProtocol.Stage("joining"));
        var renditions = specs.Select((spec, i) => new RenditionSegments(spec, [.. join.InOrder.Select(a => PathOf(a.Results[i].Hash))])).ToList();
        JoinResult joined;
        try
        {
            joined = await Joiner.JoinAsync(session, JobSource.Name, source, segments, renditions, _spec.Profile, audio, stopping);
        }
        catch (MediaException e) when (e.Fault == MediaFault.HeaderMismatch)
        {
            var own = await EncodeOwnAsync(join.Sources, session, stopping);
            return new StitcherProtocol.Mixed([.. renditions.SelectMany((rendition, i) => Joiner.Misfits(rendition, segments, own.ElementAtOrDefault(i))).Distinct().Order()]);
        }

        watcher.Tell(StitcherProtocol.Fits.Instance);
        watcher.Tell(new StitcherProtocol.Stage("packaging"));
        var packaged = await Packager.PackageAsync(session, source, joined.Files, _spec.Profile, stopping);
        watcher.Tell(new StitcherProtocol.Stage("publishing"));
        var outcome = new JobOutcome(JobStatus.Completed, JobReason.None, "")
        {
            Renditions = [.. joined.Files.Where(f => _spec.Profile.Outputs.Contains(f.Kind))],
            Hls = packaged?.Hls,
            Dash = packaged?.Dash,
            Notes = joined.Notes,
        };
        var files = outcome.Renditions.Select(f => new PublishedFile(f.Path, f.Path)).Concat(packaged?.Files ?? []);
        await new OutputFolder(_spec.Out, _spec.Id).PublishAsync(session.WorkFolder, [.. files], JobDocument.Of(_spec, outcome, join.InOrder), stopping);
        return new StitcherProtocol.Concluded(outcome);
    }

    // Says which of two kinds of encoder is the right one: the shortest segment, as this machine encodes it. Empty where that cannot be told.
    private async Task<IReadOnlyList<string>> EncodeOwnAsync(ImmutableDictionary<int, ContentHash> sources, ISandboxSession session, CancellationToken stopping)
    {
        var known = _begun!.Segments.Segments.Where(segment => sources.TryGetValue(segment.Index, out var source) && _content.Store.TryGetPath(source, out _));
        if (known.MinBy(segment => segment.Frames) is not { } shortest)
        {
            return [];
        }

        var outputs = _begun.Renditions.Select((_, i) => $"own-{i}.mp4").ToList();
        outputs.Append(OwnSource).ToList().ForEach(name => File.Delete(Path.Combine(session.WorkFolder, name)));
        await _content.Store.CopyToAsync(sources[shortest.Index], Path.Combine(session.WorkFolder, OwnSource), stopping);
        var run = await session.RunAsync(new SandboxCommand { Tool = MediaTool.Ffmpeg, Arguments = EncodeArguments.Build(OwnSource, _begun.Renditions, outputs) }, stopping);
        return run.ExitCode == 0 ? [.. outputs.Select(output => Path.Combine(session.WorkFolder, output))] : [];
    }

    private string PathOf(ContentHash content) => _content.Store.TryGetPath(content, out var path)
        ? path
        : throw new MediaException(MediaFault.SegmentMismatch, "A finished segment is no longer in the job's store; start a new job.");
}
