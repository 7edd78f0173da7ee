using System.Collections.Immutable;
using Google.Protobuf;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.StorageMiner;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Storage;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.StorageClient;

/// <summary>The storage network as seen over this node's links.</summary>
/// <param name="actor">A <see cref="StorageClientActor"/>.</param>
public sealed class StorageNetwork(IActorRef actor, IActorRef mesh, string chain, TimeProvider time) : IStorageNetwork
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    // Long enough for a directory that comes in several frames.
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(200);

    // A miner that is known and cannot be linked for so long is not waited for.
    private static readonly TimeSpan s_linkPatience = TimeSpan.FromSeconds(2);

    private ImmutableArray<StoragePeer> _miners = [];

    public ImmutableArray<StoragePeer> Miners => _miners;

    /// <summary>Waits until the storage miners that are known are linked, or do not come; never longer than the patience for so many miners as are needed.</summary>
    public async Task SettleAsync(int needed, TimeSpan patience, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var (changed, before) = (started, (Known: -1, Linked: -1));
        while (true)
        {
            var directory = await mesh.Ask<MeshProtocol.Directory>(MeshProtocol.GetDirectory.Instance, cancellationToken);
            await RefreshAsync(cancellationToken);
            var known = directory.Entries.Count(entry => entry.Announcement.Profile is { Url: not null } profile && profile.Roles.Contains(StorageMinerProtocol.Role, StringComparer.Ordinal));
            if ((known, _miners.Length) != before)
            {
                (changed, before) = (time.GetTimestamp(), (known, _miners.Length));
            }

            var quiet = time.GetElapsedTime(changed);
            var isSettled = _miners.Length >= known ? quiet >= s_quiet : quiet >= s_linkPatience;
            if ((isSettled && _miners.Length >= needed) || time.GetElapsedTime(started) >= patience)
            {
                return;
            }

            await Task.Delay(s_pause, time, cancellationToken);
        }
    }

    /// <summary>Brings <see cref="Miners"/> up to date.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken) =>
        _miners = (await actor.Ask<StorageClientProtocol.Miners>(StorageClientProtocol.GetMiners.Instance, cancellationToken)).Linked;

    public async Task<string> AdmitAsync(Address miner, long bytes, CancellationToken cancellationToken) =>
        (await AskAsync<Wire.RoomGiven>(miner, number => new Wire.AskRoom { Question = number, Bytes = bytes }, cancellationToken)).Ticket;

    public async Task<ObjectHolding> KeepAsync(Address miner, ContentHash manifest, CancellationToken cancellationToken) =>
        Read(miner, await AskAsync<Wire.ObjectKept>(miner, number => new Wire.KeepObject { Question = number, Manifest = Bytes(manifest) }, cancellationToken));

    public async Task<ObjectHolding> AskAsync(Address miner, ContentHash manifest, CancellationToken cancellationToken) =>
        Read(miner, await AskAsync<Wire.ObjectKept>(miner, number => new Wire.AskObject { Question = number, Manifest = Bytes(manifest) }, cancellationToken));

    /// <summary>Has a miner forget an object.</summary>
    /// <param name="owner">The owner's key.</param>
    /// <exception cref="StorageException">The miner's named reason.</exception>
    public async Task RemoveAsync(Address miner, ContentHash manifest, PrivateKey owner, CancellationToken cancellationToken)
    {
        var order = new RemovalOrder(manifest, miner, time.GetUtcNow());
        var signature = owner.Sign(order.Digest(chain));
        await AskAsync<Wire.ObjectRemoved>(
            miner,
            number => new Wire.RemoveObject { Question = number, Manifest = Bytes(manifest), IssuedMs = order.Issued.ToUnixTimeMilliseconds(), Signature = ByteString.CopyFrom(signature.ToArray()) },
            cancellationToken);
    }

    private async Task<T> AskAsync<T>(Address miner, Func<ulong, IMessage> question, CancellationToken cancellationToken)
        where T : IMessage =>
        await actor.Ask<object>(new StorageClientProtocol.Question(miner, question), cancellationToken) is T answer
            ? answer
            : throw new StorageException(StorageRefusal.Malformed);

    private static ObjectHolding Read(Address miner, Wire.ObjectKept kept) =>
        StorageBits.Read(kept.Held) is { } held && StorageBits.Read(kept.Corrupt) is { } corrupt && kept.ManifestBytes > 0
            ? new ObjectHolding(miner, kept.ManifestBytes, held, corrupt) { Watches = kept.Watches }
            : throw new StorageException(StorageRefusal.Malformed);

    private static ByteString Bytes(ContentHash hash) => ByteString.CopyFrom(hash.ToArray());
}
