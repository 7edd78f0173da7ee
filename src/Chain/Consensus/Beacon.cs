using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>The chain's public randomness. Each block moves it on by a reveal its author committed to long before, so an author's only choice is to reveal or to skip
/// its turn: one bit per slot it holds, at the price of the reward. Signatures never enter it, since they can be ground.</summary>
public static class Beacon
{
    private const string Domain = "VideoMesh beacon v1";

    /// <summary>The seed after a block: Keccak-256 of domain, the parent's seed and the block's reveal.</summary>
    public static Hash256 Next(Hash256 seed, Hash256 reveal) => new RlpWriter().StartList().Text(Domain).Hash(seed).Hash(reveal).EndList().Keccak();
}
