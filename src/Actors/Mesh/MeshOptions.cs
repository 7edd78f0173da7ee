using System.Collections.Immutable;

namespace VideoMesh.Actors.Mesh;

/// <summary>How a node takes part in the mesh. Rates and sizes marked <i>protocol</i> are promises between nodes: a node that allows less than others send
/// refuses honest peers.</summary>
public sealed record MeshOptions
{
    /// <summary>The chain this node belongs to, 1 to 64 characters of <c>a-z 0-9 . - _</c>. Only nodes of the same chain link.</summary>
    public required string Chain { get; init; }

    /// <summary>Nodes to dial first, e.g. <c>http://127.0.0.1:4100</c>. Retried for ever.</summary>
    public ImmutableArray<Uri> Seeds { get; init; } = [];

    /// <summary>Dial announced nodes that have one of these roles; empty: all that have a URL. A node without a URL of its own dials all, whatever stands here,
    /// because nobody can dial it.</summary>
    public ImmutableArray<string> DialRoles { get; init; } = [];

    /// <summary>Most links at a time, 2 to 4096.</summary>
    public int MaxLinks { get; init; } = 64;

    /// <summary>Of <see cref="MaxLinks"/>, how many only this node's own dials may take, so that strangers cannot surround it. Below <see cref="MaxLinks"/>.</summary>
    public int OutboundReserve { get; init; } = 8;

    /// <summary>Most authenticated links from one remote IP (one /64 for IPv6). The loopback address has no such limit.</summary>
    public int MaxLinksPerIp { get; init; } = 32;

    /// <summary>Most unfinished inbound handshakes; the oldest makes room.</summary>
    public int MaxHandshakes { get; init; } = 64;

    /// <summary>Most unfinished inbound handshakes from one remote IP; its oldest makes room. The loopback address has no such limit.</summary>
    public int MaxHandshakesPerIp { get; init; } = 8;

    /// <summary>From the first byte of a connection to the end of its handshake.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A link that was silent for this long is pinged. Protocol.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A link on which no whole frame arrived for this long is dead. At least twice <see cref="KeepAliveInterval"/>.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A frame that could not be handed to the network for this long means the peer does not read.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Sustained frames per second a peer may send. This node paces itself at half of it. Protocol.</summary>
    public double FramesPerSecond { get; init; } = 200;

    /// <summary>Frames a peer may send at once after a rest. This node sends a quarter of it at once. Protocol.</summary>
    public double FrameBurst { get; init; } = 4000;

    /// <summary>Sustained bytes per second a peer may send. This node paces itself at half of it. Protocol.</summary>
    public double BytesPerSecond { get; init; } = 2 * 1024 * 1024;

    /// <summary>Bytes a peer may send at once after a rest. This node sends a quarter of it at once. Protocol.</summary>
    public double ByteBurst { get; init; } = 32 * 1024 * 1024;

    /// <summary>Sustained announcements per second a peer may pass on. Protocol.</summary>
    public double AnnouncementsPerSecond { get; init; } = 100;

    /// <summary>Announcements a peer may pass on at once: at least its whole directory. Protocol.</summary>
    public double AnnouncementBurst { get; init; } = 8192;

    /// <summary>Most frames that wait to be sent to one peer; one more and the link is lost.</summary>
    public int OutboxFrames { get; init; } = 4096;

    /// <summary>Most bytes that wait to be sent to one peer.</summary>
    public long OutboxBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>How long an announcement is good for after it arrives, at most 5 minutes. Renewed at a third of it.</summary>
    public TimeSpan AnnouncementLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Most other nodes remembered.</summary>
    public int MaxDirectory { get; init; } = 2048;

    /// <summary>To how many neighbours a fresh announcement is passed on.</summary>
    public int GossipFanOut { get; init; } = 8;

    /// <summary>Fresh announcements are gathered this long before they are passed on.</summary>
    public TimeSpan GossipInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Most dials in progress.</summary>
    public int MaxDials { get; init; } = 8;

    /// <summary>Sustained dials per second, all targets together: what a hostile announcer can make of this node at most.</summary>
    public double DialsPerSecond { get; init; } = 8;

    /// <summary>Wait after the first failed dial; doubles.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Longest wait between two dials of a seed or of an announced node.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After this many failures in a row an announced node (never a seed) is left alone for <see cref="ParkTime"/>.</summary>
    public int ParkAfterFailures { get; init; } = 8;

    /// <summary>How long an announced node that cannot be dialled is left alone.</summary>
    public TimeSpan ParkTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>First ban of an address that misbehaved; doubles each time, forgotten after ten quiet minutes.</summary>
    public TimeSpan FirstBan { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest ban.</summary>
    public TimeSpan MaxBan { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>What is wrong with these options, one sentence each; empty when they can be used.</summary>
    public ImmutableArray<string> Validate()
    {
        var errors = ImmutableArray.CreateBuilder<string>();
        void Require(bool holds, string sentence)
        {
            if (!holds)
            {
                errors.Add(sentence);
            }
        }

        Require(MeshRules.IsChain(Chain), $"{nameof(Chain)} is 1 to 64 characters of a-z, 0-9, dot, hyphen and underscore.");
        foreach (var seed in Seeds.Where(seed => !MeshRules.IsNodeUrl(seed)))
        {
            errors.Add($"The seed '{seed}' is not a plain http, https, ws or wss URL of a host and a port.");
        }

        Require(MaxLinks is >= 2 and <= 4096, $"{nameof(MaxLinks)} is 2 to 4096.");
        Require(OutboundReserve >= 0 && OutboundReserve < MaxLinks, $"{nameof(OutboundReserve)} is at least 0 and below {nameof(MaxLinks)}.");
        Require(MaxLinksPerIp >= 1 && MaxHandshakes >= 1 && MaxHandshakesPerIp >= 1, "Limits of links and handshakes are at least 1.");
        Require(HandshakeTimeout > TimeSpan.Zero && KeepAliveInterval > TimeSpan.Zero && SendTimeout > TimeSpan.Zero, "Timeouts are above zero.");
        Require(KeepAliveTimeout >= 2 * KeepAliveInterval, $"{nameof(KeepAliveTimeout)} is at least twice {nameof(KeepAliveInterval)}.");
        Require(FramesPerSecond > 0 && FrameBurst >= 4, $"{nameof(FramesPerSecond)} is above 0 and {nameof(FrameBurst)} at least 4.");
        Require(BytesPerSecond > 0 && ByteBurst >= 4 * FrameCodec.MaxFrameBytes, $"{nameof(BytesPerSecond)} is above 0 and {nameof(ByteBurst)} holds at least four frames of 64 KiB.");
        Require(AnnouncementsPerSecond > 0 && AnnouncementBurst >= MaxDirectory, $"{nameof(AnnouncementBurst)} holds at least {nameof(MaxDirectory)}.");
        Require(OutboxFrames >= 16 && OutboxBytes >= FrameCodec.MaxFrameBytes, "An outbox holds at least 16 frames and one frame of 64 KiB.");
        Require(AnnouncementLifetime >= TimeSpan.FromSeconds(1) && AnnouncementLifetime <= AnnouncementCodec.MaxLifetime, $"{nameof(AnnouncementLifetime)} is 1 second to 5 minutes.");
        Require(MaxDirectory >= 1 && GossipFanOut >= 1 && GossipInterval > TimeSpan.Zero, "Directory and gossip bounds are above zero.");
        Require(MaxDials >= 1 && DialsPerSecond > 0 && ParkAfterFailures >= 1 && ParkTime > TimeSpan.Zero, "Dial bounds are above zero.");
        Require(FirstBackoff > TimeSpan.Zero && MaxBackoff >= FirstBackoff, $"{nameof(FirstBackoff)} is above zero and at most {nameof(MaxBackoff)}.");
        Require(FirstBan > TimeSpan.Zero && MaxBan >= FirstBan, $"{nameof(FirstBan)} is above zero and at most {nameof(MaxBan)}.");
        return errors.ToImmutable();
    }
}
