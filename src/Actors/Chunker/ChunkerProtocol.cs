using System.Collections.Immutable;
using VideoMesh.Actors.Client;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Media;

namespace VideoMesh.Actors.Chunker;

/// <summary>What a client actor says to its chunker, and hears.</summary>
public static class ChunkerProtocol
{
    /// <summary>Look at the source and plan. Answered with <see cref="Prepared"/> or <see cref="ChunkingFailed"/>.</summary>
    public sealed record Prepare
    {
        public static Prepare Instance { get; } = new();
    }

    public sealed record Prepared(SourceInfo Source, SegmentPlan Segments, RenditionPlan Renditions);

    /// <summary>Cut the source. Each segment not in <paramref name="Done"/> is answered with <see cref="Extracted"/> as soon as it is in the job's store;
    /// a failure with <see cref="ChunkingFailed"/>.</summary>
    public sealed record Split(ImmutableHashSet<int> Done);

    public sealed record Extracted(int Segment, ContentHash Hash, long Bytes);

    /// <summary>All segments are extracted.</summary>
    /// <param name="Notes">Sentences for the user about what had to be done differently.</param>
    public sealed record SplitDone(ImmutableArray<string> Notes);

    public sealed record ChunkingFailed(JobOutcome Outcome);
}
