using System.Net;
using System.Net.Sockets;

namespace VideoMesh.Actors.Mesh;

/// <summary>What limits per address count as one.</summary>
public static class RemoteAddress
{
    private const int CustomerBytes = 8;

    /// <summary>An IPv4 address however it is written; of an IPv6 address the /64, which one customer commonly holds whole; the loopback address as it is.</summary>
    public static IPAddress Normalize(IPAddress remote)
    {
        ArgumentNullException.ThrowIfNull(remote);
        var ip = remote.IsIPv4MappedToIPv6 ? remote.MapToIPv4() : remote;
        if (ip.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(ip))
        {
            return ip;
        }

        var bytes = ip.GetAddressBytes();
        bytes.AsSpan(CustomerBytes).Clear();
        return new IPAddress(bytes);
    }
}
