using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace VideoMesh.Actors.Mesh;

/// <summary>The door of the mesh on the node's HTTP port.</summary>
public static class MeshEndpoint
{
    /// <summary>Where links are made.</summary>
    public const string Path = "/mesh";

    /// <summary>Takes WebSocket connections at <see cref="Path"/> and hands those that <paramref name="gate"/> admits to the mesh actor.</summary>
    /// <param name="mesh">Made by <see cref="MeshActor.Props"/> with the same gate.</param>
    public static IEndpointConventionBuilder MapMesh(this IEndpointRouteBuilder endpoints, IActorRef mesh, LinkGate gate)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(mesh);
        ArgumentNullException.ThrowIfNull(gate);
        var pipeline = endpoints.CreateApplicationBuilder();

        // Below the WebSocket middleware, so that it upgrades to a metered stream.
        pipeline.Use((context, next) =>
        {
            if (context.Features.Get<IHttpUpgradeFeature>() is { } upgrade)
            {
                var meter = new LinkMeter(gate.Options, gate.Time);
                context.Features.Set(meter);
                context.Features.Set<IHttpUpgradeFeature>(new MeteredUpgrade(upgrade, meter));
            }

            return next(context);
        });
        pipeline.UseWebSockets(new WebSocketOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan });
        pipeline.Run(context => AcceptAsync(context, mesh, gate));
        return endpoints.Map(Path, pipeline.Build());
    }

    private static async Task AcceptAsync(HttpContext context, IActorRef mesh, LinkGate gate)
    {
        // Over HTTP/2 a WebSocket does not go through the upgrade that is metered.
        if (!context.WebSockets.IsWebSocketRequest || !HttpProtocol.IsHttp11(context.Request.Protocol) || context.Features.Get<LinkMeter>() is not { } meter)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            await context.Response.WriteAsync("Nodes link here over a WebSocket.", context.RequestAborted);
            return;
        }

        var admission = gate.Admit(context.Connection.RemoteIpAddress);
        if (admission is Admission.Refused refused)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync(refused.Refusal.ToString(), context.RequestAborted);
            return;
        }

        using (var ticket = ((Admission.Admitted)admission).Ticket)
        {
            WebSocket socket;
            try
            {
                socket = await context.WebSockets.AcceptWebSocketAsync();
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
            {
                return;
            }

            var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
            var inbound = new InboundLink(new LinkSocket(socket, meter, owner: null), ticket);
            await using (stopping.Register(inbound.Abandon))
            await using (ticket.Revoked.Register(inbound.AbandonUnlessTaken))
            {
                mesh.Tell(inbound, ActorRefs.NoSender);
                await inbound.Ended;
            }
        }
    }

    private sealed class MeteredUpgrade(IHttpUpgradeFeature inner, LinkMeter meter) : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest => inner.IsUpgradableRequest;

        public async Task<Stream> UpgradeAsync() => new MeteredStream(await inner.UpgradeAsync(), meter);
    }
}

/// <summary>An admitted connection on its way to the mesh actor.</summary>
internal sealed class InboundLink(LinkSocket socket, LinkTicket ticket)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _taken;

    public LinkSocket Socket { get; } = socket;

    public LinkTicket Ticket { get; } = ticket;

    /// <summary>Ends when the connection may be let go of.</summary>
    public Task Ended => _ended.Task;

    /// <summary>A link actor answers for the connection from here on.</summary>
    public void Take() => Interlocked.Exchange(ref _taken, 1);

    public void End() => _ended.TrySetResult();

    public void Abandon()
    {
        Socket.Dispose();
        End();
    }

    // Nobody took it: the mesh actor is gone.
    public void AbandonUnlessTaken()
    {
        if (Volatile.Read(ref _taken) == 0)
        {
            Abandon();
        }
    }
}
