using Microsoft.AspNetCore.Http;

namespace VideoMesh.Client.Node.Chain;

/// <summary>Why the chain API does not answer. What becomes of a transaction is told by its own catalogues.</summary>
public enum ChainApiRefusal
{
    NoLedger = 1,
    NoSuchBlock,
    NoSuchTransaction,
    BadBlock,
    BadHash,
    BadAddress,
    BadNumber,
    BadKeys,
    BadBody,
    BodyTooLarge,
    TooManyTransactions,
    TooManyRequests,
    TooManyFollowers,
    NoRoom,
    LedgerBusy,
    StoreFailed,
}

/// <summary>The catalogue of refusals.</summary>
public static class ChainApiRefusals
{
    public static IResult Refuse(this ChainApiRefusal reason) => Results.Json(reason.Answer(), ChainJson.Options, statusCode: reason.StatusCode());

    public static ErrorAnswer Answer(this ChainApiRefusal reason) => new(ChainJson.Spell(reason.ToString()), reason.Sentence());

    public static int StatusCode(this ChainApiRefusal reason) => reason switch
    {
        ChainApiRefusal.NoLedger or ChainApiRefusal.NoSuchBlock or ChainApiRefusal.NoSuchTransaction => StatusCodes.Status404NotFound,
        ChainApiRefusal.BodyTooLarge => StatusCodes.Status413PayloadTooLarge,
        ChainApiRefusal.TooManyRequests or ChainApiRefusal.NoRoom => StatusCodes.Status429TooManyRequests,
        ChainApiRefusal.TooManyFollowers or ChainApiRefusal.LedgerBusy => StatusCodes.Status503ServiceUnavailable,
        ChainApiRefusal.StoreFailed => StatusCodes.Status500InternalServerError,
        _ => StatusCodes.Status400BadRequest,
    };

    private static string Sentence(this ChainApiRefusal reason) => reason switch
    {
        ChainApiRefusal.NoLedger => "This node keeps no ledger; ask one that does.",
        ChainApiRefusal.NoSuchBlock => "There is no such final block here.",
        ChainApiRefusal.NoSuchTransaction => "No final block here holds this transaction; it may wait for one, or never have come.",
        ChainApiRefusal.BadBlock => "A block is named by its height or by its hash, 0x and 64 lower-case hexadecimal digits.",
        ChainApiRefusal.BadHash => "A hash is 0x and 64 lower-case hexadecimal digits.",
        ChainApiRefusal.BadAddress => "An address is 0x and 40 hexadecimal digits.",
        ChainApiRefusal.BadNumber => $"before is a height, and limit a number from 1 to {ChainApi.MaxBlocks}.",
        ChainApiRefusal.BadKeys => $"Objects are named by 1 to {ChainApi.MaxObjects} keys with commas between them, each 0x and 64 lower-case hexadecimal digits.",
        ChainApiRefusal.BadBody => "The body is not JSON of the form {\"transactions\":[\"0x…\"]}.",
        ChainApiRefusal.BodyTooLarge => $"The body is longer than {ChainSubmission.MaxBodyBytes} bytes; send fewer transactions at a time.",
        ChainApiRefusal.TooManyTransactions => $"Send 1 to {ChainSubmission.MaxTransactions} transactions at a time.",
        ChainApiRefusal.TooManyRequests => "Too many requests come from your address; wait as long as Retry-After says.",
        ChainApiRefusal.TooManyFollowers => "Too many clients follow this node's blocks; ask for its status now and then, or follow another node.",
        ChainApiRefusal.NoRoom => "As many transactions wait here, or are being checked, as may: wait as long as Retry-After says, or offer more.",
        ChainApiRefusal.LedgerBusy => "The ledger did not answer in time; ask again in a moment.",
        ChainApiRefusal.StoreFailed => "The ledger's file could not be read; its owner should look at the node's log.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
