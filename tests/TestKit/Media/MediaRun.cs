using System.Collections.Immutable;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.TestKit.Media;

/// <summary>A whole transcode without any network: probe, plan, split, encode, join. The outputs lie in the session's work folder until it is disposed.</summary>
public sealed class MediaRun : IAsyncDisposable
{
    public required PlainSession Session { get; init; }

    public required SourceInfo Source { get; init; }

    public required SegmentPlan Plan { get; init; }

    public required RenditionPlan Renditions { get; init; }

    public required JoinResult Result { get; init; }

    public required Profile Profile { get; init; }

    public required IReadOnlyList<string> SplitNotes { get; init; }

    /// <summary>Host path of a finished file.</summary>
    public string PathOf(RenditionFile file) => Path.Combine(Session.WorkFolder, file.Path);

    public RenditionFile Only => Result.Files.Single();

    public static async Task<MediaRun> OfAsync(string input, string profileJson)
    {
        var session = PlainSession.With(("source", InputFile.Check(input)));
        var profile = ProfileReader.Read(profileJson);
        var source = await MediaProbe.ProbeAsync(session, "source", CancellationToken.None);
        var plan = SegmentPlanner.Plan(source, profile.SegmentLength);
        var renditions = RenditionPlanner.Resolve(profile, source);
        var ready = new HashSet<int>();
        var notes = await SourceSplitter.SplitAsync(session, "source", source, plan, (index, path) =>
        {
            File.Move(Path.Combine(session.WorkFolder, path), Path.Combine(session.WorkFolder, $"source-{index}.mkv"));
            Assert.True(ready.Add(index), $"segment {index} was reported twice");
            return Task.CompletedTask;
        }, CancellationToken.None);
        var encoded = renditions.Renditions.Select(_ => new List<string>()).ToList();
        foreach (var segment in plan.Segments)
        {
            await EncodeAsync(session, segment, renditions.Renditions, encoded);
        }

        var audio = await AudioPass.EncodeAsync(session, "source", source, profile, CancellationToken.None);
        var segments = renditions.Renditions.Select((spec, i) => new RenditionSegments(spec, encoded[i])).ToList();
        var result = await Joiner.JoinAsync(session, "source", source, plan, segments, profile, audio, CancellationToken.None);
        return new MediaRun
        {
            Session = session, Source = source, Plan = plan, Renditions = renditions, Result = result, Profile = profile, SplitNotes = notes,
        };
    }

    public ValueTask DisposeAsync() => Session.DisposeAsync();

    private static async Task EncodeAsync(PlainSession session, Segment segment, ImmutableArray<RenditionSpec> specs, List<List<string>> encoded)
    {
        var outputs = specs.Select(spec => $"{spec.Name}-{segment.Index}.mp4").ToList();
        var progress = new List<EncodeProgress>();
        var run = await session.RunAsync(
            new SandboxCommand
            {
                Tool = MediaTool.Ffmpeg,
                Arguments = EncodeArguments.Build($"source-{segment.Index}.mkv", specs, outputs),
                ReadOutput = ProgressParser.Reader(progress.Add),
            },
            CancellationToken.None);
        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.True(progress[^1].Finished);
        for (var i = 0; i < specs.Length; i++)
        {
            var facts = await SegmentInspector.InspectAsync(session, outputs[i], CancellationToken.None);
            Assert.True(SegmentCheck.Judge(segment.Frames, specs[i], facts) is null, $"segment {segment.Index}: {SegmentCheck.Judge(segment.Frames, specs[i], facts)}, {facts}, {segment}");
            encoded[i].Add(Path.Combine(session.WorkFolder, outputs[i]));
        }
    }
}
