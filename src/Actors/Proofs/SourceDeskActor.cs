using Google.Protobuf;
using VideoMesh.Actors.Mesh;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Media;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Proofs;

/// <summary>A source segment that this node holds for a job, and what shows that it is the job's.</summary>
/// <param name="Source">In the content store, pinned until the job is settled.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Path">To the escrow's root over sources.</param>
/// <param name="Spec">Of the rendition in question, as the client gave it.</param>
public sealed record HeldSource(ContentHash Source, long Bytes, MerklePath Path, RenditionSpec Spec)
{
    /// <summary>What was made of it, as delivered, and its size: shown only under the weak rule, once the leaf is open. Null: it is not held any more.</summary>
    public (ContentHash Content, long Bytes)? Result { get; init; }
}

/// <summary>What a miner, or a client, holds for the verifiers of its jobs.</summary>
public interface ISourceBook
{
    /// <summary>Null when this node has no such source. Any thread may ask.</summary>
    /// <param name="job">Of the escrow.</param>
    /// <param name="segment">From 0.</param>
    /// <param name="rendition">From 0.</param>
    HeldSource? Find(Hash256 job, int segment, int rendition);
}

/// <summary>An object of a contract after the last final block that is known; null when there is none.</summary>
public delegate Task<ContractObject?> FindContract(Hash256 key, CancellationToken cancellationToken);

/// <summary>Gives sources to the verifiers that the ledger has drawn to check them, and to nobody else.</summary>
public sealed class SourceDeskActor : ReceiveActor
{
    // More than honest verifiers need: one question for each seat, and again every few blocks.
    private const double QuestionsPerSecond = 4;
    private const double QuestionsAtOnce = 64;
    private const int MostQuestions = 32;
    private const int MostUploads = 2;
    private static readonly TimeSpan TicketLifetime = TimeSpan.FromMinutes(10);

    private readonly SourceDeskSetting _setting;
    private readonly Dictionary<Address, Verifier> _peers = [];
    private readonly CancellationTokenSource _stopping = new();
    private int _questions;
    private int _uploads;

    public SourceDeskActor(SourceDeskSetting setting)
    {
        _setting = setting;
        Receive<MeshProtocol.PeerUp>(up => _peers[up.Peer.Address] = (_peers.GetValueOrDefault(up.Peer.Address) ?? new Verifier(new TokenBucket(setting.Time, QuestionsPerSecond, QuestionsAtOnce)))
            with { Url = up.Peer.Profile.Url });
        Receive<MeshProtocol.PeerDown>(down => _peers.Remove(down.Address));
        Receive<MeshProtocol.Received>(OnReceived);
        Receive<MeshProtocol.Undeliverable>(_ => { });
        Receive<Looked>(OnLooked);
        Receive<Uploaded>(_ => _uploads--);
    }

    protected override void PreStart() => _setting.Mesh.Tell(new MeshProtocol.Subscribe(Self, [typeof(Wire.SourceWanted), typeof(Wire.SourceRoom)]));

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private void OnReceived(MeshProtocol.Received received)
    {
        var (named, room) = received.Message switch
        {
            Wire.SourceWanted wanted => (wanted.Challenge, null),
            Wire.SourceRoom given when ProofMessages.IsTicket(given.Ticket) => (given.Challenge, given),
            _ => (ByteString.Empty, (Wire.SourceRoom?)null),
        };
        if (!ProofMessages.TryRead(named, out Hash256 challenge) || _questions >= MostQuestions || !_peers.TryGetValue(received.From, out var peer) || !peer.Rate.TryTake(1))
        {
            return;
        }

        _questions++;
        _ = FindAsync(received.From, challenge, _stopping.Token)
            .PipeTo(Self, success: held => new Looked(received.From, challenge, room, held), failure: _ => new Looked(received.From, challenge, room, Held: null));
    }

    private async Task<HeldSource?> FindAsync(Address asker, Hash256 id, CancellationToken cancellationToken) =>
        await _setting.Find(Challenge.KeyOf(id), cancellationToken) is Challenge { Phase: not ChallengePhase.Decided } challenge && challenge.SeatOf(asker) >= 0
        && await _setting.Find(Claim.KeyOf(challenge.ClaimId), cancellationToken) is Claim claim
        && _setting.Book.Find(claim.JobId, challenge.Segment, challenge.Rendition) is { } held
            ? held with { Result = challenge is { Weak: true, Opened: not null } ? held.Result : null }
            : null;

    private void OnLooked(Looked looked)
    {
        _questions--;
        switch (looked)
        {
            case { Held: { } held, Room: { } room }:
                Upload(looked.From, held, room);
                break;
            case { Held: { } held }:
                var offer = new SourceOffer(looked.Challenge, held.Source, held.Bytes, held.Path, held.Spec, Ticket(looked.Challenge, held.Source, held.Bytes))
                {
                    Result = held.Result is var (content, bytes) ? new ResultOffer(content, bytes, Ticket(looked.Challenge, content, bytes)) : null,
                };
                _setting.Mesh.Tell(new MeshProtocol.Send(looked.From, ProofMessages.ToWire(offer)));
                break;
        }
    }

    private string Ticket(Hash256 challenge, ContentHash content, long bytes) => _setting.Tickets.Issue(new TicketGrant
    {
        Verbs = TicketVerbs.Get, Content = content, MaxBytes = bytes, Expires = _setting.Time.GetUtcNow() + TicketLifetime, Scope = $"source/{challenge}",
    });

    // This node cannot be dialled: it brings the source itself.
    private void Upload(Address to, HeldSource held, Wire.SourceRoom room)
    {
        if (_peers.GetValueOrDefault(to)?.Url is not { } url || _uploads >= MostUploads)
        {
            return;
        }

        _uploads++;
        var stopping = _stopping.Token;
        _ = Task.Run(
            async () =>
            {
                var brought = await _setting.Transfers.UploadAsync(url, held.Source, room.Ticket, _setting.Store, stopping);
                return held.Result is var (content, _) && ProofMessages.IsTicket(room.ResultTicket) ? await _setting.Transfers.UploadAsync(url, content, room.ResultTicket, _setting.Store, stopping) : brought;
            },
            stopping).PipeTo(Self, success: _ => Uploaded.Instance, failure: _ => Uploaded.Instance);
    }

    /// <param name="Rate">Of its questions.</param>
    private sealed record Verifier(TokenBucket Rate)
    {
        public Uri? Url { get; init; }
    }

    private sealed record Looked(Address From, Hash256 Challenge, Wire.SourceRoom? Room, HeldSource? Held);

    private sealed record Uploaded
    {
        public static Uploaded Instance { get; } = new();
    }
}

/// <summary>What a desk for sources is made of.</summary>
/// <param name="Book">What is held.</param>
/// <param name="Find">Tells who was drawn.</param>
/// <param name="Store">Where sources are.</param>
/// <param name="Tickets">For those who fetch them.</param>
/// <param name="Transfers">Bring them to those who cannot.</param>
/// <param name="Mesh">A <see cref="MeshActor"/>.</param>
/// <param name="Time">Ends tickets.</param>
public sealed record SourceDeskSetting(ISourceBook Book, FindContract Find, ContentStore Store, ContentTickets Tickets, ContentClient Transfers, IActorRef Mesh, TimeProvider Time);
