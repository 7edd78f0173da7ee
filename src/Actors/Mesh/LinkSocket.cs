using System.Buffers;
using System.Net.WebSockets;

namespace VideoMesh.Actors.Mesh;

/// <summary>What came of reading one frame.</summary>
internal abstract record LinkRead
{
    private LinkRead()
    {
    }

    public sealed record Frame(byte[] Bytes) : LinkRead;

    /// <param name="ByPeer">The other end named this reason.</param>
    public sealed record Ended(LinkRefusal Reason, bool ByPeer) : LinkRead;
}

/// <summary>A WebSocket that carries whole binary frames of bounded size. Never throws for anything the network or the peer does.</summary>
internal sealed class LinkSocket(WebSocket socket, LinkMeter meter, IDisposable? owner) : IDisposable
{
    // A frame of 64 KiB in packets of the smallest usual size (536 bytes) comes in fewer pieces.
    private const int MaxPieces = 256;

    private const int FirstBufferBytes = 2048;

    private static readonly TimeSpan s_closeTimeout = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _abort = new();
    private Task<LinkRead> _reading = Task.FromResult<LinkRead>(Ended(LinkRefusal.ConnectionLost));

    /// <summary>Reads the next frame. A frame that grows past <paramref name="maxBytes"/> is refused before the rest of it is buffered. One at a time.</summary>
    public Task<LinkRead> ReadAsync(int maxBytes) => _reading = ReadFrameAsync(maxBytes);

    private async Task<LinkRead> ReadFrameAsync(int maxBytes)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(FirstBufferBytes, maxBytes));
        try
        {
            var length = 0;
            for (var pieces = 1; ; pieces++)
            {
                var room = Math.Min(buffer.Length, maxBytes) - length;
                var result = await socket.ReceiveAsync(buffer.AsMemory(length, room), _abort.Token);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    return LinkRefusal.FromCloseCode((int?)socket.CloseStatus ?? 0) is { } named ? new LinkRead.Ended(named, ByPeer: true) : Ended(LinkRefusal.ConnectionLost);
                }

                if (result.MessageType != WebSocketMessageType.Binary)
                {
                    return Ended(LinkRefusal.NotBinary);
                }

                meter.Payload(result.Count);
                length += result.Count;
                if (result.EndOfMessage)
                {
                    return new LinkRead.Frame(buffer.AsSpan(0, length).ToArray());
                }

                if (length >= maxBytes)
                {
                    return Ended(LinkRefusal.Oversize);
                }

                if (pieces >= MaxPieces)
                {
                    return Ended(LinkRefusal.Fragmented);
                }

                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(Math.Min(4 * length, maxBytes));
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
            }
        }
        catch (Exception e) when (IsNetwork(e))
        {
            return Ended(meter.IsFlooded ? LinkRefusal.Flood : LinkRefusal.ConnectionLost);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Hands one frame to the network.</summary>
    /// <returns>False when the connection is gone.</returns>
    public async Task<bool> WriteAsync(byte[] frame)
    {
        try
        {
            await socket.SendAsync(frame.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, _abort.Token);
            return true;
        }
        catch (Exception e) when (IsNetwork(e))
        {
            return false;
        }
    }

    /// <summary>Names the reason to the other end if it still listens, then lets go of the connection.</summary>
    public async Task CloseAsync(LinkRefusal reason, TimeProvider time)
    {
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                using var deadline = new CancellationTokenSource(s_closeTimeout, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _abort.Token);
                await socket.CloseOutputAsync((WebSocketCloseStatus)reason.CloseCode, reason.Name, either.Token);
                await DrainAsync(either.Token);
            }
        }
        catch (Exception e) when (IsNetwork(e))
        {
            // It is gone already, which is what was wanted.
        }
        finally
        {
            Dispose();
        }
    }

    // A connection dropped with unread bytes in it is reset, and the reason with it is lost: give the peer a moment to answer.
    private async Task DrainAsync(CancellationToken cancellation)
    {
        await _reading.WaitAsync(cancellation);
        var scrap = new byte[FirstBufferBytes];
        while (socket.State == WebSocketState.CloseSent)
        {
            var result = await socket.ReceiveAsync(scrap.AsMemory(), cancellation);
            meter.Payload(result.Count);
        }
    }

    public void Dispose()
    {
        try
        {
            _abort.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        socket.Abort();
        socket.Dispose();
        owner?.Dispose();
        _abort.Dispose();
    }

    private static LinkRead.Ended Ended(LinkRefusal reason) => new(reason, ByPeer: false);

    private static bool IsNetwork(Exception e) =>
        e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException
            or System.Net.Sockets.SocketException or System.Net.Http.HttpRequestException or Microsoft.AspNetCore.Connections.ConnectionAbortedException;
}
