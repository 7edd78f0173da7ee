using System.Text.Json.Serialization;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Parameters;

/// <summary>What the contracts of the compute market go by. Lengths of time are in blocks.</summary>
public sealed record ContractParameters
{
    /// <summary>Blocks between a claim and the beacon that draws its challenges.</summary>
    public ulong ChallengeDelayBlocks { get; init; } = 16;

    /// <summary>Blocks a drawn verifier has to commit, besides the allowance for ω.</summary>
    public ulong CommitBlocks { get; init; } = 60;

    /// <summary>ω for which a verifier gets one more block to commit.</summary>
    public ulong AllowanceWatts { get; init; } = 10_000_000;

    /// <summary>Blocks the miner has to open a drawn leaf.</summary>
    public ulong OpenBlocks { get; init; } = 20;

    /// <summary>Blocks a verifier has to reveal what it committed to.</summary>
    public ulong RevealBlocks { get; init; } = 20;

    /// <summary>Blocks from a claim on in which its client may dispute it; a claim that carries the client's acceptance does not wait for them.</summary>
    public ulong DisputeBlocks { get; init; } = 60;

    /// <summary>Blocks a miner has to answer a dispute, and a custodian to say what it got.</summary>
    public ulong AnswerBlocks { get; init; } = 30;

    /// <summary>Blocks in which work may still be claimed after a client closed its job.</summary>
    public ulong CloseNoticeBlocks { get; init; } = 60;

    /// <summary>The longest time a job may stay open, in blocks.</summary>
    public ulong LongestJobBlocks { get; init; } = 200_000;

    /// <summary>The most claims a miner posts in one job: one for its work, and some for what it does again in place of others.</summary>
    public uint ClaimsPerMiner { get; init; } = 3;

    /// <summary>s: leaves of a claim that are checked.</summary>
    public int Samples { get; init; } = 3;

    /// <summary>Verifiers drawn one after another for a leaf, until it is given up as inconclusive.</summary>
    public int CheckAttempts { get; init; } = 3;

    /// <summary>Verifiers that check again when the first one found other bytes.</summary>
    public int EscalationPanel { get; init; } = 3;

    /// <summary>The least a job pays for a valid reveal, in nano-VID, so that dealing with oneself costs something.</summary>
    public ulong LeastCheckFeeNano { get; init; } = 1_000_000;

    /// <summary>What a verifier, or a client that disputes, puts at stake: so many check fees.</summary>
    public ulong BondFees { get; init; } = 10;

    /// <summary>What a client that complains about a delivery puts at stake besides, in percent of what the segments cost: with a quarter, a fifth of custodians in its pocket
    /// gain it nothing.</summary>
    public ulong ComplaintBondPercent { get; init; } = 25;

    /// <summary>Share of every pay-out that burns, in percent.</summary>
    public ulong PayoutBurnPercent { get; init; } = 2;

    /// <summary>Verifiers that must serve a class for its verdicts to be exact; they must also hold a third of κ.</summary>
    public int ExactVerifiers { get; init; } = 4;

    /// <summary>The most a claim earns under the weak rule, in nano-VID.</summary>
    public ulong WeakClaimCapNano { get; init; } = 1_000_000_000;

    /// <summary>q: the chance that a sampled fake is found, as a fraction.</summary>
    public ulong FoundNumerator { get; init; } = 2;

    /// <summary>The other part of the fraction.</summary>
    public ulong FoundDenominator { get; init; } = 3;

    [JsonIgnore]
    public Amount LeastCheckFee => new(LeastCheckFeeNano);

    [JsonIgnore]
    public Amount WeakClaimCap => new(WeakClaimCapNano);

    /// <summary>The most blocks from a claim to its verdict, whoever is silent: every verifier asked in turn commits and keeps silent, and each dispute begins at its last height.</summary>
    /// <param name="watts">ω of the claim's dearest leaf.</param>
    public ulong LongestSettlement(ulong watts)
    {
        var commit = CommitBlocks + (watts / AllowanceWatts) + 1;
        var checks = (((ulong)CheckAttempts + 2) * (commit + RevealBlocks + 1)) + OpenBlocks + 1;
        var disputes = DisputeBlocks + Math.Max(AnswerBlocks + 1, ChallengeDelayBlocks + 1 + ((ulong)CheckAttempts * (AnswerBlocks + 1)));
        return ChallengeDelayBlocks + 1 + Math.Max(checks, disputes);
    }

    /// <summary>What is wrong with these parameters; null when contracts can live by them.</summary>
    public string? Validate()
    {
        ulong[] blocks = [ChallengeDelayBlocks, CommitBlocks, OpenBlocks, RevealBlocks, DisputeBlocks, AnswerBlocks, CloseNoticeBlocks, LongestJobBlocks];
        return blocks.Any(length => length is 0 or > 10_000_000) ? "Lengths of the contracts' phases are 1 to 10,000,000 blocks."
            : Samples is < 1 or > 8 || CheckAttempts is < 1 or > 8 || EscalationPanel is < 1 or > 8 ? "Samples, attempts and the panel are 1 to 8."
            : AllowanceWatts == 0 ? "The allowance for ω is above zero."
            : BondFees is < 2 or > 1000 ? "A bond is 2 to 1,000 check fees, else it costs nothing to lose it."
            : ComplaintBondPercent > 100 ? "A complaint costs no more than what it is about."
            : ClaimsPerMiner is < 1 or > 16 ? "A miner posts 1 to 16 claims in a job."
            : PayoutBurnPercent > 50 ? "At most half of a pay-out burns."
            : LeastCheckFeeNano == 0 || ExactVerifiers < 2 ? "The least check fee is above zero, and a class is exact with two verifiers at the least."
            : FoundNumerator == 0 || FoundNumerator >= FoundDenominator || FoundDenominator > 100 ? "The chance to find a sampled fake lies between zero and one."
            : null;
    }

    internal void WriteTo(RlpWriter writer) => writer.StartList()
        .Number(ChallengeDelayBlocks).Number(CommitBlocks).Number(AllowanceWatts).Number(OpenBlocks).Number(RevealBlocks).Number(DisputeBlocks).Number(AnswerBlocks)
        .Number(CloseNoticeBlocks).Number(LongestJobBlocks).Number(ClaimsPerMiner).Number((ulong)Samples).Number((ulong)CheckAttempts).Number((ulong)EscalationPanel).Number(LeastCheckFeeNano)
        .Number(BondFees).Number(ComplaintBondPercent).Number(PayoutBurnPercent).Number((ulong)ExactVerifiers).Number(WeakClaimCapNano).Number(FoundNumerator).Number(FoundDenominator).EndList();
}
