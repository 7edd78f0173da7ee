using System.Collections.Immutable;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Proofs;

/// <summary>The source segments of a job under the one root that its escrow names: neither client nor miner can change a source afterwards.</summary>
/// <param name="segments">Hash and frames of each, in order.</param>
public sealed class SourceTree(ImmutableArray<(ContentHash Source, uint Frames)> segments)
{
    private readonly ReadOnlyMemory<byte>[] _leaves =
        [.. segments.Select((segment, number) => (ReadOnlyMemory<byte>)JobTerms.SourceLeaf(number, segment.Source, segment.Frames).ToArray())];

    /// <summary><see cref="JobTerms.SourceRoot"/>.</summary>
    public Hash256 Root => Merkle.Root(_leaves);

    /// <summary>Shows that a source is the job's.</summary>
    /// <param name="segment">From 0.</param>
    public MerklePath Prove(int segment) => Merkle.Prove(_leaves, segment);

    /// <summary>Whether a path shows that a source is the one of this segment of a job.</summary>
    public static bool Holds(JobTerms terms, int segment, ContentHash source, MerklePath path) =>
        segment >= 0 && segment < terms.Segments
        && path.StandsAt(segment, terms.Segments) && path.Leads(JobTerms.SourceLeaf(segment, source, terms.FramesOf(segment)).ToArray(), terms.SourceRoot);
}
