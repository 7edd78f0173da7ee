namespace VideoMesh.Actors.Mesh;

/// <summary>What a link's network work tells the link actor when it is done. Works away from the actor's turn and touches nothing of it.</summary>
internal static class LinkIo
{
    /// <param name="Socket">Null when the URL did not lead to one.</param>
    public sealed record Connected(LinkSocket? Socket);

    public sealed record Written(bool Succeeded);

    /// <summary>Cancelled, it also lets go of a connection that nobody took up yet.</summary>
    public static async Task ConnectAsync(Uri url, LinkContext link, IActorRef tell, CancellationToken cancellation)
    {
        var socket = await LinkDialer.ConnectAsync(url, link.Options, link.Time, cancellation);
        cancellation.Register(() => socket?.Dispose());
        tell.Tell(new Connected(socket), ActorRefs.NoSender);
    }

    public static async Task ReadAsync(LinkSocket socket, int maxBytes, IActorRef tell) => tell.Tell(await socket.ReadAsync(maxBytes), ActorRefs.NoSender);

    public static async Task WriteAsync(LinkSocket socket, byte[] frame, IActorRef tell) =>
        tell.Tell(new Written(await socket.WriteAsync(frame)), ActorRefs.NoSender);

    public static async Task CloseAsync(LinkSocket socket, LinkRefusal reason, TimeProvider time, InboundLink? inbound)
    {
        await socket.CloseAsync(reason, time);
        inbound?.End();
    }
}
