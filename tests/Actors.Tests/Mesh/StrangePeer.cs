using System.Net.WebSockets;
using Google.Protobuf;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.Chain.Primitives;
using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Mesh;

/// <summary>A peer made of the protocol's pure parts on a bare WebSocket: as correct or as wrong as its story wants.</summary>
internal sealed class StrangePeer : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly LinkKeys _keys = new();
    private readonly ulong _instance;
    private FrameSeal? _send;
    private FrameSeal? _receive;

    private StrangePeer(PrivateKey key, ulong instance)
    {
        Key = key;
        _instance = instance;
    }

    public PrivateKey Key { get; }

    public Address Address => Key.Address;

    /// <summary>What it sent in the clear, in order.</summary>
    public List<byte[]> Said { get; } = [];

    /// <summary>A bare connection: nothing said yet.</summary>
    public static async Task<StrangePeer> ConnectAsync(MeshNode node, PrivateKey? key = null, ulong instance = 1)
    {
        var peer = new StrangePeer(key ?? PrivateKey.Create(), instance);
        peer._socket.Options.KeepAliveInterval = Timeout.InfiniteTimeSpan;
        await Eventually.Ends(peer._socket.ConnectAsync(new UriBuilder(node.Url) { Scheme = "ws", Path = MeshEndpoint.Path }.Uri, CancellationToken.None));
        return peer;
    }

    /// <summary>A peer whose handshake is done and whose link is in use, but which has not announced itself.</summary>
    public static async Task<StrangePeer> LinkAsync(MeshNode node, PrivateKey? key = null, ulong instance = 1)
    {
        var peer = await ConnectAsync(node, key, instance);
        await peer.HandshakeAsync();
        if (peer.Address < node.Address)
        {
            await peer.SendAsync(new LinkReady());
        }
        else
        {
            Assert.IsType<LinkReady>(await peer.HearAsync());
        }

        return peer;
    }

    /// <summary>A peer like any other, up at the node.</summary>
    public static async Task<StrangePeer> JoinAsync(MeshNode node, PrivateKey? key = null, ulong instance = 1)
    {
        var peer = await LinkAsync(node, key, instance);
        await peer.AnnounceAsync();
        await Eventually.TrueAsync(() => node.Sees(peer.Address));
        return peer;
    }

    public Hello Hello(string chain = MeshNode.Chain) => A.Hello(Key, _keys, _instance, chain).ToWire();

    public async Task HandshakeAsync()
    {
        HandshakeState state = new HandshakeState.AwaitingHello(LinkRole.Dialer, A.Hello(Key, _keys, _instance), Expected: null);
        await PerformAsync(Handshake.Start((HandshakeState.AwaitingHello)state));
        while (state is not HandshakeState.Established)
        {
            var decision = Handshake.Decide(state, await HearAsync() ?? throw new InvalidOperationException("The node ended the handshake."));
            state = Handshake.Apply(state, decision.Event);
            Assert.IsNotType<HandshakeState.Refused>(state);
            await PerformAsync(decision.Effects);
        }

        var done = (HandshakeState.Established)state;
        (_send, _receive) = _keys.Derive(LinkRole.Dialer, done.Theirs.Ephemeral.AsSpan(), done.Transcript);
    }

    public Task AnnounceAsync(SignedAnnouncement? announcement = null, TimeSpan? lifetime = null) =>
        SendAsync(new Announcements
        {
            Items = { announcement ?? A.Announcement(Key, sequence: 1, new NodeProfile { Roles = ["strange"] }, TimeProvider.System.GetUtcNow(), lifetime) },
        });

    public Task SendAsync(IMessage message) => SendBytesAsync(Seal(message));

    public byte[] Seal(IMessage message) => Seal(FrameCodec.TryEncode(message)!);

    public byte[] Seal(byte[] plain) => _send!.Seal(plain);

    public Task SayAsync(IMessage message)
    {
        Said.Add(FrameCodec.TryEncode(message)!);
        return SendBytesAsync(Said[^1]);
    }

    public async Task SendBytesAsync(byte[] bytes, WebSocketMessageType type = WebSocketMessageType.Binary, bool end = true)
    {
        try
        {
            await Eventually.Ends(_socket.SendAsync(bytes, type, end, CancellationToken.None));
        }
        catch (WebSocketException)
        {
            // The node has had enough already; the story asks it why.
        }
    }

    /// <summary>The next message; null when the node has ended the link.</summary>
    public async Task<IMessage?> HearAsync()
    {
        var buffer = new byte[FrameCodec.MaxFrameBytes];
        var length = 0;
        while (true)
        {
            ValueWebSocketReceiveResult result;
            try
            {
                result = await Eventually.Ends(_socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None).AsTask());
            }
            catch (WebSocketException)
            {
                return null;
            }

            if (result.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            length += result.Count;
            if (result.EndOfMessage)
            {
                var plain = _receive is null ? buffer.AsSpan(0, length).ToArray() : _receive.TryOpen(buffer.AsSpan(0, length));
                return Assert.IsType<FrameVerdict.Accepted>(FrameCodec.Decode(plain)).Message;
            }
        }
    }

    /// <summary>Listens until the node ends the link, and says for what reason it did; null when it named none.</summary>
    public async Task<LinkRefusal?> EndAsync()
    {
        while (await HearAsync() is not null)
        {
        }

        return LinkRefusal.FromCloseCode((int?)_socket.CloseStatus ?? 0);
    }

    public ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();
        _keys.Dispose();
        _send?.Dispose();
        _receive?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task PerformAsync(IEnumerable<HandshakeEffect> effects)
    {
        foreach (var effect in effects)
        {
            await SayAsync(effect switch
            {
                HandshakeEffect.SendHello hello => hello.Mine.ToWire(),
                HandshakeEffect.SendProof proof => new Proof { Signature = ByteString.CopyFrom(Key.Sign(proof.Digest).ToArray()) },
                _ => throw new NotSupportedException(),
            });
        }
    }
}
