using System.Net;

namespace VideoMesh.Miners.Content;

/// <summary>Why the data plane refused something. Shared by the store, the HTTP endpoints, the client, logs and tests.</summary>
public enum ContentRefusal
{
    /// <summary>The path does not name content: <c>/content/</c> and 64 lower-case hexadecimal digits.</summary>
    BadName = 1,

    /// <summary>The store does not hold this content.</summary>
    NotFound,

    /// <summary>The bytes are not the ones their name promises.</summary>
    HashMismatch,

    /// <summary>More bytes than were agreed on.</summary>
    TooLarge,

    /// <summary>Neither the size budget nor eviction, or no space on the disk, can make room.</summary>
    StoreFull,

    /// <summary>Another process works with this store's folder.</summary>
    StoreInUse,

    /// <summary>What should be stored is no regular file.</summary>
    NotAFile,

    /// <summary>The byte range lies outside the content.</summary>
    BadRange,

    /// <summary>No ticket came with the request.</summary>
    TicketMissing,

    /// <summary>The ticket was not issued here, or was altered.</summary>
    TicketForged,

    /// <summary>The ticket's time is over, or the work it was issued for has ended.</summary>
    TicketExpired,

    /// <summary>The ticket is for other content.</summary>
    TicketWrongContent,

    /// <summary>The ticket does not allow this verb.</summary>
    TicketWrongVerb,

    /// <summary>The request ended before its body did.</summary>
    BodyBroken,

    /// <summary>The peer's URL is not an absolute http or https URL without user, query and fragment.</summary>
    BadUrl,

    /// <summary>The peer answered with a redirect; those are never followed.</summary>
    Redirected,

    /// <summary>Too little progress for too long.</summary>
    Stalled,

    /// <summary>The connection could not be made, or broke more often than is tolerated.</summary>
    ConnectionBroken,

    /// <summary>The peer's answer does not fit the protocol.</summary>
    BadAnswer,
}

/// <summary>The catalogue: one sentence and one HTTP status for each reason.</summary>
public static class ContentRefusals
{
    /// <summary>Whether a failure of the file system means that the disk or the user's quota is full.</summary>
    public static bool IsDiskFull(Exception failure) => Posix.IsDiskFull(failure);

    /// <summary>One sentence for people.</summary>
    public static string Sentence(this ContentRefusal reason) => reason switch
    {
        ContentRefusal.BadName => "The path does not name content: /content/ and 64 lower-case hexadecimal digits are expected.",
        ContentRefusal.NotFound => "This content is not held here.",
        ContentRefusal.HashMismatch => "The bytes do not have the hash they were announced with; nothing was kept.",
        ContentRefusal.TooLarge => "There are more bytes than were agreed on.",
        ContentRefusal.StoreFull => "The content store is full and nothing in it may be evicted; free disk space or raise its budget.",
        ContentRefusal.StoreInUse => "Another process uses this content store; give each node its own data folder.",
        ContentRefusal.NotAFile => "Only regular files can be stored.",
        ContentRefusal.BadRange => "The byte range lies outside the content.",
        ContentRefusal.TicketMissing => "A ticket is needed in the Authorization header.",
        ContentRefusal.TicketForged => "The ticket was not issued by this node or was altered.",
        ContentRefusal.TicketExpired => "The ticket has expired.",
        ContentRefusal.TicketWrongContent => "The ticket is for other content.",
        ContentRefusal.TicketWrongVerb => "The ticket does not allow this verb.",
        ContentRefusal.BodyBroken => "The request ended before its body did.",
        ContentRefusal.BadUrl => "A peer's URL must be an absolute http or https URL without user, query or fragment.",
        ContentRefusal.Redirected => "The peer answered with a redirect, and redirects are not followed.",
        ContentRefusal.Stalled => "The transfer made too little progress for too long.",
        ContentRefusal.ConnectionBroken => "The connection to the peer could not be made or kept.",
        ContentRefusal.BadAnswer => "The peer's answer does not follow the content protocol.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "This refusal has no sentence."),
    };

    /// <summary>The HTTP status a node answers with. Reasons that only a client meets have none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The reason never leaves this node as an answer.</exception>
    public static HttpStatusCode Status(this ContentRefusal reason) => reason switch
    {
        ContentRefusal.BadName or ContentRefusal.NotFound => HttpStatusCode.NotFound,
        ContentRefusal.HashMismatch => HttpStatusCode.UnprocessableEntity,
        ContentRefusal.TooLarge => HttpStatusCode.RequestEntityTooLarge,
        ContentRefusal.StoreFull => HttpStatusCode.InsufficientStorage,
        ContentRefusal.BadRange => HttpStatusCode.RequestedRangeNotSatisfiable,
        ContentRefusal.TicketMissing or ContentRefusal.TicketForged or ContentRefusal.TicketExpired => HttpStatusCode.Unauthorized,
        ContentRefusal.TicketWrongContent or ContentRefusal.TicketWrongVerb => HttpStatusCode.Forbidden,
        ContentRefusal.BodyBroken => HttpStatusCode.BadRequest,
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "This refusal is not an HTTP answer."),
    };
}

/// <summary>The store refused. The message is one sentence for people.</summary>
public sealed class ContentStoreException(ContentRefusal reason, string sentence, Exception? inner = null) : Exception(sentence, inner)
{
    public ContentStoreException(ContentRefusal reason, Exception? inner = null)
        : this(reason, reason.Sentence(), inner)
    {
    }

    public ContentRefusal Reason { get; } = reason;
}

/// <summary>A transfer between two nodes failed. The message is one sentence for people and holds nothing the peer wrote.</summary>
public sealed class ContentTransferException(ContentRefusal reason, string sentence, Exception? inner = null) : Exception(sentence, inner)
{
    public ContentTransferException(ContentRefusal reason, Exception? inner = null)
        : this(reason, reason.Sentence(), inner)
    {
    }

    public ContentRefusal Reason { get; } = reason;
}
