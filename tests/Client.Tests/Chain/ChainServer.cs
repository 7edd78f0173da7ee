using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using VideoMesh.Client.Node.Chain;

namespace VideoMesh.Client.Tests.Chain;

/// <summary>The chain API on a port of its own, mapped as a node maps it.</summary>
internal sealed class ChainServer : IAsyncDisposable
{
    private readonly WebApplication _web;

    private ChainServer(WebApplication web) => _web = web;

    public Uri Url { get; private set; } = null!;

    public IEnumerable<RouteEndpoint> Routes => ((IEndpointRouteBuilder)_web).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();

    /// <param name="loopbackPerSecond">How often this machine may ask.</param>
    public static async Task<ChainServer> StartAsync(IChainView? view, int loopbackPerSecond = 2000)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        ChainRates.Add(builder.Services, loopbackPerSecond: loopbackPerSecond);
        var server = new ChainServer(builder.Build());
        server._web.UseRateLimiter();
        server._web.MapChain(() => view, TimeProvider.System);
        await server._web.StartAsync();
        server.Url = new Uri(server._web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return server;
    }

    public ValueTask DisposeAsync() => _web.DisposeAsync();
}
