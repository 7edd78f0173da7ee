using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using VideoMesh.Actors;
using VideoMesh.Actors.Mesh;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Node.Chain;
using VideoMesh.Miners.Content;

namespace VideoMesh.Client.Node;

/// <summary>What every node is made of, whatever its roles.</summary>
public sealed record MeshNodeOptions
{
    public const string DefaultChainId = "videomesh-devnet";

    /// <summary>Nodes of different chains do not link.</summary>
    public string ChainId { get; init; } = DefaultChainId;

    /// <summary>What this node announces at first.</summary>
    public required NodeProfile Profile { get; init; }

    /// <summary>URLs of nodes to begin with; empty for a first node.</summary>
    public required IReadOnlyList<Uri> Seeds { get; init; }

    /// <summary>Address and port to listen on; port 0 takes a free one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>What others are told to dial; null with <see cref="AnnounceListen"/> false: outbound only.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>Announce the listening address when no public URL is given.</summary>
    public bool AnnounceListen { get; init; }

    /// <summary>Gets the failures of actors.</summary>
    public required ILogger Log { get; init; }

    public required string StoreFolder { get; init; }

    /// <summary>The ledger behind the chain API; null while, or as long as, there is none.</summary>
    public Func<IChainView?> Chain { get; init; } = () => null;

    /// <summary>Adds endpoints of its own.</summary>
    public Action<IEndpointRouteBuilder> Map { get; init; } = _ => { };

    /// <summary>What of the content store everybody may read; asked from any thread.</summary>
    public Func<ContentHash, bool> IsPublic { get; init; } = _ => false;

    /// <summary>Budget of the content store in bytes.</summary>
    public long StoreBytes { get; init; } = 64L << 30;
}

/// <summary>A running node: Kestrel with the mesh and the content endpoints on one port, a content store, an actor system and its mesh actor.</summary>
public sealed class MeshNode : IAsyncDisposable
{
    /// <summary>Answers with what the node is, for <c>doctor</c>, scripts and a client's first knock.</summary>
    public const string StatusPath = "/api/node";

    private const int MaxConnections = 4096;

    // Many nodes may share one address, and each needs a few.
    private const int MaxConnectionsOfOne = 256;

    private readonly WebApplication _web;
    private readonly HttpClient _http;
    private readonly PrivateKey _key;

    private MeshNode(WebApplication web, HttpClient http, PrivateKey key, ActorSystem actors, IActorRef mesh, ContentStore store, ContentTickets tickets, ContentClient transfers, Uri listening, Uri? url, string chain)
    {
        _web = web;
        _http = http;
        _key = key;
        Actors = actors;
        Mesh = mesh;
        Store = store;
        Tickets = tickets;
        Transfers = transfers;
        Listening = listening;
        Url = url;
        Chain = chain;
        Address = key.Address;
    }

    public ActorSystem Actors { get; }

    public IActorRef Mesh { get; }

    public ContentStore Store { get; }

    public ContentTickets Tickets { get; }

    public ContentClient Transfers { get; }

    /// <summary>For requests to peers: follows no redirects, uses no proxy.</summary>
    public HttpClient Http => _http;

    /// <summary>Where this process listens.</summary>
    public Uri Listening { get; }

    /// <summary>What others are told to dial; null: outbound only.</summary>
    public Uri? Url { get; }

    public Address Address { get; }

    public string Chain { get; }

    /// <summary>The node's account; the node disposes of it.</summary>
    internal PrivateKey Key => _key;

    /// <param name="key">The node's account; the node disposes of it.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    /// <exception cref="ContentStoreException">The store's folder is in use.</exception>
    public static async Task<MeshNode> StartAsync(MeshNodeOptions options, PrivateKey key, TimeProvider time, CancellationToken cancellationToken)
    {
        var store = ContentStore.Open(new ContentStoreOptions { Folder = options.StoreFolder, BudgetBytes = options.StoreBytes });
        var random = new Random(RandomNumberGenerator.GetInt32(int.MaxValue));
        var tickets = new ContentTickets(RandomNumberGenerator.GetBytes(ContentTickets.MinSecretBytes), time);
        var http = ContentClient.CreateHttpClient();
        var actors = ActorHost.Start("videomesh", options.Log);
        WebApplication? web = null;
        try
        {
            web = BuildWeb(options.Listen);
            var meshOptions = new MeshOptions { Chain = options.ChainId, Seeds = [.. options.Seeds] };
            var gate = new LinkGate(meshOptions, time);
            var profile = options.Profile with { Url = options.PublicUrl };
            var mesh = actors.ActorOf(MeshActor.Props(meshOptions, key, profile, gate, time, random), "mesh");
            web.MapMesh(mesh, gate);
            web.MapContent(store, tickets, isPublic: options.IsPublic);
            options.Map(web);
            web.MapChain(options.Chain, time);
            var status = new { options.Profile.Name, options.Profile.Roles, Address = key.Address.ToString(), Chain = options.ChainId };
            web.MapGet(StatusPath, () => Results.Json(status));
            await web.StartAsync(cancellationToken);

            var listening = ListeningUrl(web, options.Listen);
            var url = options.PublicUrl ?? (options.AnnounceListen ? listening : null);
            if (url != options.PublicUrl)
            {
                // The port was not known before.
                mesh.Tell(new MeshProtocol.Announce(profile with { Url = url }));
            }

            return new MeshNode(web, http, key, actors, mesh, store, tickets, new ContentClient(http, new ContentClientOptions(), time, random), listening, url, options.ChainId);
        }
        catch
        {
            await actors.Terminate();
            if (web is not null)
            {
                await web.DisposeAsync();
            }

            http.Dispose();
            store.Dispose();
            key.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Actors.Terminate();
        // Requests that still run are of peers; the store outlives them by being disposed of last.
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2)))
        {
            await _web.StopAsync(patience.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        await _web.DisposeAsync();
        _http.Dispose();
        Store.Dispose();
        _key.Dispose();
    }

    private static WebApplication BuildWeb(IPEndPoint listen)
    {
        var builder = WebApplication.CreateSlimBuilder();
        var limit = new ConnectionLimit(MaxConnectionsOfOne);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Listen(listen, options => options.Use(limit.Guard));
        });
        builder.Services.AddRouting();
        ChainRates.Add(builder.Services);
        var web = builder.Build();
        web.UseWebSockets();
        web.UseRateLimiter();
        return web;
    }

    private static Uri ListeningUrl(WebApplication web, IPEndPoint listen)
    {
        var bound = web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var port = new Uri(bound).Port;
        var any = listen.Address.Equals(IPAddress.Any) || listen.Address.Equals(IPAddress.IPv6Any);
        return new UriBuilder(Uri.UriSchemeHttp, any ? "127.0.0.1" : listen.Address.ToString(), port).Uri;
    }
}
