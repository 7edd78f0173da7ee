using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace VideoMesh.Client.Node.Chain;

/// <summary>New final blocks as server-sent events (WHATWG HTML, section 9.2).</summary>
internal static class ChainEvents
{
    // proxies end what is silent for half a minute; and a write is what notices a client that is gone
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    public static async Task FollowAsync(BlockFeed feed, HttpContext context, TimeProvider time)
    {
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        if (feed.Follow(ending.Token) is not { } blocks)
        {
            await ChainApiRefusal.TooManyFollowers.Refuse().ExecuteAsync(context);
            return;
        }

        try
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            await SendAsync(": new blocks follow\n\n");
            while (await MoreAsync())
            {
                while (blocks.TryRead(out var block))
                {
                    await SendAsync($"id: {block.Height}\nevent: block\ndata: {JsonSerializer.Serialize(block, ChainJson.Options)}\n\n");
                }
            }
        }
        catch (Exception e) when (ending.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // the client left, or the node stops
        }
        finally
        {
            await ending.CancelAsync();
        }

        async Task<bool> MoreAsync()
        {
            var more = blocks.WaitToReadAsync(ending.Token).AsTask();
            while (true)
            {
                try
                {
                    return await more.WaitAsync(Heartbeat, time, ending.Token);
                }
                catch (TimeoutException)
                {
                    await SendAsync(":\n\n");
                }
            }
        }

        async Task SendAsync(string text)
        {
            await context.Response.WriteAsync(text, ending.Token);
            await context.Response.Body.FlushAsync(ending.Token);
        }
    }
}
