using System.Collections.Immutable;
using Google.Protobuf;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Storage;

namespace VideoMesh.Actors.StorageClient;

/// <summary>What is said to the actor that asks storage miners on behalf of its node.</summary>
public static class StorageClientProtocol
{
    /// <summary>Asks a miner. Answered with the miner's message, or with a failure that is a <see cref="StorageException"/>.</summary>
    /// <param name="Of">Makes the message for a question's number.</param>
    public sealed record Question(Address Miner, Func<ulong, IMessage> Of);

    /// <summary>Answered with <see cref="Miners"/>.</summary>
    public sealed record GetMiners
    {
        public static GetMiners Instance { get; } = new();
    }

    /// <param name="Linked">The storage miners that can be asked now.</param>
    public sealed record Miners(ImmutableArray<StoragePeer> Linked);
}
