namespace VideoMesh.Chain.Transactions;

/// <summary>The white paper's four types (section 4), and evidence. The numbers are in every signature.</summary>
public enum TransactionType
{
    /// <summary>DC: moves coins to another account.</summary>
    Transfer = 1,

    /// <summary>σDC: bonds, unbonds, and what a verifier says about itself, see <see cref="StakeOperation"/>.</summary>
    Stake = 2,

    /// <summary>CR: a challenge, or the response to one.</summary>
    Challenge = 3,

    /// <summary>Deploys or calls a contract.</summary>
    Trigger = 4,

    /// <summary>Shows that somebody broke a rule for which stake burns.</summary>
    Evidence = 5,
}
