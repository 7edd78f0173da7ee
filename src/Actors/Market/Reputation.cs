using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Market;

/// <summary>What the ledger knows of a miner.</summary>
/// <param name="Stake">Bonded for compute.</param>
/// <param name="Burnt">What its accepted claims burnt: only real jobs cost anything.</param>
/// <param name="Clients">Distinct accounts that paid for those.</param>
/// <param name="RejectedClaims">Claims that were found false.</param>
public sealed record ChainRecord(Amount Stake, Amount Burnt, int Clients, int RejectedClaims);

/// <summary>Chain evidence about miners. Without a ledger there is none.</summary>
public interface IReputationSource
{
    /// <summary>The least stake a miner needs to bid, Ψ; zero without a ledger.</summary>
    Amount RequiredStake { get; }

    /// <summary>Null: without a ledger. A miner that the ledger does not know has a record of zeros.</summary>
    ChainRecord? Find(Address miner);
}

/// <summary>A network without a ledger.</summary>
public sealed class NoChainEvidence : IReputationSource
{
    public static NoChainEvidence Instance { get; } = new();

    public Amount RequiredStake => Amount.Zero;

    public ChainRecord? Find(Address miner) => null;
}

/// <summary>What this client saw of a miner in its own jobs.</summary>
/// <param name="Refused">Segments whose result failed a check.</param>
/// <param name="Stalled">Segments it made no progress with.</param>
/// <param name="Failed">Segments it said it could not do.</param>
/// <param name="Promised">Frames a second of one slot that it bid, summed over the jobs in which it delivered.</param>
/// <param name="Kept">… and what was measured.</param>
public sealed record OwnRecord(int Accepted, int Refused, int Stalled, int Failed, double Promised, double Kept)
{
    public static OwnRecord None { get; } = new(0, 0, 0, 0, 0, 0);

    public static OwnRecord operator +(OwnRecord left, OwnRecord right) => new(
        left.Accepted + right.Accepted,
        left.Refused + right.Refused,
        left.Stalled + right.Stalled,
        left.Failed + right.Failed,
        left.Promised + right.Promised,
        left.Kept + right.Kept);
}

/// <summary>All that is known of a miner when it is judged.</summary>
/// <param name="Chain">Null: there is no ledger.</param>
public sealed record MinerStanding(OwnRecord Own, ChainRecord? Chain)
{
    public static MinerStanding Unknown { get; } = new(OwnRecord.None, null);
}

/// <summary>Reputation as numbers from 0 to 1. Pure.</summary>
public static class Reputation
{
    /// <summary>Below this a miner is not chosen.</summary>
    public const double LeastTrust = 0.25;

    // What a newcomer is believed to have done well, so that one mishap does not end it.
    private const double BenefitOfDoubt = 4;
    private const double RefusedWeight = 8;
    private const double StalledWeight = 2;
    private const double RejectedClaimWeight = 4;

    /// <summary>How far to believe that its next segment comes, and is right.</summary>
    public static double Trust(MinerStanding standing)
    {
        ArgumentNullException.ThrowIfNull(standing);
        var own = standing.Own;
        var good = BenefitOfDoubt + own.Accepted;
        return good / (good + (RefusedWeight * own.Refused) + (StalledWeight * own.Stalled) + own.Failed) * TrustOf(standing.Chain);
    }

    /// <summary>What part of its promised speed it kept, at most 1; 1 for a miner that has delivered nothing yet.</summary>
    public static double KeptSpeed(OwnRecord own)
    {
        ArgumentNullException.ThrowIfNull(own);
        return own.Promised > 0 ? Math.Clamp(own.Kept / own.Promised, 0.05, 1) : 1;
    }

    // Dealing with oneself must not pay: burnt value counts no further than there are clients, and clients no further than they burnt.
    private static double TrustOf(ChainRecord? chain)
    {
        if (chain is null)
        {
            return 1;
        }

        var burnt = chain.Burnt.Nano / (double)Amount.NanoPerVid;
        var weight = chain.Clients > 0 ? chain.Clients * burnt / (chain.Clients + burnt) : 0;
        return (0.5 + (0.5 * weight / (weight + 1))) / (1 + (RejectedClaimWeight * chain.RejectedClaims));
    }
}
