using System.Collections.Immutable;
using VideoMesh.Actors.Client;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Media;

namespace VideoMesh.Actors.Stitcher;

/// <summary>What a client actor says to its stitcher, and hears.</summary>
public static class StitcherProtocol
{
    /// <summary>The plan is known: audio is made while miners work on the pictures. Must come first.</summary>
    public sealed record Begin(SourceInfo Source, SegmentPlan Segments, ImmutableArray<RenditionSpec> Renditions);

    /// <summary>Check a delivery. Answered with <see cref="CheckPassed"/> or <see cref="CheckFailed"/>.</summary>
    /// <param name="MinerUrl">Where the bytes are to be fetched; null: they are in the job's store already.</param>
    public sealed record CheckResult(JobEffect.Check Check, int Frames, Uri? MinerUrl);

    public sealed record CheckPassed(JobEffect.Check Check);

    public sealed record CheckFailed(JobEffect.Check Check, string Why);

    /// <summary>Join, package and publish. Answered with <see cref="Mixed"/>, or with <see cref="Fits"/> and then <see cref="Concluded"/>.</summary>
    /// <param name="InOrder">What was accepted for each segment.</param>
    /// <param name="Sources">The source segments that are known.</param>
    public sealed record Join(ImmutableArray<JobEvent.Accepted> InOrder, ImmutableDictionary<int, ContentHash> Sources);

    /// <summary>These segments cannot be joined with the others; nothing was joined.</summary>
    public sealed record Mixed(ImmutableArray<int> Segments);

    /// <summary>All segments can be joined.</summary>
    public sealed record Fits
    {
        public static Fits Instance { get; } = new();
    }

    /// <summary>A step of the join, for people who watch.</summary>
    public sealed record Stage(string Text);

    /// <summary>How the job ends: the result of the join, or a failure on this side that no other miner can mend.</summary>
    public sealed record Concluded(JobOutcome Outcome);
}
