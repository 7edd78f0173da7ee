using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Google.Protobuf;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.Chain.Primitives;
using VideoMesh.TestKit;
using static VideoMesh.Actors.Tests.Mesh.MeshStories;

namespace VideoMesh.Actors.Tests.Mesh;

/// <summary>Each hostile peer loses its own link, for the reason it earned, while two honest nodes go on talking as if nothing had happened.</summary>
public sealed class HostilePeerTests : IAsyncLifetime
{
    private MeshNode _node = null!;
    private MeshNode _honest = null!;
    private ManualTime _time = null!;

    public async Task InitializeAsync()
    {
        // The node's clock stands still unless a story moves it; keep-alive is out of the way.
        _time = new ManualTime(TimeProvider.System.GetUtcNow());
        _node = await MeshNode.StartAsync(
            with: options => options with { KeepAliveInterval = TimeSpan.FromHours(1), KeepAliveTimeout = TimeSpan.FromHours(2), FrameBurst = 200, OutboxBytes = 64 * 1024 * 1024, ByteBurst = 1L << 30 },
            time: _time);
        _honest = await MeshNode.StartAsync([_node]);
        await SeeEachOther(_node, _honest);
        await CanTalk(_node, _honest, frames: 1);
        await CanTalk(_honest, _node, frames: 2);
    }

    public async Task DisposeAsync()
    {
        await CanTalk(_node, _honest, frames: 3);
        await CanTalk(_honest, _node, frames: 4);
        Assert.DoesNotContain(_node.Told, told => told is MeshProtocol.PeerDown down && down.Address == _honest.Address);
        Assert.DoesNotContain(_honest.Told, told => told is MeshProtocol.PeerDown down && down.Address == _node.Address);
        await _honest.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task Garbage_instead_of_a_hello()
    {
        await using var peer = await StrangePeer.ConnectAsync(_node);
        await peer.SendBytesAsync([0xDE, 0xAD, 0xBE, 0xEF]);
        await LosesItsLink(peer, LinkRefusal.UnknownMessage);
    }

    [Fact]
    public async Task A_hello_that_is_not_protobuf()
    {
        await using var peer = await StrangePeer.ConnectAsync(_node);
        await peer.SendBytesAsync([0, 1, 0xFF, 0xFF, 0xFF]);
        await LosesItsLink(peer, LinkRefusal.Malformed);
    }

    [Fact]
    public async Task A_text_frame()
    {
        await using var peer = await StrangePeer.ConnectAsync(_node);
        await peer.SendBytesAsync("hello"u8.ToArray(), WebSocketMessageType.Text);
        await LosesItsLink(peer, LinkRefusal.NotBinary);
    }

    [Fact]
    public async Task A_stranger_with_a_long_frame()
    {
        await using var peer = await StrangePeer.ConnectAsync(_node);
        await peer.SendBytesAsync(new byte[1025]);
        await LosesItsLink(peer, LinkRefusal.Oversize);
    }

    [Fact]
    public async Task A_peer_with_a_frame_over_64_KiB()
    {
        await using var peer = await StrangePeer.JoinAsync(_node);
        await peer.SendBytesAsync(peer.Seal(new byte[FrameCodec.MaxFrameBytes - FrameSeal.TagBytes + 1]));
        await LosesItsLink(peer, LinkRefusal.Oversize);
    }

    [Fact]
    public async Task A_frame_without_end_is_refused_before_it_is_buffered()
    {
        await using var peer = await StrangePeer.JoinAsync(_node);
        for (var piece = 0; piece < 5; piece++)
        {
            await peer.SendBytesAsync(new byte[16 * 1024], end: false);
        }

        await LosesItsLink(peer, LinkRefusal.Oversize);
    }

    [Fact]
    public async Task A_frame_in_crumbs()
    {
        await using var peer = await StrangePeer.JoinAsync(_node);
        for (var piece = 0; piece < 300; piece++)
        {
            await peer.SendBytesAsync([1], end: false);
        }

        await LosesItsLink(peer, LinkRefusal.Fragmented);
    }

    [Fact]
    public async Task A_handshake_that_never_goes_on()
    {
        await using var silent = await StrangePeer.ConnectAsync(_node);
        await using var slow = await StrangePeer.ConnectAsync(_node);
        await slow.SayAsync(slow.Hello());
        Assert.IsType<Hello>(await slow.HearAsync());
        await Eventually.TrueAsync(() => _node.Gate.Handshakes == 2);

        _time.Advance(TimeSpan.FromSeconds(10));

        await LosesItsLink(silent, LinkRefusal.HandshakeTimeout);
        await LosesItsLink(slow, LinkRefusal.HandshakeTimeout);

        // They do not even answer the close frame: the node lets go without it.
        await Eventually.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _node.Gate.Handshakes == 0;
        });
    }

    [Fact]
    public async Task A_crowd_at_the_door_makes_room_for_who_means_it()
    {
        var crowd = new List<StrangePeer>();
        for (var number = 0; number < A.Options.MaxHandshakes; number++)
        {
            crowd.Add(await StrangePeer.ConnectAsync(_node));
        }

        await Eventually.TrueAsync(() => _node.Gate.Handshakes == A.Options.MaxHandshakes);
        await using var joiner = await StrangePeer.JoinAsync(_node);

        await LosesItsLink(crowd[0], LinkRefusal.CrowdedOut);
        foreach (var peer in crowd)
        {
            await peer.DisposeAsync();
        }
    }

    [Fact]
    public async Task Another_chain()
    {
        await using var peer = await StrangePeer.ConnectAsync(_node);
        await peer.SayAsync(peer.Hello(chain: "other-chain"));
        await LosesItsLink(peer, LinkRefusal.WrongChain);
    }

    [Fact]
    public async Task Another_version()
    {
        await using var peer = await StrangePeer.ConnectAsync(_node);
        await peer.SayAsync(peer.Hello().With(hello => hello.Version = 2));
        await LosesItsLink(peer, LinkRefusal.WrongVersion);
    }

    [Fact]
    public async Task The_nodes_own_name()
    {
        await using var peer = await StrangePeer.ConnectAsync(_node, _node.Key);
        await peer.SayAsync(peer.Hello());
        await LosesItsLink(peer, LinkRefusal.SelfDial);
    }

    [Fact]
    public async Task A_recorded_handshake_played_again()
    {
        await using var recorded = await StrangePeer.JoinAsync(_node);
        await using var replay = await StrangePeer.ConnectAsync(_node);
        foreach (var frame in recorded.Said)
        {
            await replay.SendBytesAsync(frame);
        }

        await LosesItsLink(replay, LinkRefusal.ProofInvalid);
        Assert.True(_node.Sees(recorded.Address));
    }

    [Fact]
    public async Task A_proof_in_anothers_name()
    {
        await using var peer = await StrangePeer.ConnectAsync(_node);
        await peer.SayAsync(peer.Hello().With(hello => hello.Address = ByteString.CopyFrom(_honest.Address.ToArray())));
        Assert.IsType<Hello>(await peer.HearAsync());
        Assert.IsType<Proof>(await peer.HearAsync());
        await peer.SayAsync(new Proof { Signature = ByteString.CopyFrom(peer.Key.Sign(Keccak.Hash([1])).ToArray()) });
        await LosesItsLink(peer, LinkRefusal.ProofInvalid);
    }

    [Fact]
    public async Task A_job_message_before_the_handshake()
    {
        await using var peer = await StrangePeer.ConnectAsync(_node);
        await peer.SendBytesAsync(FrameCodec.TryEncode(Progress(666))!);
        await LosesItsLink(peer, LinkRefusal.OutOfPhase);
        Assert.DoesNotContain(_node.Told, told => told is MeshProtocol.Received { Message: SegmentProgress { Amount: 666 } });
    }

    [Fact]
    public async Task A_job_message_before_the_announcement()
    {
        await using var peer = await StrangePeer.LinkAsync(_node);
        await peer.SendAsync(Progress(666));
        await LosesItsLink(peer, LinkRefusal.Unannounced);
        Assert.DoesNotContain(_node.Told, told => told is MeshProtocol.Received { Message: SegmentProgress { Amount: 666 } });
    }

    [Fact]
    public async Task A_sealed_frame_played_again()
    {
        await using var peer = await StrangePeer.JoinAsync(_node);
        var frame = peer.Seal(Progress(666));
        await peer.SendBytesAsync(frame);
        await peer.SendBytesAsync(frame);
        await LosesItsLink(peer, LinkRefusal.ForgedFrame);
        Assert.Single(_node.Received<SegmentProgress>(peer.Address));
    }

    [Fact]
    public async Task A_sealed_frame_with_one_bit_changed()
    {
        await using var peer = await StrangePeer.JoinAsync(_node);
        var frame = peer.Seal(Progress(666));
        frame[3] ^= 1;
        await peer.SendBytesAsync(frame);
        await LosesItsLink(peer, LinkRefusal.ForgedFrame);
        Assert.Empty(_node.Received<SegmentProgress>(peer.Address));
    }

    [Fact]
    public async Task A_sealed_number_that_nobody_registered()
    {
        await using var peer = await StrangePeer.JoinAsync(_node);
        await peer.SendBytesAsync(peer.Seal([0x7F, 0xFF]));
        await LosesItsLink(peer, LinkRefusal.UnknownMessage);
    }

    [Fact]
    public async Task A_second_hello_on_a_link_in_use()
    {
        await using var peer = await StrangePeer.JoinAsync(_node);
        await peer.SendAsync(peer.Hello());
        await LosesItsLink(peer, LinkRefusal.OutOfPhase);
    }

    [Fact]
    public async Task An_announcement_signed_by_another()
    {
        var victim = PrivateKey.Create();
        await using var peer = await StrangePeer.JoinAsync(_node);
        var forged = A.Announcement(victim, issued: _time.GetUtcNow());
        forged.Signature = A.Announcement(peer.Key).Signature;
        await peer.AnnounceAsync(forged);
        await LosesItsLink(peer, LinkRefusal.AnnouncementForged);
        Assert.DoesNotContain((await _node.DirectoryAsync()).Entries, entry => entry.Announcement.Address == victim.Address);
    }

    [Fact]
    public async Task An_announcement_past_its_lifetime()
    {
        await using var peer = await StrangePeer.JoinAsync(_node);
        await peer.AnnounceAsync(A.Announcement(PrivateKey.Create(), issued: _time.GetUtcNow()).Aged(TimeSpan.FromMinutes(5)));
        await LosesItsLink(peer, LinkRefusal.AnnouncementExpired);
    }

    [Fact]
    public async Task An_announcement_of_another_chain()
    {
        await using var peer = await StrangePeer.JoinAsync(_node);
        await peer.AnnounceAsync(A.Announcement(peer.Key, sequence: 2, issued: _time.GetUtcNow(), chain: "other-chain"));
        await LosesItsLink(peer, LinkRefusal.AnnouncementForeign);
    }

    [Fact]
    public async Task An_announcement_of_random_bytes()
    {
        await using var peer = await StrangePeer.JoinAsync(_node);
        await peer.AnnounceAsync(new SignedAnnouncement { Body = ByteString.CopyFrom(new byte[100]) });
        await LosesItsLink(peer, LinkRefusal.AnnouncementMalformed);
    }

    [Fact]
    public async Task A_clock_four_hours_slow()
    {
        await using var peer = await StrangePeer.LinkAsync(_node);
        await peer.AnnounceAsync(A.Announcement(peer.Key, issued: _time.GetUtcNow().AddHours(-4)));
        await LosesItsLink(peer, LinkRefusal.ClockAbsurd);
    }

    [Fact]
    public async Task An_announcement_that_is_not_renewed()
    {
        await using var peer = await StrangePeer.LinkAsync(_node);
        await peer.AnnounceAsync(lifetime: TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(() => _node.Sees(peer.Address));

        _time.Advance(TimeSpan.FromSeconds(1));

        await LosesItsLink(peer, LinkRefusal.NotRenewed);
        Assert.False(_node.Sees(peer.Address));
    }

    [Fact]
    public async Task A_flood_of_messages()
    {
        await using var peer = await StrangePeer.JoinAsync(_node);
        for (var number = 0; number < 300; number++)
        {
            await peer.SendAsync(Progress(number));
        }

        await LosesItsLink(peer, LinkRefusal.Flood);
        Assert.InRange(_node.Received<SegmentProgress>(peer.Address).Count(), 1, 200);
    }

    [Fact]
    public async Task A_flood_of_control_frames_below_the_messages()
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(_node.Url.Host, _node.Url.Port);
        var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET {MeshEndpoint.Path} HTTP/1.1\r\nHost: {_node.Url.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
        byte[] ping = [0x89, 0x80, 1, 2, 3, 4];
        var pings = Enumerable.Repeat(ping, 10_000).SelectMany(bytes => bytes).ToArray();
        var draining = stream.CopyToAsync(Stream.Null);
        try
        {
            for (var round = 0; round < 100 && !_node.EndedFor(LinkRefusal.Flood); round++)
            {
                await stream.WriteAsync(pings);
            }
        }
        catch (IOException)
        {
            // It has had enough.
        }

        await Eventually.TrueAsync(() => _node.EndedFor(LinkRefusal.Flood));
        tcp.Close();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await Eventually.Ends(draining);
            throw new IOException("Ended in peace.");
        });
    }

    [Fact]
    public async Task A_peer_that_does_not_read()
    {
        await using var peer = await StrangePeer.JoinAsync(_node);
        for (var number = 0; number < 250; number++)
        {
            _node.Mesh.Tell(new MeshProtocol.Send(peer.Address, new SegmentFailed { Detail = new string('x', 60_000) }), ActorRefs.NoSender);
        }

        await Eventually.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _node.EndedFor(LinkRefusal.SlowReader);
        });
        await Eventually.TrueAsync(() => !_node.Sees(peer.Address));
    }

    [Fact]
    public async Task A_peer_that_misbehaved_waits_before_it_links_again_and_then_may()
    {
        await using var peer = await StrangePeer.JoinAsync(_node);
        await peer.SendBytesAsync([1, 2, 3]);
        await LosesItsLink(peer, LinkRefusal.ForgedFrame);

        await using var early = await StrangePeer.ConnectAsync(_node, peer.Key);
        await early.HandshakeAsync();
        await LosesItsLink(early, LinkRefusal.Banned);

        _time.Advance(TimeSpan.FromSeconds(5));
        await using var late = await StrangePeer.JoinAsync(_node, peer.Key);
        await late.SendAsync(Progress(7));
        await Eventually.TrueAsync(() => _node.Received<SegmentProgress>(peer.Address).Any());
    }

    private async Task LosesItsLink(StrangePeer peer, LinkRefusal reason)
    {
        Assert.Equal(reason, await peer.EndAsync());
        await Eventually.TrueAsync(() => _node.EndedFor(reason));
        await Eventually.TrueAsync(async () => (await _node.CountersAsync()).Ended.GetValueOrDefault(reason.Name) > 0);
        await Eventually.TrueAsync(() => reason == LinkRefusal.ProofInvalid || !_node.Sees(peer.Address));
    }
}
