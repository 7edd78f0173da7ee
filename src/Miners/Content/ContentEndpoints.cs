using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Net.Http.Headers;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Content;

/// <summary>The data plane of a node: <c>GET</c>, <c>HEAD</c> and <c>PUT /content/{sha256}</c>, each with a ticket; only what the node stores for the network may be read
/// without one.</summary>
/// <remarks>
/// A refusal is JSON, <c>{"reason":"TicketExpired","sentence":"…"}</c>. PUT answers 201, or 200 when the content was there already (its body is then not
/// read: a client that sends <c>Expect: 100-continue</c> saves the transfer) and pins the content under the ticket's scope. Memory is constant whatever the
/// size of content.
/// </remarks>
public static class ContentEndpoints
{
    private const string Prefix = "/content/";

    /// <summary>Maps the endpoints.</summary>
    /// <param name="isPublic">What may be read without a ticket; null: nothing. Any thread asks.</param>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of its range.</exception>
    public static IEndpointConventionBuilder MapContent(this IEndpointRouteBuilder endpoints, ContentStore store, ContentTickets tickets, ContentEndpointOptions? options = null, Func<ContentHash, bool>? isPublic = null)
    {
        var rates = options ?? new ContentEndpointOptions();
        rates.Validate();
        var minRate = new MinDataRate(rates.MinBytesPerSecond, rates.GracePeriod);
        var group = endpoints.MapGroup(Prefix);
        group.MapMethods("{**name}", [HttpMethods.Get, HttpMethods.Head], (RequestDelegate)(context => GetAsync(context, store, tickets, isPublic ?? (_ => false), minRate)));
        group.MapMethods("{**name}", [HttpMethods.Put], (RequestDelegate)(context => PutAsync(context, store, tickets, minRate)));
        return group;
    }

    private static async Task GetAsync(HttpContext context, ContentStore store, ContentTickets tickets, Func<ContentHash, bool> isPublic, MinDataRate minRate)
    {
        // The ticket comes before the look: without one nobody learns what is held here, save what is public.
        TicketGrant? grant = null;
        if (Name(context) is not { } hash || !isPublic(hash))
        {
            if (await AdmitAsync(context, tickets, TicketVerbs.Get) is not var (named, granted))
            {
                return;
            }

            (hash, grant) = (named, granted);
        }

        using var reader = store.OpenRead(hash);
        if (reader is null)
        {
            await RefuseAsync(context, ContentRefusal.NotFound);
            return;
        }

        if (reader.Length > grant?.MaxBytes)
        {
            await RefuseAsync(context, ContentRefusal.TooLarge);
            return;
        }

        var etag = $"\"{hash}\"";
        var headers = context.Response.Headers;
        headers.ETag = etag;
        headers.AcceptRanges = "bytes";

        // Private: a shared cache would hand it to those without a ticket.
        headers.CacheControl = "private, max-age=31536000, immutable";
        if (Names(context.Request.Headers.IfNoneMatch, etag))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        headers.ContentType = "application/octet-stream";
        switch (ContentRange.Decide(context.Request.Headers.Range, context.Request.Headers.IfRange, etag, reader.Length))
        {
            case ContentRange.Unsatisfiable:
                headers.ContentRange = $"bytes */{reader.Length}";
                await RefuseAsync(context, ContentRefusal.BadRange);
                break;
            case ContentRange.Part(var first, var length):
                context.Response.StatusCode = StatusCodes.Status206PartialContent;
                headers.ContentRange = $"bytes {first}-{first + length - 1}/{reader.Length}";
                await SendAsync(context, reader, first, length, minRate);
                break;
            default:
                await SendAsync(context, reader, 0, reader.Length, minRate);
                break;
        }
    }

    private static async Task PutAsync(HttpContext context, ContentStore store, ContentTickets tickets, MinDataRate minRate)
    {
        if (await AdmitAsync(context, tickets, TicketVerbs.Put) is not var (hash, grant))
        {
            return;
        }

        if (store.TryGetLength(hash, out _) && store.Pin(hash, grant.Scope))
        {
            await StoredAsync(context, store, tickets, grant, StatusCodes.Status200OK);
            return;
        }

        var announced = context.Request.ContentLength;
        if (announced is { } bytes && !store.CouldHold(bytes))
        {
            await RefuseAsync(context, ContentRefusal.StoreFull);
            return;
        }

        // Who does not say how much is coming may send all that the ticket allows.
        var spent = announced ?? grant.MaxBytes;
        if (!tickets.TrySpend(grant, spent))
        {
            await RefuseAsync(context, ContentRefusal.TooLarge);
            return;
        }

        var kept = 0L;
        try
        {
            LiftBodyLimit(context, minRate);
            var stored = await store.PutAsync(context.Request.Body, hash, spent, grant.Scope, context.RequestAborted);
            kept = stored.AlreadyHad ? 0 : stored.Length;
            await StoredAsync(context, store, tickets, grant, stored.AlreadyHad ? StatusCodes.Status200OK : StatusCodes.Status201Created);
        }
        catch (ContentStoreException refused)
        {
            await RefuseAsync(context, refused.Reason);
        }
        catch (Exception broken) when (broken is Microsoft.AspNetCore.Http.BadHttpRequestException or OperationCanceledException or Microsoft.AspNetCore.Connections.ConnectionResetException)
        {
            if (!context.RequestAborted.IsCancellationRequested)
            {
                await RefuseAsync(context, ContentRefusal.BodyBroken);
            }
        }
        finally
        {
            tickets.GiveBack(grant, spent - kept);
        }
    }

    private static async Task<(ContentHash Hash, TicketGrant Grant)?> AdmitAsync(HttpContext context, ContentTickets tickets, TicketVerbs verb)
    {
        if (Name(context) is not { } hash)
        {
            await RefuseAsync(context, ContentRefusal.BadName);
            return null;
        }

        switch (tickets.Verify(context.Request.Headers.Authorization, verb, hash, verb == TicketVerbs.Put ? context.Request.ContentLength : null))
        {
            case TicketVerdict.Granted(var grant):
                return (hash, grant);
            case TicketVerdict.Refused(var reason):
                await RefuseAsync(context, reason);
                return null;
            default:
                throw new InvalidOperationException("A ticket verdict is neither granted nor refused.");
        }
    }

    // The raw target is compared, not the decoded path: escapes, dots, doubled slashes, queries and other cases of letters are no names.
    private static ContentHash? Name(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var name = $"{context.Request.PathBase.ToUriComponent()}{Prefix}{context.Request.RouteValues["name"]}";
        return ContentHash.TryParse(context.Request.RouteValues["name"] as string, out var hash) && string.Equals(target, name, StringComparison.Ordinal)
            ? hash
            : null;
    }

    private static bool Names(string? ifNoneMatch, string etag) =>
        ifNoneMatch is not null
        && (string.Equals(ifNoneMatch.Trim(), "*", StringComparison.Ordinal) || (EntityTagHeaderValue.TryParseList([ifNoneMatch], out var tags) && tags.Any(tag => tag.Tag.Equals(etag, StringComparison.Ordinal))));

    private static void LiftBodyLimit(HttpContext context, MinDataRate minRate)
    {
        // The ticket bounds the body, not the server.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (HttpProtocol.IsHttp11(context.Request.Protocol) && context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = minRate;
        }
    }

    private static async Task SendAsync(HttpContext context, ContentReader reader, long first, long length, MinDataRate minRate)
    {
        if (HttpProtocol.IsHttp11(context.Request.Protocol) && context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = minRate;
        }

        context.Response.ContentLength = length;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        // Straight into the response's own buffers; flushing waits for the peer, so no more than one piece is ever in flight.
        var file = reader.Stream.SafeFileHandle;
        var body = context.Response.BodyWriter;
        for (var (offset, end) = (first, first + length); offset < end;)
        {
            var piece = body.GetMemory(ContentHashing.PieceBytes);
            var read = await RandomAccess.ReadAsync(file, piece[..(int)Math.Min(piece.Length, end - offset)], offset, context.RequestAborted);
            if (read == 0)
            {
                // Shorter on disk than when it was opened: what has been promised cannot be kept.
                context.Abort();
                return;
            }

            body.Advance(read);
            offset += read;
            if ((await body.FlushAsync(context.RequestAborted)).IsCompleted)
            {
                return;
            }
        }
    }

    private static Task StoredAsync(HttpContext context, ContentStore store, ContentTickets tickets, TicketGrant grant, int status)
    {
        // The work may have ended while its bytes came in; then nobody is left to unpin them.
        if (tickets.IsClosed(grant.Scope))
        {
            store.Unpin(grant.Scope);
        }

        context.Response.StatusCode = status;
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    private static Task RefuseAsync(HttpContext context, ContentRefusal reason)
    {
        context.Response.StatusCode = (int)reason.Status();
        context.Response.Headers.CacheControl = "no-store";
        if (context.Response.StatusCode == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = ContentTickets.Scheme;
        }

        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.WriteAsJsonAsync(new Refusal(reason.ToString(), reason.Sentence()), context.RequestAborted);
    }

    private sealed record Refusal(string Reason, string Sentence);
}
