using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Simulation;

/// <summary>What travels between simulated nodes.</summary>
internal abstract record SimMessage
{
    public sealed record Consensus(ConsensusMessage Message) : SimMessage;

    public sealed record Status(ConsensusStatus Told) : SimMessage;

    public sealed record AskBody(Hash256 Block) : SimMessage;

    public sealed record Body(Hash256 Block, byte[] Bytes) : SimMessage;
}
