using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using VideoMesh.Actors.Mesh;
using VideoMesh.Actors.Mesh.Wire;
using VideoMesh.Chain.Primitives;
using VideoMesh.TestKit;

namespace VideoMesh.Actors.Tests.Mesh;

/// <summary>A whole node as far as the mesh goes: its own actor system, its own Kestrel on a free loopback port, and a listener that remembers what subscribers are told.</summary>
internal sealed class MeshNode : IAsyncDisposable
{
    public const string Chain = "mesh-test";

    private readonly ActorSystem _system;
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<object> _told = [];
    private readonly ConcurrentQueue<LinkEnded> _ended = [];

    private MeshNode(ActorSystem system, WebApplication app, IActorRef mesh, PrivateKey key, LinkGate gate)
    {
        _system = system;
        _app = app;
        Mesh = mesh;
        Key = key;
        Gate = gate;
    }

    public IActorRef Mesh { get; }

    public PrivateKey Key { get; }

    public LinkGate Gate { get; }

    public Address Address => Key.Address;

    public Uri Url { get; private set; } = new("http://unset");

    /// <summary>Everything a subscriber was told, in order.</summary>
    public IReadOnlyList<object> Told => [.. _told];

    /// <summary>Links that ended here and why.</summary>
    public IReadOnlyList<LinkEnded> Ended => [.. _ended];

    public static async Task<MeshNode> StartAsync(
        IEnumerable<MeshNode>? seeds = null,
        Func<MeshOptions, MeshOptions>? with = null,
        NodeProfile? profile = null,
        PrivateKey? key = null,
        TimeProvider? time = null,
        bool outboundOnly = false,
        int port = 0)
    {
        key ??= PrivateKey.Create();
        time ??= TimeProvider.System;
        var options = new MeshOptions { Chain = Chain, Seeds = [.. (seeds ?? []).Select(seed => seed.Url)] };
        options = with?.Invoke(options) ?? options;
        profile ??= new NodeProfile { Roles = ["compute"] };
        var system = ActorSystem.Create("mesh-node");
        var gate = new LinkGate(options, time);
        var mesh = system.ActorOf(MeshActor.Props(options, key, profile, gate, time, new Random(key.Address.GetHashCode())), "mesh");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var app = builder.Build();
        app.MapMesh(mesh, gate);
        var node = new MeshNode(system, app, mesh, key, gate);
        await node.ListenAsync();
        await app.StartAsync();
        node.Url = new Uri(app.Urls.First());
        if (!outboundOnly)
        {
            mesh.Tell(new MeshProtocol.Announce(profile with { Url = node.Url }), ActorRefs.NoSender);
        }

        return node;
    }

    public void Send(MeshNode to, IMessage message) => Mesh.Tell(new MeshProtocol.Send(to.Address, message), ActorRefs.NoSender);

    public Task<MeshProtocol.Directory> DirectoryAsync() => Mesh.Ask<MeshProtocol.Directory>(MeshProtocol.GetDirectory.Instance, Eventually.Limit);

    public Task<LinkCounters> CountersAsync() => Mesh.Ask<LinkCounters>(GetLinkCounters.Instance, Eventually.Limit);

    /// <summary>Whether the last that subscribers heard of a peer is that it is up.</summary>
    public bool Sees(Address peer) => Told.LastOrDefault(told => told switch
    {
        MeshProtocol.PeerUp up => up.Peer.Address == peer,
        MeshProtocol.PeerDown down => down.Address == peer,
        _ => false,
    }) is MeshProtocol.PeerUp;

    public IEnumerable<T> Received<T>(Address from)
        where T : IMessage => Told.OfType<MeshProtocol.Received>().Where(received => received.From == from).Select(received => received.Message).OfType<T>();

    public IEnumerable<NodeProfile> ProfilesOf(Address peer) => Told.OfType<MeshProtocol.PeerUp>().Where(up => up.Peer.Address == peer).Select(up => up.Peer.Profile);

    public bool EndedFor(LinkRefusal reason) => Ended.Any(ended => ended.Reason == reason && !ended.ByPeer);

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task ListenAsync()
    {
        var types = WireRegistry.Entries.Where(entry => entry.Phase == WirePhase.Open).Select(entry => entry.Type).ToImmutableArray();
        var listener = _system.ActorOf(Props.Create(() => new Listener(_told, _ended)), "listener");
        _system.EventStream.Subscribe(listener, typeof(LinkEnded));
        Mesh.Tell(new MeshProtocol.Subscribe(listener, types), ActorRefs.NoSender);
        await DirectoryAsync();
    }

    private sealed class Listener : ReceiveActor
    {
        public Listener(ConcurrentQueue<object> told, ConcurrentQueue<LinkEnded> ended)
        {
            Receive<LinkEnded>(ended.Enqueue);
            ReceiveAny(told.Enqueue);
        }
    }
}

/// <summary>Waiting for what a story says next.</summary>
internal static class MeshStories
{
    public static SegmentProgress Progress(int frames) => new() { Ref = new SegmentRef { Job = "job", Segment = 1, Attempt = 1 }, Amount = frames };

    /// <summary>Each node sees each other.</summary>
    public static Task SeeEachOther(params MeshNode[] nodes) =>
        Eventually.TrueAsync(() => nodes.All(node => nodes.Where(other => other != node).All(other => node.Sees(other.Address))));

    /// <summary>A message from one to the other arrives.</summary>
    public static async Task CanTalk(MeshNode from, MeshNode to, int frames)
    {
        from.Send(to, Progress(frames));
        await Eventually.TrueAsync(() => to.Received<SegmentProgress>(from.Address).Any(message => message.Amount == frames));
    }
}
