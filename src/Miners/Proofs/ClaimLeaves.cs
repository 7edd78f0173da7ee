using System.Collections.Immutable;
using System.Security.Cryptography;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Compute;

namespace VideoMesh.Miners.Proofs;

/// <summary>Signs what a miner delivers.</summary>
/// <param name="chainId">The chain that the job's escrow is on.</param>
/// <param name="key">The miner's.</param>
public sealed class ResultSigner(string chainId, PrivateKey key)
{
    /// <summary>Binds a rendition of a segment to a leaf with a fresh salt. Whoever signs the same segment twice has two leaves and can claim but one of them.</summary>
    /// <param name="jobId">Of the escrow.</param>
    /// <param name="segment">From 0.</param>
    /// <param name="rendition">From 0.</param>
    /// <param name="encoded">What was encoded.</param>
    public SignedResult Sign(Hash256 jobId, int segment, int rendition, EncodedRendition encoded)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        Span<byte> salt = stackalloc byte[Hash256.Size];
        RandomNumberGenerator.Fill(salt);
        return new JobResult(jobId, segment, rendition, encoded.Hash, encoded.PacketHash, new Hash256(salt)).Sign(chainId, key);
    }
}

/// <summary>The leaves of one miner's claim, in the claim's order: by segment, then rendition.</summary>
public sealed class ClaimLeaves
{
    private readonly ImmutableArray<JobResult> _results;

    private ClaimLeaves(ImmutableArray<JobResult> results) => _results = results;

    public int Count => _results.Length;

    /// <summary>Merkle root over the leaves: what the claim names.</summary>
    public Hash256 Root => WorkLeaf.Root(Hashes);

    /// <summary>The segments claimed.</summary>
    public SegmentSet Segments => SegmentSet.Of(_results.Select(result => result.Segment).Distinct());

    private IEnumerable<Hash256> Hashes => _results.Select(result => result.Leaf);

    /// <param name="results">In any order; of one job.</param>
    /// <param name="renditions">Renditions of the job: only segments that have them all can be claimed.</param>
    /// <exception cref="ArgumentException">The results are of several jobs, name a leaf twice, or lack a rendition of a segment.</exception>
    public static ClaimLeaves Of(IEnumerable<JobResult> results, int renditions)
    {
        var sorted = results.OrderBy(result => result.Segment).ThenBy(result => result.Rendition).ToImmutableArray();
        if (sorted.Select(result => result.JobId).Distinct().Count() > 1)
        {
            throw new ArgumentException("A claim is for one job.", nameof(results));
        }

        var whole = sorted.Select(result => result.Segment).Distinct().SelectMany(segment => Enumerable.Range(0, renditions).Select(rendition => (segment, rendition)));
        return sorted.Select(result => (result.Segment, result.Rendition)).SequenceEqual(whole)
            ? new ClaimLeaves(sorted)
            : throw new ArgumentException("A claimed segment has each rendition once.", nameof(results));
    }

    /// <summary>Opens the leaf at a place of the claim: what is in it, and the way to the root.</summary>
    /// <param name="leaf">From 0.</param>
    public (JobResult Result, MerklePath Path) Open(int leaf) => (_results[leaf], WorkLeaf.Prove(Hashes, leaf));
}
