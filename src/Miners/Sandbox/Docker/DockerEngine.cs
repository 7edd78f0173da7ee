using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace VideoMesh.Miners.Sandbox.Docker;

/// <summary>The Docker Engine's HTTP API over its unix socket; only the calls that sandboxes need.</summary>
internal sealed class DockerEngine : IDisposable
{
    private const string DefaultSocket = "/var/run/docker.sock";
    private const string UnixScheme = "unix://";
    private readonly HttpClient client;

    public DockerEngine(string socket)
    {
        Socket = socket;
        client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, stop) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), stop);
                    return new NetworkStream(connection, ownsSocket: true);
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            },
            UseProxy = false,
        })
        {
            BaseAddress = new Uri("http://docker/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public string Socket { get; }

    /// <summary>The socket that options and DOCKER_HOST name; null if DOCKER_HOST names an engine elsewhere, which cannot see our files.</summary>
    public static string? Locate(string? option, string? dockerHost) =>
        option
        ?? (string.IsNullOrEmpty(dockerHost) ? DefaultSocket
            : dockerHost.StartsWith(UnixScheme, StringComparison.Ordinal) ? dockerHost[UnixScheme.Length..]
            : null);

    /// <exception cref="SandboxException">No engine answers within the limit.</exception>
    public async Task PingAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            using var answer = await SendAsync(HttpMethod.Get, "_ping", null, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SandboxException($"The Docker engine at {Socket} does not answer; restart it, or use --sandbox bubblewrap.");
        }
    }

    /// <summary>The identifier in the engine's answer to having made or listed something.</summary>
    public static string Id(JsonNode? answer) =>
        answer?[nameof(Id)]?.GetValue<string>() ?? throw new SandboxException("The Docker engine made something but did not name it.");

    public async Task<JsonNode> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, null, cancellationToken);
        return await ReadAsync(answer, cancellationToken);
    }

    /// <summary>Null if there is no such thing, or no more: of a container on its way out the engine may say nothing at all.</summary>
    public async Task<JsonNode?> FindAsync(string path, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, null, cancellationToken, HttpStatusCode.NotFound, HttpStatusCode.Conflict);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        return answer.IsSuccessStatusCode && text.Length > 0 ? JsonNode.Parse(text) : null;
    }

    public async Task<JsonNode?> PostAsync(string path, JsonNode? body, CancellationToken cancellationToken)
    {
        using var content = body is null ? null : JsonContent.Create(body);
        using var answer = await SendAsync(HttpMethod.Post, path, content, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    /// <summary>A call whose aim is that something be gone: that it is gone already, or going, is success.</summary>
    public async Task EndAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(method, path, null, cancellationToken, HttpStatusCode.NotFound, HttpStatusCode.Conflict);
        await answer.Content.CopyToAsync(Stream.Null, cancellationToken);
    }

    /// <summary>Sends content of any length and reads the engine's progress to its end.</summary>
    public async Task UploadAsync(string path, Stream content, CancellationToken cancellationToken)
    {
        using var body = new StreamContent(content);
        using var answer = await SendAsync(HttpMethod.Post, path, body, cancellationToken);
        foreach (var line in (await answer.Content.ReadAsStringAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (JsonNode.Parse(line)?["error"] is { } error)
            {
                throw new SandboxException($"The Docker engine did not take the worker image ({error}).");
            }
        }
    }

    /// <summary>The response's body as it comes; the caller disposes the response.</summary>
    public async Task<HttpResponseMessage> StreamAsync(string path, JsonNode body, CancellationToken cancellationToken)
    {
        using var content = JsonContent.Create(body);
        return await SendAsync(HttpMethod.Post, path, content, cancellationToken);
    }

    /// <summary>A connection taken over from HTTP: open as long as it is held, and closed by the kernel when this process dies.</summary>
    public Task<HttpResponseMessage> HijackAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, path, null, cancellationToken, HttpStatusCode.SwitchingProtocols);

    public void Dispose() => client.Dispose();

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken, params HttpStatusCode[] alsoFine)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (alsoFine.Contains(HttpStatusCode.SwitchingProtocols))
        {
            request.Headers.Connection.Add("Upgrade");
            request.Headers.Upgrade.ParseAdd("tcp");
        }

        HttpResponseMessage answer;
        try
        {
            answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException failure)
        {
            throw new SandboxException(
                $"The Docker engine at {Socket} cannot be reached ({failure.GetBaseException().Message}); start it, join its group, or use --sandbox bubblewrap.",
                failure);
        }

        if (answer.IsSuccessStatusCode || alsoFine.Contains(answer.StatusCode))
        {
            return answer;
        }

        using (answer)
        {
            var text = await answer.Content.ReadAsStringAsync(cancellationToken);
            throw new SandboxException($"The Docker engine refused ({Message(text)}).");
        }
    }

    private static string Message(string text)
    {
        try
        {
            return JsonNode.Parse(text)?["message"]?.GetValue<string>() ?? text;
        }
        catch (JsonException)
        {
            return text;
        }
    }

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken) =>
        await answer.Content.ReadFromJsonAsync<JsonNode>(cancellationToken)
        ?? throw new SandboxException("The Docker engine gave an empty answer.");
}
