using VideoMesh.Chain.Primitives;

namespace VideoMesh.Miners.Proofs;

/// <summary>What a verifier found about one segment in one rendition. There is no other outcome, and nothing that was not shown counts as accepted.</summary>
public abstract record Verdict
{
    private Verdict()
    {
    }

    /// <summary>The miner did the work asked for.</summary>
    public sealed record Accepted(CheckEvidence Evidence) : Verdict;

    /// <summary>The miner did not do it.</summary>
    public sealed record Rejected(RejectionReason Reason) : Verdict;

    /// <summary>It cannot be told, and the miner is not to blame.</summary>
    public sealed record Inconclusive(InconclusiveReason Reason) : Verdict;
}

/// <summary>What an accepted verdict rests on.</summary>
/// <param name="Packets">SHA-256 over the packets in decoding order, found by the verifier and opened by the miner.</param>
/// <param name="CpuTime">Of the check; zero where the sandbox cannot tell.</param>
public sealed record CheckEvidence(ContentHash Packets, TimeSpan CpuTime);

/// <summary>Why work is rejected.</summary>
public enum RejectionReason
{
    /// <summary>The miner opened another packet hash than the verifier found.</summary>
    OtherPackets = 1,

    /// <summary>The miner did not open the leaf in time.</summary>
    LeafNotOpened,

    /// <summary>Under the weak rule: the miner's pictures are worse than the verifier's own encode of the source allows.</summary>
    OtherPictures,

    /// <summary>Under the weak rule: the miner's bytes are far more or far fewer than the verifier's.</summary>
    OtherSize,
}

/// <summary>Why a check has no result.</summary>
public enum InconclusiveReason
{
    /// <summary>The rendition is not one that the catalogue knows.</summary>
    ImpossibleRendition = 1,

    /// <summary>The rendition has another hash than the escrow names.</summary>
    OtherRendition,

    /// <summary>This verifier does not make the bytes of the job's determinism class.</summary>
    ClassNotServed,

    /// <summary>Nobody served the source segment, or not in time.</summary>
    SourceUnavailable,

    /// <summary>The source segment cannot be decoded.</summary>
    SourceUnplayable,

    /// <summary>The source segment does not give the frames that the escrow names.</summary>
    SourceDoesNotFit,

    /// <summary>The source segment takes more time or memory than the sandbox gives.</summary>
    LimitHit,

    /// <summary>The encoder failed on a source that can be decoded.</summary>
    EncoderFailed,

    /// <summary>The verifier's own disk or sandbox failed.</summary>
    VerifierFailed,

    /// <summary>Under the weak rule: nobody served the miner's segment, or not the one it opened.</summary>
    ResultUnavailable,

    /// <summary>The job pays less for a check than this verifier works for.</summary>
    FeeTooLow,
}

/// <summary>The catalogue's sentences.</summary>
public static class VerdictReasons
{
    /// <summary>The one sentence that goes with a reason.</summary>
    public static string Sentence(this RejectionReason reason) => reason switch
    {
        RejectionReason.OtherPackets => "The verifier's own encode has other packets than the miner claims.",
        RejectionReason.LeafNotOpened => "The miner did not open the leaf in time.",
        RejectionReason.OtherPictures => "The miner's pictures are not what the verifier's own encode shows.",
        RejectionReason.OtherSize => "The miner's segment is much larger or smaller than the verifier's own.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "Not a reason."),
    };

    /// <inheritdoc cref="Sentence(RejectionReason)"/>
    public static string Sentence(this InconclusiveReason reason) => reason switch
    {
        InconclusiveReason.ImpossibleRendition => "The rendition is not one that can be made.",
        InconclusiveReason.OtherRendition => "The rendition is not the one that the escrow names.",
        InconclusiveReason.ClassNotServed => "This verifier does not serve the job's determinism class.",
        InconclusiveReason.SourceUnavailable => "The source segment could not be fetched.",
        InconclusiveReason.SourceUnplayable => "The source segment cannot be decoded.",
        InconclusiveReason.SourceDoesNotFit => "The source segment does not give the frames that the escrow names.",
        InconclusiveReason.LimitHit => "Encoding the source segment passed the sandbox's limits.",
        InconclusiveReason.EncoderFailed => "The verifier's encoder failed on the source segment.",
        InconclusiveReason.VerifierFailed => "The verifier's disk or sandbox failed.",
        InconclusiveReason.ResultUnavailable => "The miner's segment could not be fetched, or is not the one it opened.",
        InconclusiveReason.FeeTooLow => "The job pays less for a check than this verifier works for.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "Not a reason."),
    };
}
