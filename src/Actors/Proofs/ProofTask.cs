using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Proofs;

/// <summary>How far a verifier is with a challenge.</summary>
public enum ProofStage
{
    /// <summary>The source is not here yet: it is asked for, and fetched from whoever offers it, from all at once.</summary>
    Seeking,

    /// <summary>The source is here.</summary>
    Ready,
    Encoding,

    /// <summary>This verifier knows its answer, for good.</summary>
    Found,

    /// <summary>This verifier has no answer.</summary>
    GivenUp,
}

/// <summary>A challenge that a verifier works on, or has answered.</summary>
/// <param name="Id">Of the challenge.</param>
/// <param name="Stage">How far it is.</param>
public sealed record ProofTask(Hash256 Id, ProofStage Stage)
{
    /// <summary>As the ledger last had it; null after a restart until the ledger is heard.</summary>
    public ProofSeat? Seat { get; init; }

    public FoundPackets? Found { get; init; }

    /// <summary>What was offered and may still bring the source, and whether it is being fetched.</summary>
    public ImmutableSortedDictionary<Address, (SourceOffer Offer, bool IsFetching)> Offers { get; init; } = ImmutableSortedDictionary<Address, (SourceOffer, bool)>.Empty;

    /// <summary>How often an offer came to nothing, by who made it: who spoils the source must not keep it from coming from another.</summary>
    public ImmutableSortedDictionary<Address, int> Spoilt { get; init; } = ImmutableSortedDictionary<Address, int>.Empty;

    /// <summary>The offer whose source is here.</summary>
    public SourceOffer? Offer { get; init; }

    /// <summary>The height at which the source is asked for again.</summary>
    public ulong AskAt { get; init; }

    /// <summary>How often this machine failed.</summary>
    public int Failures { get; init; }

    /// <summary>The last height at which a commitment that was sent may come into a block.</summary>
    public ulong CommitmentUntil { get; init; }

    /// <summary>The last height at which a reveal that was sent may come into a block.</summary>
    public ulong RevealUntil { get; init; }

    /// <summary>Whether it is in the tally.</summary>
    public bool IsCounted { get; init; }

    /// <summary>Whether its source is here.</summary>
    public bool HasSource => Stage is ProofStage.Ready or ProofStage.Encoding;

    /// <summary>Whether it still may come to an answer.</summary>
    public bool IsOpen => Stage is not (ProofStage.Found or ProofStage.GivenUp);
}
