using System.Security.Cryptography;
using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Mesh;

/// <summary>Made by <see cref="MeshActor.Props"/>: what a node's mesh must not forget when its actor is restarted: who listens, who is known, what was announced. Belongs to one mesh actor.</summary>
public sealed class MeshMemory
{
    internal MeshMemory(MeshOptions options, PrivateKey key, NodeProfile profile, TimeProvider time)
    {
        Options = options;
        Key = key;
        Profile = profile;
        Time = time;
        Start = time.GetTimestamp();
        Peers = new PeerDirectory(key.Address, options.Chain, options.MaxDirectory);
    }

    internal MeshOptions Options { get; }

    internal PrivateKey Key { get; }

    internal TimeProvider Time { get; }

    internal NodeProfile Profile { get; set; }

    /// <summary>The last sequence this node used, or heard that it once used.</summary>
    internal ulong Sequence { get; set; }

    internal PeerDirectory Peers { get; }

    internal MeshAudience Audience { get; } = new();

    /// <summary>How often this node ended a link, by the name of the reason.</summary>
    internal Dictionary<string, long> Ended { get; } = new(StringComparer.Ordinal);

    /// <summary>Drawn once per node process, so that peers can tell a restart from a second link.</summary>
    internal ulong Instance { get; } = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <summary>Monotonic time since this node started.</summary>
    internal TimeSpan Now => Time.GetElapsedTime(Start);

    private long Start { get; }

    /// <summary>Signs a new announcement of this node. The sequence follows the clock, so that it rises over restarts too, and never falls if the clock does.</summary>
    internal SignedAnnouncement SignOwn()
    {
        var wall = Time.GetUtcNow();
        Sequence = Math.Max(Sequence == ulong.MaxValue ? Sequence : Sequence + 1, (ulong)wall.ToUnixTimeMilliseconds());
        return AnnouncementCodec.Sign(Key, Options.Chain, Profile, Sequence, wall, Options.AnnouncementLifetime);
    }
}
