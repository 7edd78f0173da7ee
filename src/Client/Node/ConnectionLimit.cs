using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using VideoMesh.Actors.Mesh;

namespace VideoMesh.Client.Node;

/// <summary>How many connections one address may have open, so that one stranger cannot take all that a node has. The loopback address has no such limit.</summary>
/// <param name="most">Of one address.</param>
internal sealed class ConnectionLimit(int most)
{
    private readonly ConcurrentDictionary<IPAddress, int> _open = new();

    /// <summary>A connection middleware: ends at once what is too much.</summary>
    public ConnectionDelegate Guard(ConnectionDelegate next) => async connection =>
    {
        var who = connection.RemoteEndPoint is IPEndPoint { Address: var remote } ? RemoteAddress.Normalize(remote) : IPAddress.Loopback;
        if (IPAddress.IsLoopback(who))
        {
            await next(connection);
            return;
        }

        try
        {
            if (_open.AddOrUpdate(who, 1, (_, count) => count + 1) <= most)
            {
                await next(connection);
            }
            else
            {
                connection.Abort();
            }
        }
        finally
        {
            // gone with the last one, unless another comes meanwhile
            if (_open.AddOrUpdate(who, 0, (_, count) => count - 1) == 0)
            {
                _open.TryRemove(KeyValuePair.Create(who, 0));
            }
        }
    };
}
