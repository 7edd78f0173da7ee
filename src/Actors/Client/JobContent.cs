using VideoMesh.Actors.ComputeMiner;
using VideoMesh.Actors.Market;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Client;

/// <summary>The data plane of a job: its store, and the tickets by which miners fetch sources from it and put results to it.</summary>
/// <param name="Url">Where miners reach it; null: this client cannot be dialled, and brings and fetches the bytes itself.</param>
public sealed record JobContent(ContentStore Store, ContentTickets Tickets, ContentClient Transfers, Uri? Url, TimeProvider Time)
{
    /// <summary>Under this everything of the job is pinned in the job's own store.</summary>
    public const string PinScope = "job";

    // Room for headers of the smallest segment; beyond it no sane encode is larger than one byte a pixel.
    private const long MaxHeaderBytes = 16L << 20;

    /// <summary>What a miner is asked to do, with tickets for this try alone.</summary>
    /// <param name="escrowed">Null: the job has no escrow.</param>
    internal Wire.AssignSegment Order(JobState job, AssignmentEffect.Assign assign, ContentHash source, long sourceBytes, EscrowedWork? escrowed)
    {
        var scope = Scope(assign.Attempt, assign.Miner);
        var frames = job.Frames[assign.Attempt.Segment];
        var maxResultBytes = MaxHeaderBytes + (job.Renditions.Max(r => (long)r.Width * r.Height) * frames);
        var expires = Time.GetUtcNow() + job.Options.TicketLifetime;
        return JobMessages.ToWire(new WorkOrder(
            new WorkKey(assign.Miner, job.Spec.Id, assign.Attempt),
            source,
            sourceBytes,
            frames,
            job.Renditions,
            Url,
            SourceTicket: Ticket(new TicketGrant { Verbs = TicketVerbs.Get, Content = source, MaxBytes = sourceBytes, Expires = expires, Scope = scope }),
            ResultTicket: Ticket(new TicketGrant
            {
                Verbs = TicketVerbs.Put, MaxBytes = maxResultBytes, MaxScopeTotalBytes = maxResultBytes * job.Renditions.Length, Expires = expires, Scope = scope,
            })) { Escrowed = escrowed });
    }

    /// <summary>A try is over: its tickets are void, and what was put with them goes unless it was accepted.</summary>
    internal void Release(AttemptId attempt, Address miner)
    {
        var scope = Scope(attempt, miner);
        Tickets.Close(scope);
        Store.Unpin(scope);
    }

    private static string Scope(AttemptId attempt, Address miner) => $"{miner}/{attempt.Segment}/{attempt.Number}";

    private string Ticket(TicketGrant grant) => Url is null ? "" : Tickets.Issue(grant);
}
