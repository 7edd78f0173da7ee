using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Node;
using VideoMesh.Client.Node.Chain;

namespace VideoMesh.Client.Commands;

/// <param name="Samples">Leaves with a verdict.</param>
internal sealed record VerificationOut(uint Samples, uint Accepted, uint Rejected, uint Inconclusive)
{
    public static VerificationOut Of(JobSettlement settlement)
    {
        var (accepted, rejected, inconclusive) = (Sum(s => s.Accepted), Sum(s => s.Rejected), Sum(s => s.Inconclusive));
        return new VerificationOut(accepted + rejected + inconclusive, accepted, rejected, inconclusive);

        uint Sum(Func<(uint Accepted, uint Rejected, uint Inconclusive), uint> part) => settlement.Claims.Aggregate(0U, (sum, claim) => sum + part(claim.Samples));
    }
}

/// <summary>What became of a miner's claim.</summary>
internal sealed record ClaimOut(string Address, string Verdict, string? Reason, bool Weak, uint Segments, ulong PaidNano, ulong FeesNano)
{
    public static ClaimOut Of(ClaimReceipt claim) => new(
        claim.Miner.ToString(), ChainJson.Spell(claim.Verdict.ToString()), claim.Reason == ClaimReason.None ? null : ChainJson.Spell(claim.Reason.ToString()), claim.Weak, claim.Segments,
        claim.Paid.Nano, claim.Fees.Nano);
}

/// <summary>Stake that a miner lost.</summary>
internal sealed record SlashOut(string Address, ulong Nano, string Reason)
{
    public static SlashOut Of(ClaimReceipt claim) => new(claim.Miner.ToString(), claim.Forfeited.Nano, ChainJson.Spell(claim.Reason.ToString()));
}

/// <summary>The receipt of a job for people.</summary>
internal static class SettlementOut
{
    public static void Print(CommandRun run, JobResult result)
    {
        if (result.Verification is not { } checks)
        {
            return;
        }

        foreach (var payment in result.Payments ?? [])
        {
            run.Print($"  {payment.Address} was paid {new Amount(payment.PaidNano)} for {payment.Segments} segments: {payment.Verdict}{(payment.Reason is null ? "" : $" ({payment.Reason})")}");
        }

        foreach (var slash in result.Slashed ?? [])
        {
            run.Print($"  {slash.Address} lost {new Amount(slash.Nano)} of its stake: {slash.Reason}");
        }

        run.Print(string.Equals(result.Settlement, "settled", StringComparison.Ordinal)
            ? $"  paid {new Amount(result.PaidNano!.Value)}, {new Amount(result.FeesNano!.Value)} for {checks.Samples} checks; {new Amount(result.RefundedNano!.Value)} came back"
            : $"  the ledger checks and pays: `videomesh job show {result.Job}` tells how far it is");
    }
}
