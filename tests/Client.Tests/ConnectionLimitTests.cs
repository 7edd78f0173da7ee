using System.Net;
using Microsoft.AspNetCore.Connections;
using VideoMesh.Client.Node;

namespace VideoMesh.Client.Tests;

public sealed class ConnectionLimitTests
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConnectionDelegate _guarded;
    private int _served;
    private int _aborted;

    public ConnectionLimitTests() => _guarded = new ConnectionLimit(3).Guard(_ =>
    {
        _served++;
        return _end.Task;
    });

    [Fact]
    public async Task One_address_has_no_more_connections_than_it_may_and_others_have_theirs()
    {
        Task[] open = [.. Enumerable.Range(0, 3).Select(_ => ConnectAsync("192.0.2.1")), ConnectAsync("192.0.2.2")];

        await ConnectAsync("192.0.2.1");
        Assert.Equal((4, 1), (_served, _aborted));

        _end.SetResult();
        await Task.WhenAll(open);
        await ConnectAsync("192.0.2.1");
        Assert.Equal((5, 1), (_served, _aborted));
    }

    [Fact]
    public async Task A_stranger_with_a_whole_IPv6_network_is_one_and_so_is_an_IPv4_address_in_either_spelling()
    {
        string[] strangers = ["2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"];
        Task[] open = [.. strangers.Select(ConnectAsync)];

        await ConnectAsync("2001:db8::4");
        await ConnectAsync("::ffff:192.0.2.1");

        Assert.Equal((6, 2), (_served, _aborted));
        _end.SetResult();
        await Task.WhenAll(open);
    }

    [Fact]
    public async Task This_machine_has_as_many_as_it_likes()
    {
        Task[] open = [.. Enumerable.Range(0, 10).Select(_ => ConnectAsync("127.0.0.1"))];

        Assert.Equal(10, _served);
        _end.SetResult();
        await Task.WhenAll(open);
    }

    private async Task ConnectAsync(string address)
    {
        await using var connection = new Connection { RemoteEndPoint = new IPEndPoint(IPAddress.Parse(address), 1) };
        await _guarded(connection);
        _aborted += connection.IsAborted ? 1 : 0;
    }

    private sealed class Connection : DefaultConnectionContext
    {
        public bool IsAborted { get; private set; }

        public override void Abort(ConnectionAbortedException abortReason) => IsAborted = true;
    }
}
