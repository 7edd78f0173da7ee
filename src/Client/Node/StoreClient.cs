using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using VideoMesh.Actors;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.StorageClient;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;

namespace VideoMesh.Client.Node;

/// <summary>A client of the storage network: links to its miners, and listens nowhere. Its identity lasts for one run; who owns what is signed by another key.</summary>
public sealed class StoreClient : IAsyncDisposable
{
    private readonly ActorSystem _actors;
    private readonly HttpClient _http;
    private readonly PrivateKey _key;

    private StoreClient(ActorSystem actors, HttpClient http, PrivateKey key, StorageNetwork network, ContentClient transfers)
    {
        _actors = actors;
        _http = http;
        _key = key;
        Network = network;
        Transfers = transfers;
    }

    public StorageNetwork Network { get; }

    public ContentClient Transfers { get; }

    /// <exception cref="Commands.CommandFailure">No node answers at that URL.</exception>
    public static async Task<StoreClient> StartAsync(Uri seed, ILogger log, TimeProvider time, CancellationToken cancellationToken)
    {
        var chain = await NodeStatus.ChainOfAsync(seed, cancellationToken);
        // Nobody can dial a client, so it need not leave others the first move.
        var options = new MeshOptions { Chain = chain, Seeds = [seed], FirstBackoff = TimeSpan.FromMilliseconds(20) };
        var key = PrivateKey.Create();
        var actors = ActorHost.Start("videomesh", log);
        var mesh = actors.ActorOf(
            MeshActor.Props(options, key, new NodeProfile { Roles = ["client"], Name = "client" }, new LinkGate(options, time), time, NewRandom()), "mesh");
        var asker = actors.ActorOf(Props.Create(() => new StorageClientActor(mesh)), "storage-client");
        var http = ContentClient.CreateHttpClient();
        return new StoreClient(
            actors, http, key, new StorageNetwork(asker, mesh, chain, time), new ContentClient(http, new ContentClientOptions(), time, NewRandom()));
    }

    public async ValueTask DisposeAsync()
    {
        await _actors.Terminate();
        _http.Dispose();
        _key.Dispose();
    }

    private static Random NewRandom() => new(RandomNumberGenerator.GetInt32(int.MaxValue));
}
