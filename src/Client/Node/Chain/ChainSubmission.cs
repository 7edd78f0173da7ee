using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using VideoMesh.Actors.Ledger;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Client.Node.Chain;

/// <summary>Takes signed transactions. Sending the same bytes again changes nothing, so a client that heard no answer sends them again.</summary>
internal static class ChainSubmission
{
    /// <summary>The most transactions of one request.</summary>
    public const int MaxTransactions = 1000;

    /// <summary>The longest body: 1,000 transactions of usual size are a tenth of it.</summary>
    public const int MaxBodyBytes = 4 << 20;

    // The next block makes room.
    private static readonly TimeSpan RoomRetry = TimeSpan.FromSeconds(1);

    public static async Task<IResult> SubmitAsync(IChainView view, HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBodyBytes;
        }

        SubmitRequest? request;
        try
        {
            request = await JsonSerializer.DeserializeAsync<SubmitRequest>(context.Request.Body, ChainJson.Options, context.RequestAborted);
        }
        catch (JsonException)
        {
            return ChainApiRefusal.BadBody.Refuse();
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return ChainApiRefusal.BodyTooLarge.Refuse();
        }

        if (request is null)
        {
            return ChainApiRefusal.BadBody.Refuse();
        }

        if (request.Transactions.Count is < 1 or > MaxTransactions)
        {
            return ChainApiRefusal.TooManyTransactions.Refuse();
        }

        if (await OutcomesAsync(view, request.Transactions, context.RequestAborted) is { } outcomes)
        {
            return ChainApi.Json(new SubmitAnswer(outcomes));
        }

        context.Response.Headers.RetryAfter = RoomRetry.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return ChainApiRefusal.NoRoom.Refuse();
    }

    /// <summary>What became of each; null when there was room for none of them.</summary>
    private static async Task<IReadOnlyList<OutcomeAnswer>?> OutcomesAsync(IChainView view, IReadOnlyList<string?> texts, CancellationToken cancellation)
    {
        var answers = new OutcomeAnswer?[texts.Count];
        List<ReadOnlyMemory<byte>> readable = [];
        for (var i = 0; i < answers.Length; i++)
        {
            if (ChainJson.TryReadBytes(texts[i], out var bytes))
            {
                readable.Add(bytes);
            }
            else
            {
                answers[i] = new OutcomeAnswer(null, ChainJson.Spell(nameof(TxResult.Malformed)), TxResult.Malformed.Sentence());
            }
        }

        var outcomes = readable.Count == 0 ? [] : await view.SubmitAsync(readable, cancellation);
        if (outcomes.Count == texts.Count && outcomes.All(outcome => outcome.Reason is nameof(MempoolRefusal.Full) or SubmitOutcome.Busy))
        {
            return null;
        }

        var told = new Queue<OutcomeAnswer>(outcomes.Select(outcome => new OutcomeAnswer(outcome.Hash, outcome.Reason is { } reason ? ChainJson.Spell(reason) : null, outcome.Sentence)));
        return [.. answers.Select(answer => answer ?? told.Dequeue())];
    }
}
