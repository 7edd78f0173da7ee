using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Proofs;

/// <summary>How far a verifier is with a challenge.</summary>
public enum ProofStage
{
    /// <summary>Nobody has offered its source yet.</summary>
    Seeking,

    /// <summary>Somebody has.</summary>
    Offered,

    /// <summary>The source comes in.</summary>
    Fetching,

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

    public SourceOffer? Offer { get; init; }

    /// <summary>Who made it.</summary>
    public Address From { get; init; }

    /// <summary>The height at which the source is asked for again.</summary>
    public ulong AskAt { get; init; }

    public int Failures { get; init; }

    /// <summary>The last height at which a commitment that was sent may come into a block.</summary>
    public ulong CommitmentUntil { get; init; }

    /// <summary>The last height at which a reveal that was sent may come into a block.</summary>
    public ulong RevealUntil { get; init; }

    /// <summary>Whether it is in the tally.</summary>
    public bool IsCounted { get; init; }

    /// <summary>Whether something runs for it, or its source is held for it.</summary>
    public bool IsBusy => Stage is ProofStage.Fetching or ProofStage.Ready or ProofStage.Encoding;

    /// <summary>Whether it still may come to an answer.</summary>
    public bool IsOpen => Stage is not (ProofStage.Found or ProofStage.GivenUp);
}
