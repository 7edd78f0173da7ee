using System.Collections.Immutable;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Node;
using VideoMesh.Client.Node.Chain;

namespace VideoMesh.Client.Commands;

/// <summary>What commands print of a job's escrow, beside what else they print; all of it null for a job without one.</summary>
internal abstract record SettledView
{
    /// <summary>The job's id on the ledger.</summary>
    public string? Escrow { get; init; }

    /// <summary><c>settled</c>, or <c>open</c> while more can become of it.</summary>
    public string? Settlement { get; init; }

    public ulong? LockedNano { get; init; }

    /// <summary>To miners, before the share that burns.</summary>
    public ulong? PaidNano { get; init; }

    /// <summary>For checks, before the share that burns.</summary>
    public ulong? FeesNano { get; init; }

    public ulong? RefundedNano { get; init; }

    public VerificationOut? Verification { get; init; }

    public ImmutableArray<ClaimOut>? Payments { get; init; }

    public ImmutableArray<SlashOut>? Slashed { get; init; }
}

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

/// <summary>The receipt of a job.</summary>
internal static class SettlementOut
{
    public static T With<T>(this T view, JobSettlement settlement)
        where T : SettledView => (T)((SettledView)view with
        {
            Escrow = settlement.Escrow.ToString(),
            Settlement = settlement.IsSettled ? "settled" : "open",
            LockedNano = settlement.Locked.Nano,
            PaidNano = settlement.Paid.Nano,
            FeesNano = settlement.Fees.Nano,
            RefundedNano = settlement.Refunded.Nano,
            Verification = VerificationOut.Of(settlement),
            Payments = [.. settlement.Claims.Select(ClaimOut.Of)],
            Slashed = [.. settlement.Claims.Where(claim => claim.Forfeited > Amount.Zero).Select(SlashOut.Of)],
        });

    /// <summary>For people; nothing without an escrow.</summary>
    /// <param name="job">Whose it is.</param>
    public static void Print(CommandRun run, string job, SettledView view)
    {
        if (view.Verification is not { } checks)
        {
            return;
        }

        foreach (var payment in view.Payments ?? [])
        {
            run.Print($"  {payment.Address} was paid {new Amount(payment.PaidNano)} for {payment.Segments} segments: {payment.Verdict}{(payment.Reason is null ? "" : $" ({payment.Reason})")}");
        }

        foreach (var slash in view.Slashed ?? [])
        {
            run.Print($"  {slash.Address} lost {new Amount(slash.Nano)} of its stake: {slash.Reason}");
        }

        run.Print(string.Equals(view.Settlement, "settled", StringComparison.Ordinal)
            ? $"  paid {new Amount(view.PaidNano!.Value)}, and {new Amount(view.FeesNano!.Value)} for {checks.Samples} checks; {new Amount(view.RefundedNano!.Value)} came back"
            : $"  {new Amount(view.LockedNano!.Value)} are in escrow until the ledger has checked and paid: `videomesh job show {job}` tells how far it is");
    }
}
