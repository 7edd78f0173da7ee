using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Client.Node.Chain;

/// <summary>The ledger over HTTP: everything in it is public. Described by <c>/api/chain/openapi.json</c> and docs/api.md.</summary>
public static class ChainApi
{
    public const string Prefix = "/api/chain";

    /// <summary>The most blocks of one page. Reading one may take its whole body from disk.</summary>
    public const int MaxBlocks = 50;

    /// <summary>The most objects of contracts that are asked for at a time.</summary>
    public const int MaxObjects = 64;

    private const int DefaultBlocks = 20;
    private const string OpenApiResource = "VideoMesh.Client.Node.Chain.openapi.json";

    /// <summary>Maps the endpoints.</summary>
    /// <param name="endpoints">Of a host with <see cref="ChainRates.Add"/>.</param>
    /// <param name="find">The node's ledger; null while, or as long as, it has none.</param>
    /// <param name="time">Drives the heartbeat of events.</param>
    public static void MapChain(this IEndpointRouteBuilder endpoints, Func<IChainView?> find, TimeProvider time)
    {
        var group = endpoints.MapGroup(Prefix);
        group.AddEndpointFilter((context, next) => GuardAsync(find, context, next));
        IChainView View() => find()!;

        group.MapGet("/status", async (CancellationToken cancellation) => Json(StatusAnswer.Of(await View().StatusAsync(cancellation), View().Genesis)));
        group.MapGet("/blocks", (string? before, string? limit, CancellationToken cancellation) => BlocksAsync(View(), before, limit, cancellation));
        group.MapGet("/blocks/{block}", (string block, CancellationToken cancellation) => BlockAsync(View(), block, cancellation));
        group.MapGet("/transactions/{hash}", (string hash, CancellationToken cancellation) => TransactionAsync(View(), hash, cancellation));
        group.MapGet("/accounts/{address}", (string address, string? proof, CancellationToken cancellation) => AccountAsync(View(), address, proof, cancellation));
        group.MapGet("/verifiers", async (CancellationToken cancellation) => Json(VerifiersAnswer.Of((await View().StatusAsync(cancellation)).Head)));
        group.MapGet("/contracts", async (CancellationToken cancellation) => Json(ContractsAnswer.Of((await View().StatusAsync(cancellation)).Head.State)));
        group.MapGet("/objects/{keys}", (string keys, CancellationToken cancellation) => ObjectsAsync(View(), keys, cancellation));
        group.MapPost("/transactions", (Delegate)((HttpContext context) => ChainSubmission.SubmitAsync(View(), context)));
        group.MapGet("/events", (Delegate)((HttpContext context) => ChainEvents.FollowAsync(View().Feed, context, time))).RequireRateLimiting(ChainRates.Followers);
        endpoints.MapGet(Prefix + "/openapi.json", () => Results.Stream(OpenApi(), "application/json"));
    }

    /// <summary>The OpenAPI 3 document.</summary>
    public static Stream OpenApi() => typeof(ChainApi).Assembly.GetManifestResourceStream(OpenApiResource) ?? throw new InvalidOperationException("The OpenAPI document is missing.");

    internal static IResult Json<T>(T answer) => Results.Json(answer, ChainJson.Options);

    private static async ValueTask<object?> GuardAsync(Func<IChainView?> find, EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (find() is null)
        {
            return ChainApiRefusal.NoLedger.Refuse();
        }

        try
        {
            return await next(context);
        }
        catch (AskTimeoutException)
        {
            return ChainApiRefusal.LedgerBusy.Refuse();
        }
        catch (StoreException)
        {
            return ChainApiRefusal.StoreFailed.Refuse();
        }
    }

    private static async Task<IResult> BlocksAsync(IChainView view, string? before, string? limit, CancellationToken cancellation)
    {
        var count = DefaultBlocks;
        ulong? end = null;
        if (before is not null)
        {
            if (!TryReadHeight(before, out var height))
            {
                return ChainApiRefusal.BadNumber.Refuse();
            }

            end = height;
        }

        if (limit is not null && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > MaxBlocks))
        {
            return ChainApiRefusal.BadNumber.Refuse();
        }

        var head = (await view.StatusAsync(cancellation)).Head.State;
        var next = Math.Min(end ?? ulong.MaxValue, head.Height + 1);
        List<BlockSummary> blocks = [];
        while (blocks.Count < count && next > 1 && view.FindBlock(next - 1) is { } block)
        {
            blocks.Add(BlockSummary.Of(block, BlockBody.Decode(block.Body, head.Parameters).Transactions.Length));
            next--;
        }

        return Json(new BlocksAnswer(blocks, blocks.Count == count && next > 1 ? next : null));
    }

    private static async Task<IResult> BlockAsync(IChainView view, string name, CancellationToken cancellation)
    {
        StoredBlock? block;
        if (Hash256.TryParse(name, out var hash))
        {
            block = view.FindBlock(hash);
        }
        else if (TryReadHeight(name, out var height))
        {
            block = view.FindBlock(height);
        }
        else
        {
            return ChainApiRefusal.BadBlock.Refuse();
        }

        return block is null ? ChainApiRefusal.NoSuchBlock.Refuse() : Json(BlockAnswer.Of(block, (await view.StatusAsync(cancellation)).Head.State.Parameters));
    }

    private static async Task<IResult> TransactionAsync(IChainView view, string text, CancellationToken cancellation)
    {
        if (!Hash256.TryParse(text, out var hash))
        {
            return ChainApiRefusal.BadHash.Refuse();
        }

        var parameters = (await view.StatusAsync(cancellation)).Head.State.Parameters;
        foreach (var place in view.FindTransaction(hash))
        {
            if (view.FindBlock(place.Height) is { } block
                && BlockBody.Decode(block.Body, parameters).Transactions is var all && place.Index < all.Length
                && Keccak.Hash(all[place.Index].Span) == hash
                && Transaction.TryVerify(all[place.Index], parameters, out var transaction, out _))
            {
                return Json(TransactionAnswer.Of(transaction, block, place.Index));
            }
        }

        return ChainApiRefusal.NoSuchTransaction.Refuse();
    }

    private static async Task<IResult> AccountAsync(IChainView view, string text, string? proof, CancellationToken cancellation)
    {
        if (!Address.TryParse(text, out var address))
        {
            return ChainApiRefusal.BadAddress.Refuse();
        }

        var (head, nextNonce) = await view.AccountAsync(address, cancellation);
        var shown = string.Equals(proof, "true", StringComparison.OrdinalIgnoreCase) ? ProofAnswer.Of(head, address) : null;
        return Json(AccountAnswer.Of(head.State.Find(address), nextNonce, shown));
    }

    private static async Task<IResult> ObjectsAsync(IChainView view, string text, CancellationToken cancellation)
    {
        var keys = new List<Hash256>();
        foreach (var part in text.Split(',', MaxObjects + 1))
        {
            if (keys.Count == MaxObjects || !Hash256.TryParse(part, out var key))
            {
                return ChainApiRefusal.BadKeys.Refuse();
            }

            keys.Add(key);
        }

        var state = (await view.StatusAsync(cancellation)).Head.State;
        return Json(new ObjectsAnswer(state.Height, [.. keys.Select(key => state.FindObject(key)?.Encode())]));
    }

    // heights are kept as signed numbers
    private static bool TryReadHeight(string text, out ulong height) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out height) && height <= long.MaxValue;
}
