using VideoMesh.Chain.Blocks;

namespace VideoMesh.Chain.Consensus;

/// <summary>Why a proposed header gets no vote, found out before anything is fetched.</summary>
public enum ProposalRefusal
{
    /// <summary>The bytes are no header.</summary>
    Unreadable = 1,

    /// <summary>It belongs to another chain.</summary>
    WrongChain,

    /// <summary>It is of another height.</summary>
    WrongHeight,

    /// <summary>It does not follow the final block.</summary>
    WrongParent,

    /// <summary>It names other voters.</summary>
    WrongVoters,

    /// <summary>It is new but made for another round, or proposed again but made after its valid round.</summary>
    WrongRound,

    /// <summary>Its author does not propose in the round it was made for.</summary>
    WrongAuthor,
}

/// <summary>What a header must say to be proposed at this height and round; that its content is right, executing it tells.</summary>
public static class ProposalRules
{
    /// <returns>Null when nothing speaks against it so far.</returns>
    public static ProposalRefusal? Check(Proposal proposal, BlockHeader? header, string chainId, HeightContext context) =>
        header is null ? ProposalRefusal.Unreadable
        : !string.Equals(header.ChainId, chainId, StringComparison.Ordinal) ? ProposalRefusal.WrongChain
        : header.Height != context.Height ? ProposalRefusal.WrongHeight
        : header.ParentHash != context.ParentHash ? ProposalRefusal.WrongParent
        : header.VotersHash != context.Voters.Hash ? ProposalRefusal.WrongVoters
        : !IsRoundRight(proposal, header) ? ProposalRefusal.WrongRound
        : header.Author != context.Proposers.Of(header.Round) ? ProposalRefusal.WrongAuthor
        : null;

    private static bool IsRoundRight(Proposal proposal, BlockHeader header) =>
        proposal.ValidRound is { } valid ? valid < proposal.Round && header.Round <= valid : header.Round == proposal.Round;
}
