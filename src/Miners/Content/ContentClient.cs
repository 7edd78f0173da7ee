using System.Diagnostics.CodeAnalysis;
using System.Net;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Content;

/// <summary>
/// Moves content between this node's store and a peer. The peer is trusted with nothing: sizes are bounded, hashes checked while streaming, redirects refused,
/// and a peer that is too slow is left. Broken connections are made again a bounded number of times; a download then goes on where it stopped.
/// </summary>
/// <remarks>Safe to use concurrently. Memory does not grow with the size of content.</remarks>
public sealed class ContentClient
{
    private readonly HttpClient _http;
    private readonly ContentClientOptions _options;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly Lock _chance = new();

    /// <param name="http">From <see cref="CreateHttpClient"/>; the caller owns it.</param>
    /// <param name="options">How patient to be.</param>
    /// <param name="time">Drives timeouts and waits.</param>
    /// <param name="random">Spreads the waits. Used by this client only.</param>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of its range.</exception>
    public ContentClient(HttpClient http, ContentClientOptions options, TimeProvider time, Random random)
    {
        options.Validate();
        _http = http;
        _options = options;
        _time = time;
        _random = random;
    }

    /// <summary>An HTTP client that follows no redirect, uses no proxy, keeps no cookies and has no overall timeout: progress is what is timed.</summary>
    public static HttpClient CreateHttpClient() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        Expect100ContinueTimeout = TimeSpan.FromSeconds(1),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        MaxResponseHeadersLength = 16,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Reads a peer's base URL as it came over the mesh.</summary>
    public static bool TryReadBaseUrl([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Uri? baseUrl) =>
        Uri.TryCreate(text, UriKind.Absolute, out baseUrl) && IsBaseUrl(baseUrl);

    /// <summary>Fetches content into the store. What the store already has is not fetched.</summary>
    /// <param name="baseUrl">The peer, e.g. <c>http://192.0.2.7:4100</c>.</param>
    /// <param name="hash">The content.</param>
    /// <param name="expectedBytes">Its exact size.</param>
    /// <param name="ticket">A ticket issued by the peer that allows GET.</param>
    /// <param name="store">Takes it.</param>
    /// <param name="pinScope">Pins it in the same step.</param>
    /// <param name="cancellationToken">Ends the transfer; nothing is kept.</param>
    /// <exception cref="ContentTransferException">The peer cannot or will not give it.</exception>
    /// <exception cref="ContentStoreException">The store cannot take it.</exception>
    public async Task<StoredContent> DownloadAsync(
        Uri baseUrl, ContentHash hash, long expectedBytes, string ticket, ContentStore store, string? pinScope = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(expectedBytes);
        using var pace = new TransferPace(_options, _time, Chance, resumes: true, cancellationToken);
        await using var stream = new DownloadStream(Peer(baseUrl, ticket), hash, expectedBytes, pace);
        try
        {
            return await store.PutAsync(stream, hash, expectedBytes, pinScope, cancellationToken);
        }
        catch (ContentStoreException refused) when (refused.Reason == ContentRefusal.HashMismatch)
        {
            throw new ContentTransferException(ContentRefusal.HashMismatch, refused);
        }
    }

    /// <summary>Puts content from the store to a peer.</summary>
    /// <param name="baseUrl">The peer.</param>
    /// <param name="hash">The content; the store must hold it.</param>
    /// <param name="ticket">A ticket issued by the peer that allows PUT.</param>
    /// <param name="store">Gives it.</param>
    /// <param name="cancellationToken">Ends the transfer; the peer keeps nothing.</param>
    /// <returns>Its size in bytes, and whether the peer had it already.</returns>
    /// <exception cref="ContentTransferException">The peer cannot or will not take it.</exception>
    /// <exception cref="ContentStoreException"><see cref="ContentRefusal.NotFound"/>: the store does not hold it.</exception>
    public async Task<StoredContent> UploadAsync(Uri baseUrl, ContentHash hash, string ticket, ContentStore store, CancellationToken cancellationToken = default)
    {
        var peer = Peer(baseUrl, ticket);
        using var reader = store.OpenRead(hash) ?? throw new ContentStoreException(ContentRefusal.NotFound);
        return await PutAsync(peer, hash, reader.Length, pace => new UploadBody(reader, pace), cancellationToken);
    }

    /// <summary>Puts bytes that lie in memory to a peer.</summary>
    /// <param name="baseUrl">The peer.</param>
    /// <param name="hash">Their hash.</param>
    /// <param name="bytes">Must stay as they are until the task ends.</param>
    /// <param name="ticket">A ticket issued by the peer that allows PUT.</param>
    /// <param name="cancellationToken">Ends the transfer; the peer keeps nothing.</param>
    /// <exception cref="ContentTransferException">The peer cannot or will not take them.</exception>
    public Task<StoredContent> UploadAsync(Uri baseUrl, ContentHash hash, ReadOnlyMemory<byte> bytes, string ticket, CancellationToken cancellationToken = default) =>
        PutAsync(Peer(baseUrl, ticket), hash, bytes.Length, pace => new MemoryBody(bytes, pace), cancellationToken);

    /// <summary>Fetches content into memory and checks its hash.</summary>
    /// <param name="baseUrl">The peer.</param>
    /// <param name="hash">The content.</param>
    /// <param name="into">Exactly as long as the content; holds nothing of use when this throws.</param>
    /// <param name="ticket">A ticket issued by the peer that allows GET; null for content that everybody may read.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <exception cref="ContentTransferException">The peer cannot or will not give it.</exception>
    public async Task DownloadAsync(Uri baseUrl, ContentHash hash, Memory<byte> into, string? ticket, CancellationToken cancellationToken = default)
    {
        using var pace = new TransferPace(_options, _time, Chance, resumes: true, cancellationToken);
        await using var stream = new DownloadStream(Peer(baseUrl, ticket), hash, into.Length, pace);
        await stream.ReadExactlyAsync(into, cancellationToken);
        if (ContentHash.Of(into.Span) != hash)
        {
            throw new ContentTransferException(ContentRefusal.HashMismatch);
        }
    }

    private async Task<StoredContent> PutAsync(ContentPeer peer, ContentHash hash, long length, Func<TransferPace, HttpContent> body, CancellationToken cancellationToken)
    {
        using var pace = new TransferPace(_options, _time, Chance, resumes: false, cancellationToken);
        while (true)
        {
            Exception failure;
            try
            {
                using var request = peer.Request(HttpMethod.Put, hash);
                request.Content = body(pace);

                // The peer may have it, or refuse: then the bytes need not travel.
                request.Headers.ExpectContinue = true;
                using var response = await peer.SendAsync(request, pace.Token);
                await ContentPeer.RequireSuccessAsync(response, pace.Token);
                return response.StatusCode switch
                {
                    HttpStatusCode.Created => new StoredContent(hash, length, AlreadyHad: false),
                    HttpStatusCode.OK => new StoredContent(hash, length, AlreadyHad: true),
                    _ => throw new ContentTransferException(ContentRefusal.BadAnswer),
                };
            }
            catch (Exception caught)
            {
                pace.ThrowIfFinal(caught);
                failure = caught;
            }

            await pace.BeforeRetryAsync(failure);
        }
    }

    private static bool IsBaseUrl(Uri url) =>
        url.IsAbsoluteUri
        && (url.Scheme is "http" or "https")
        && url.Host.Length > 0 && url.UserInfo.Length == 0 && url.Query.Length == 0 && url.Fragment.Length == 0;

    private ContentPeer Peer(Uri baseUrl, string? ticket) =>
        IsBaseUrl(baseUrl) ? new ContentPeer(_http, baseUrl, ticket) : throw new ContentTransferException(ContentRefusal.BadUrl);

    private double Chance()
    {
        lock (_chance)
        {
            return _random.NextDouble();
        }
    }
}
