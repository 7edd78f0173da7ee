using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Contracts;

/// <summary>What a client signs for a miner off the chain. A claim carries it, so that the client may be away when its job is claimed and settled.</summary>
public static class ClientWord
{
    private const string AssignmentDomain = "VideoMesh assignment v1";
    private const string AcceptanceDomain = "VideoMesh acceptance v1";

    /// <summary>All segments the client has given a miner so far: each new assignment replaces the one before, so a claim needs one signature.</summary>
    public static Hash256 Assignment(string chainId, Hash256 jobId, Address miner, SegmentSet segments) =>
        new RlpWriter().StartList().Text(AssignmentDomain).Text(chainId).Hash(jobId).Address(miner).Bytes(segments.Bytes).EndList().Keccak();

    /// <summary>The client has every byte of a claim: it waits for no dispute.</summary>
    public static Hash256 Acceptance(string chainId, Hash256 jobId, Address miner, Hash256 root) =>
        new RlpWriter().StartList().Text(AcceptanceDomain).Text(chainId).Hash(jobId).Address(miner).Hash(root).EndList().Keccak();
}
