using System.Collections.Immutable;
using VideoMesh.Actors.Client;
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

    /// <summary>Join, package and publish. Answered with <see cref="Concluded"/>, whatever came of it.</summary>
    public sealed record Join(ImmutableArray<JobEvent.Accepted> InOrder);

    /// <summary>A step of the join, for people who watch.</summary>
    public sealed record Stage(string Text);

    /// <summary>How the job ends: the result of the join, or a failure on this side that no other miner can mend.</summary>
    public sealed record Concluded(JobOutcome Outcome);
}
