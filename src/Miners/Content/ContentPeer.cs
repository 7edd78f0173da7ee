using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Content;

/// <summary>Requests to one peer's content endpoints, and the judgement of its answers.</summary>
/// <param name="ticket">Null: for content that needs none.</param>
internal sealed class ContentPeer(HttpClient http, Uri baseUrl, string? ticket)
{
    private const int MaxRefusalBytes = 2048;

    public HttpRequestMessage Request(HttpMethod method, ContentHash hash)
    {
        var request = new HttpRequestMessage(method, new Uri($"{baseUrl.AbsoluteUri.TrimEnd('/')}/content/{hash}"))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (ticket is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue(ContentTickets.Scheme, ticket);
        }

        return request;
    }

    /// <exception cref="ContentTransferException"><see cref="ContentRefusal.Redirected"/>.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var asked = request.RequestUri;
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);

        // The second half catches a client that was given to us with redirects switched on.
        if ((int)response.StatusCode is >= 300 and < 400 || response.RequestMessage?.RequestUri != asked)
        {
            response.Dispose();
            throw new ContentTransferException(ContentRefusal.Redirected);
        }

        return response;
    }

    /// <summary>Passes an answer of success. A peer that is busy or breaking is worth another try; any other answer is final.</summary>
    /// <exception cref="HttpRequestException">Try again.</exception>
    /// <exception cref="ContentTransferException">The peer's named reason, or <see cref="ContentRefusal.BadAnswer"/>.</exception>
    public static async Task RequireSuccessAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        if (response.StatusCode is HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable
            or HttpStatusCode.GatewayTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout)
        {
            throw new HttpRequestException($"The peer answered {(int)response.StatusCode}.", null, response.StatusCode);
        }

        var reason = await ReadReasonAsync(response, cancellationToken);
        if (reason == ContentRefusal.BodyBroken)
        {
            throw new HttpRequestException("The peer saw the body end too early.", null, response.StatusCode);
        }

        throw reason is { } named
            ? new ContentTransferException(named, $"The peer refused: {named.Sentence()}")
            : new ContentTransferException(ContentRefusal.BadAnswer, $"The peer answered {(int)response.StatusCode} without a reason known here.");
    }

    // Only a name from the catalogue is taken from a refusal; the peer's own words reach no terminal and no log.
    private static async Task<ContentRefusal?> ReadReasonAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = new byte[MaxRefusalBytes];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
        try
        {
            using var json = JsonDocument.Parse(body.AsMemory(0, length));
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("reason", out var name)
                && name.ValueKind == JsonValueKind.String
                && Enum.TryParse<ContentRefusal>(name.GetString(), out var reason)
                && Enum.IsDefined(reason)
                    ? reason
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
