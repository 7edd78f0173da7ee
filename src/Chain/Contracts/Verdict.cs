namespace VideoMesh.Chain.Contracts;

/// <summary>What the ledger found about a claim or one of its samples.</summary>
public enum ClaimVerdict
{
    /// <summary>Nothing yet.</summary>
    Pending = 0,
    Accepted = 1,
    Rejected = 2,
    Inconclusive = 3,
}

/// <summary>Why a claim, or a sample, was not accepted.</summary>
public enum ClaimReason
{
    None = 0,

    /// <summary>The miner did not open a drawn leaf in time.</summary>
    LeafNotOpened = 1,

    /// <summary>More than two thirds of the class's κ found the same bytes, and not the miner's.</summary>
    OtherBytes = 2,

    /// <summary>The claim holds another leaf than the one the miner signed when it delivered.</summary>
    LeafAltered = 3,

    /// <summary>Nobody who was drawn revealed anything.</summary>
    NobodyRevealed = 4,

    /// <summary>The verifiers do not agree, and no two thirds of κ say the same.</summary>
    NoMajority = 5,

    /// <summary>Under the weak rule: most of those who looked did not find the work good. Nothing burns.</summary>
    FoundWeak = 6,
}

/// <summary>The catalogue of reasons.</summary>
public static class ClaimReasons
{
    /// <summary>Whether it shows that the miner cheated, so that its reserve burns.</summary>
    public static bool IsProvableMisbehaviour(this ClaimReason reason) => reason is ClaimReason.LeafNotOpened or ClaimReason.OtherBytes or ClaimReason.LeafAltered;

    /// <summary>The one sentence that goes with a reason.</summary>
    public static string Sentence(this ClaimReason reason) => reason switch
    {
        ClaimReason.None => "Nothing was found against it.",
        ClaimReason.LeafNotOpened => "The miner did not open a drawn leaf in time.",
        ClaimReason.OtherBytes => "More than two thirds of the class found the same bytes, and they are not the miner's.",
        ClaimReason.LeafAltered => "The claim holds another leaf than the miner signed when it delivered.",
        ClaimReason.NobodyRevealed => "None of the verifiers drawn revealed a result.",
        ClaimReason.NoMajority => "The verifiers do not agree, and no two thirds of the class say the same.",
        ClaimReason.FoundWeak => "Most verifiers did not find the work good; the class has too few of them to burn stake for it.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
