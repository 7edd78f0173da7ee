using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Proofs;

namespace VideoMesh.Actors.Proofs;

/// <summary>What a verifier does for a challenge besides talking.</summary>
public interface IProofWork
{
    /// <summary>Brings a source into the store, and a result that comes with it, and pins them for the challenge.</summary>
    /// <param name="offer">What is fetched.</param>
    /// <param name="from">Where; null: its holder cannot be dialled and puts it here, with the tickets that <see cref="RoomFor"/> gave.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ContentTransferException">It cannot be had.</exception>
    /// <exception cref="ContentStoreException">The store cannot take it.</exception>
    Task FetchAsync(SourceOffer offer, Uri? from, CancellationToken cancellationToken);

    /// <summary>Tickets for putting a source here, and a result when one comes with it.</summary>
    (string Source, string? Result) RoomFor(SourceOffer offer);

    /// <summary>Encodes a source that was fetched, and lets go of it.</summary>
    /// <param name="challenge">What it is for.</param>
    /// <param name="leaf">What is checked.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<OwnEncode> EncodeAsync(Hash256 challenge, LeafToCheck leaf, CancellationToken cancellationToken);

    /// <summary>Lets go of what is held for a challenge.</summary>
    void Release(Hash256 challenge);
}

/// <inheritdoc/>
public sealed class ProofWork(TranscodeCheck check, ContentStore store, ContentClient transfers, ContentTickets tickets, TimeProvider time) : IProofWork
{
    // A source is some seconds of video: whoever cannot bring it in this time does not mean to.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    public async Task FetchAsync(SourceOffer offer, Uri? from, CancellationToken cancellationToken)
    {
        var scope = Scope(offer.Challenge);
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await FetchAsync(from, offer.Source, offer.Bytes, offer.Ticket, scope, either.Token);
            if (offer.Result is { } result)
            {
                await FetchAsync(from, result.Content, result.Bytes, result.Ticket, scope, either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ContentTransferException(ContentRefusal.Stalled);
        }
    }

    public (string Source, string? Result) RoomFor(SourceOffer offer) =>
        (RoomFor(offer, offer.Source, offer.Bytes), offer.Result is { } result ? RoomFor(offer, result.Content, result.Bytes) : null);

    public Task<OwnEncode> EncodeAsync(Hash256 challenge, LeafToCheck leaf, CancellationToken cancellationToken) => check.EncodeAsync(leaf, Scope(challenge), cancellationToken);

    public void Release(Hash256 challenge)
    {
        tickets.Close(Scope(challenge));
        store.Unpin(Scope(challenge));
    }

    /// <summary>For a <see cref="TranscodeCheck"/>: what was fetched and is gone again cannot be had.</summary>
    public static Task Nowhere(ContentHash source, string scope, CancellationToken cancellationToken) =>
        Task.FromException(new ContentTransferException(ContentRefusal.NotFound));

    private async Task FetchAsync(Uri? from, ContentHash content, long bytes, string ticket, string scope, CancellationToken cancellationToken)
    {
        if (from is not null)
        {
            await transfers.DownloadAsync(from, content, bytes, ticket, store, scope, cancellationToken);
        }

        while (!store.Pin(content, scope))
        {
            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    private string RoomFor(SourceOffer offer, ContentHash content, long bytes) => tickets.Issue(new TicketGrant
    {
        Verbs = TicketVerbs.Put,
        Content = content,
        MaxBytes = bytes,
        MaxScopeTotalBytes = offer.Bytes + (offer.Result?.Bytes ?? 0),
        Expires = time.GetUtcNow() + Patience,
        Scope = Scope(offer.Challenge),
    });

    private static string Scope(Hash256 challenge) => $"proof/{challenge}";
}
