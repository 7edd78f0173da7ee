using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Proofs;

namespace VideoMesh.Actors.Proofs;

/// <summary>What the rest of a node says to the actor that does a verifier's checks.</summary>
public static class ProofProtocol
{
    /// <summary>Answered with <see cref="Status"/>.</summary>
    public sealed record GetStatus
    {
        public static GetStatus Instance { get; } = new();
    }

    /// <param name="Open">Challenges this verifier has a seat in, or has answered and waits for the verdict of.</param>
    /// <param name="Tally">What its own checks came to since the start.</param>
    public sealed record Status(int Open, ProofTally Tally);
}

/// <summary>What a verifier's own checks came to.</summary>
/// <param name="Accepted">The miner had opened what this verifier found.</param>
/// <param name="Rejected">It had opened something else, or nothing.</param>
/// <param name="Inconclusive">This verifier found nothing that it could commit to.</param>
/// <param name="CpuTime">Of its encodes.</param>
public sealed record ProofTally(int Accepted, int Rejected, int Inconclusive, TimeSpan CpuTime)
{
    public static ProofTally Zero { get; } = new(0, 0, 0, TimeSpan.Zero);

    internal ProofTally With(Verdict verdict) => verdict switch
    {
        Verdict.Accepted => this with { Accepted = Accepted + 1 },
        Verdict.Rejected => this with { Rejected = Rejected + 1 },
        _ => this with { Inconclusive = Inconclusive + 1 },
    };
}

/// <summary>What a verifier found: durable before anybody hears of it, and never found again otherwise.</summary>
/// <param name="Challenge">What it is the answer to.</param>
/// <param name="Packets">SHA-256 over the packets of its own encode.</param>
/// <param name="Salt">Of the commitment.</param>
/// <param name="CpuTime">Of the encode, in whole milliseconds.</param>
/// <param name="Height">At which it was found: a state below knows less than this verifier did.</param>
public sealed record FoundPackets(Hash256 Challenge, ContentHash Packets, Hash256 Salt, TimeSpan CpuTime, ulong Height)
{
    /// <summary>What goes on the ledger before the miner opens.</summary>
    public Hash256 CommitmentOf(Address verifier) => Chain.Contracts.Challenge.Commitment(Challenge, Packets, Salt, verifier);
}

/// <summary>A source that somebody offers to a verifier.</summary>
/// <param name="Challenge">What it is for.</param>
/// <param name="Source">Of the segment.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Path">To the escrow's root over sources.</param>
/// <param name="Spec">Of the rendition.</param>
/// <param name="Ticket">For fetching.</param>
public sealed record SourceOffer(Hash256 Challenge, ContentHash Source, long Bytes, MerklePath Path, RenditionSpec Spec, string Ticket)
{
    /// <summary>What the miner made of it: offered under the weak rule, once the leaf is open.</summary>
    public ResultOffer? Result { get; init; }
}

/// <summary>A miner's segment that is offered to a verifier.</summary>
/// <param name="Content">The file.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Ticket">For fetching.</param>
public sealed record ResultOffer(ContentHash Content, long Bytes, string Ticket);

/// <summary>What a verifier wants done.</summary>
public abstract record ProofEffect
{
    private ProofEffect()
    {
    }

    /// <summary>Make it durable before anything else.</summary>
    public sealed record Keep(FoundPackets Found) : ProofEffect;

    /// <summary>It is not needed any more.</summary>
    public sealed record Forget(Hash256 Challenge) : ProofEffect;

    /// <summary>Ask whoever may have the source.</summary>
    public sealed record Ask(Hash256 Challenge, Address Miner, Address Client) : ProofEffect;

    /// <summary>Bring the source into the store.</summary>
    public sealed record Fetch(SourceOffer Offer, Address From) : ProofEffect;

    /// <summary>The source is here: stop what still fetches it.</summary>
    public sealed record StopFetching(Hash256 Challenge) : ProofEffect;

    /// <summary>Encode it. There is never more than one.</summary>
    public sealed record Encode(Hash256 Challenge, LeafToCheck Leaf) : ProofEffect;

    /// <summary>Stop what is done for a challenge and let go of its source.</summary>
    public sealed record Release(Hash256 Challenge) : ProofEffect;

    /// <summary>Send a commitment or a reveal.</summary>
    public sealed record Send(ProofCall Call) : ProofEffect;

    /// <summary>Tell the ledger which classes are served.</summary>
    public sealed record Serve : ProofEffect;

    /// <summary>Tell people.</summary>
    public sealed record Note(string Line) : ProofEffect;
}

/// <summary>A commitment or a reveal.</summary>
/// <param name="Challenge">What it answers.</param>
/// <param name="Operation">What it says.</param>
/// <param name="Bond">Of a commitment.</param>
/// <param name="Until">The last height of a block that may hold it.</param>
public sealed record ProofCall(Hash256 Challenge, ContractOperation Operation, Amount Bond, ulong Until);
