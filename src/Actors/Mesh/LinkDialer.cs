using System.Net.WebSockets;

namespace VideoMesh.Actors.Mesh;

/// <summary>Opens the connection of an outbound link. Follows no redirect, keeps no cookie, uses no proxy and no credentials: an announced URL is a stranger's word.</summary>
internal static class LinkDialer
{
    private const int MaxResponseHeaderKiB = 16;

    /// <returns>The connection, or null when the URL did not lead to one.</returns>
    public static async Task<LinkSocket?> ConnectAsync(Uri url, MeshOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var meter = new LinkMeter(options, time);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            MaxResponseHeadersLength = MaxResponseHeaderKiB,
            PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(new MeteredStream(context.PlaintextStream, meter)),
        };
        var invoker = new HttpMessageInvoker(handler, disposeHandler: true);
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.KeepAliveInterval = Timeout.InfiniteTimeSpan;
            await socket.ConnectAsync(TargetOf(url), invoker, cancellation);
            return new LinkSocket(socket, meter, invoker);
        }
        catch (Exception e) when (e is WebSocketException or HttpRequestException or OperationCanceledException or IOException or InvalidOperationException or ArgumentException)
        {
            socket.Dispose();
            invoker.Dispose();
            return null;
        }
    }

    private static Uri TargetOf(Uri url) => new UriBuilder(url)
    {
        Scheme = url.Scheme is "https" or "wss" ? "wss" : "ws",
        Port = url.Port,
        Path = MeshEndpoint.Path,
    }.Uri;
}
