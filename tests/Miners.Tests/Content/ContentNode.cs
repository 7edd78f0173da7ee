using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;
using VideoMesh.TestKit;

namespace VideoMesh.Miners.Tests.Content;

/// <summary>A node as far as the data plane goes: store, tickets and a real server on a free port.</summary>
internal sealed class ContentNode : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly WebApplication _app;

    private ContentNode(TemporaryFolder folder, WebApplication app, ContentStore store, ContentTickets tickets)
    {
        _folder = folder;
        _app = app;
        Store = store;
        Tickets = tickets;
    }

    public ContentStore Store { get; }

    public ContentTickets Tickets { get; }

    public Uri Url => new(_app.Urls.First());

    public string StoreFolder => _folder.Path;

    public HttpClient Http { get; } = ContentClient.CreateHttpClient();

    public static async Task<ContentNode> StartAsync(long budgetBytes = 4L << 30, bool inMemory = false, ContentEndpointOptions? options = null)
    {
        var folder = new TemporaryFolder(inMemory);
        var store = A.Store(folder.Path, budgetBytes);
        var tickets = new ContentTickets(A.Secret, TimeProvider.System);
        var app = await ServeAsync(web => web.MapContent(store, tickets, options));
        return new ContentNode(folder, app, store, tickets);
    }

    /// <summary>A real server that does whatever the test wants.</summary>
    public static async Task<WebApplication> ServeAsync(Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return app;
    }

    public string Ticket(TicketGrant? grant = null) => Tickets.Issue(grant ?? A.Grant());

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, ContentHash hash, string? ticket, HttpContent? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(Url, $"/content/{hash}")) { Content = body };
        if (ticket is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue(ContentTickets.Scheme, ticket);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await Http.SendAsync(request);
    }

    /// <summary>Opens a connection and says these words, exactly as they are.</summary>
    public async Task<TcpClient> SayAsync(string words)
    {
        var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, Url.Port);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(words));
        return connection;
    }

    public async Task<string> FirstLineAsync(string words)
    {
        using var connection = await SayAsync(words);
        using var reader = new StreamReader(connection.GetStream(), Encoding.ASCII);
        return await reader.ReadLineAsync() ?? "";
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        Store.Dispose();
        _folder.Dispose();
    }
}

/// <summary>Stands between a client and a node and cuts the first connections off after some bytes of the answer or of the request.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _port;
    private readonly Task _accepting;
    private int _connections;

    public CuttingProxy(Uri node, int cuts, long afterAnswerBytes = long.MaxValue, long afterRequestBytes = long.MaxValue)
    {
        _port = node.Port;
        _listener.Start();
        _accepting = AcceptAsync(cuts, afterAnswerBytes, afterRequestBytes);
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public int Connections => Volatile.Read(ref _connections);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync(int cuts, long afterAnswerBytes, long afterRequestBytes)
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                var whole = Interlocked.Increment(ref _connections) > cuts;
                serving.Add(ServeAsync(client, whole ? long.MaxValue : afterAnswerBytes, whole ? long.MaxValue : afterRequestBytes));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client, long answerBytes, long requestBytes)
    {
        using var near = client;
        using var far = new TcpClient();
        await far.ConnectAsync(IPAddress.Loopback, _port, _stop.Token);
        var request = PumpAsync(near, far, requestBytes);
        var answer = PumpAsync(far, near, answerBytes);
        await await Task.WhenAny(request, answer);

        // A reset, not an orderly end: what a lost process looks like.
        near.LingerState = new LingerOption(true, 0);
        near.Close();
        far.Close();
        await Task.WhenAll(request, answer);
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, long limit)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (limit > 0 && await from.GetStream().ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, limit)), _stop.Token) is > 0 and var read)
            {
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _stop.Token);
                limit -= read;
            }
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // The other direction closed the pair.
        }
    }
}
