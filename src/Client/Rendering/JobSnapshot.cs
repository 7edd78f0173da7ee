using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Client.Rendering;

/// <summary>A job at one moment, as much of it as a person watches.</summary>
/// <param name="Stage">What is going on, in a few words: <c>probing</c>, <c>encoding</c>, <c>joining</c>.</param>
/// <param name="Duration">Of the source; zero while unknown. Speed is measured against it.</param>
public sealed record JobSnapshot(string Stage, TimeSpan Duration, ImmutableArray<RenditionProgress> Renditions, ImmutableArray<MinerProgress> Miners);

/// <param name="FramesDone">Frames encoded so far, of segments under way too; what a lost miner had done may be taken back.</param>
/// <param name="FramesTotal">Frames of the whole rendition; zero while unknown.</param>
public sealed record RenditionProgress(string Name, long FramesDone, long FramesTotal);

/// <param name="Name">What the miner calls itself, or null. It is a stranger's text: the view cleans it.</param>
/// <param name="Current">What it works on, e.g. <c>720p #12</c>, or null if it is idle.</param>
public sealed record MinerProgress(string? Name, Address Address, int SegmentsDone, string? Current);

/// <summary>Where a running job shows itself. Safe to call from any thread; never blocks the job and never throws into it.</summary>
public interface IJobProgress : IAsyncDisposable
{
    /// <summary>The job as it is now. Snapshots that come faster than they can be shown are left out.</summary>
    void Report(JobSnapshot snapshot);

    /// <summary>A line that stays, e.g. that a miner was lost.</summary>
    void Note(string line);
}
