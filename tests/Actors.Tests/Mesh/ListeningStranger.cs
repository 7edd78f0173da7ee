using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace VideoMesh.Actors.Tests.Mesh;

/// <summary>Something at a URL that is not a node: answers requests as its story wants, and counts them.</summary>
internal sealed class ListeningStranger : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;

    private ListeningStranger(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.First());

    public int Requests => Volatile.Read(ref _requests);

    public static async Task<ListeningStranger> StartAsync(Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var stranger = new ListeningStranger(app);
        app.UseWebSockets();
        app.Run(context =>
        {
            Interlocked.Increment(ref stranger._requests);
            return answer(context);
        });
        await app.StartAsync();
        return stranger;
    }

    /// <summary>Plays back every frame it hears.</summary>
    public static Task<ListeningStranger> EchoAsync() => StartAsync(async context =>
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted) is { MessageType: not System.Net.WebSockets.WebSocketMessageType.Close } heard)
        {
            await socket.SendAsync(buffer.AsMemory(0, heard.Count), heard.MessageType, heard.EndOfMessage, context.RequestAborted);
        }
    });

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
