namespace VideoMesh.Chain.Consensus;

/// <summary>Why a consensus message of a peer is not taken.</summary>
public enum ConsensusRefusal
{
    /// <summary>It is held already.</summary>
    Duplicate = 1,

    /// <summary>Its height is final and past.</summary>
    OldHeight,

    /// <summary>Its height has not begun here.</summary>
    FutureHeight,

    /// <summary>Its round is long over and nobody needs it.</summary>
    OldRound,

    /// <summary>Its round is further ahead than proposals are looked at.</summary>
    FutureRound,

    /// <summary>The signer contradicts itself, which is known and shown already.</summary>
    Surplus,

    /// <summary>Its signer does not vote at this height.</summary>
    NotAVoter,

    /// <summary>Its signer is not the one who proposes in this round.</summary>
    NotTheProposer,

    /// <summary>The signature is not the signer's.</summary>
    WrongSignature,

    /// <summary>The certificate does not show that the block is final.</summary>
    InvalidCertificate,
}

/// <summary>The catalogue of refusals.</summary>
public static class ConsensusRefusals
{
    /// <summary>Whether no honest peer sends such a thing, whatever the network does.</summary>
    public static bool IsHostile(this ConsensusRefusal reason) => reason is
        ConsensusRefusal.NotAVoter or ConsensusRefusal.NotTheProposer or ConsensusRefusal.WrongSignature or ConsensusRefusal.InvalidCertificate;

    /// <summary>The one sentence that goes with a reason.</summary>
    public static string Sentence(this ConsensusRefusal reason) => reason switch
    {
        ConsensusRefusal.Duplicate => "This message is held already.",
        ConsensusRefusal.OldHeight => "A block of this height is final already.",
        ConsensusRefusal.FutureHeight => "The block before this height is not final here yet.",
        ConsensusRefusal.OldRound => "This round is long over.",
        ConsensusRefusal.FutureRound => "This round is too far ahead.",
        ConsensusRefusal.Surplus => "Its signer contradicts itself, and enough of that is known.",
        ConsensusRefusal.NotAVoter => "Its signer does not vote at this height.",
        ConsensusRefusal.NotTheProposer => "Its signer does not propose in this round.",
        ConsensusRefusal.WrongSignature => "The signature is not the signer's.",
        ConsensusRefusal.InvalidCertificate => "The certificate does not show that its block is final.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
