using System.Buffers.Binary;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;

namespace VideoMesh.Actors.Ledger;

/// <summary>Block bodies and final blocks over HTTP, for other nodes: see docs/protocol.md. Everything here is public and checks itself by hash or certificate.</summary>
public static class LedgerEndpoints
{
    internal const string Bodies = "/ledger/bodies/";
    internal const string Blocks = "/ledger/blocks/";

    /// <summary>Before each block: the lengths of header with certificate, and of body.</summary>
    internal const int FrameBytes = 2 * sizeof(int);

    /// <summary>The most bytes of one answer, unless its first block alone is larger.</summary>
    internal const int MaxAnswerBytes = 4 << 20;

    private const ulong MaxAnswerBlocks = 500;

    /// <summary>Maps the endpoints.</summary>
    public static void MapLedger(this IEndpointRouteBuilder endpoints, LedgerStore store)
    {
        endpoints.MapGet(Bodies + "{hash}", (RequestDelegate)(context => SendBodyAsync(context, store)));
        endpoints.MapGet(Blocks + "{height}", (RequestDelegate)(context => SendBlocksAsync(context, store)));
    }

    private static async Task SendBodyAsync(HttpContext context, LedgerStore store)
    {
        if (!ContentHash.TryParse((string?)context.Request.RouteValues["hash"], out var hash) || store.FindBody(hash) is not { } body)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await SendAsync(context, body);
    }

    private static async Task SendBlocksAsync(HttpContext context, LedgerStore store)
    {
        if (!ulong.TryParse((string?)context.Request.RouteValues["height"], NumberStyles.None, CultureInfo.InvariantCulture, out var height) || height > long.MaxValue)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        using var answer = new MemoryStream();
        var frame = new byte[FrameBytes];
        for (var next = height; next - height < MaxAnswerBlocks && store.FindBlock(next) is { } block; next++)
        {
            var final = block.Final.Encode();
            if (answer.Length > 0 && answer.Length + FrameBytes + final.Length + block.Body.Length > MaxAnswerBytes)
            {
                break;
            }

            BinaryPrimitives.WriteInt32BigEndian(frame, final.Length);
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(sizeof(int)), block.Body.Length);
            answer.Write(frame);
            answer.Write(final);
            answer.Write(block.Body.Span);
        }

        await SendAsync(context, answer.GetBuffer().AsMemory(0, (int)answer.Length));
    }

    private static async Task SendAsync(HttpContext context, ReadOnlyMemory<byte> bytes)
    {
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
