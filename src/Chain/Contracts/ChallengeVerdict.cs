using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Contracts;

/// <summary>What a challenge ends with, and who is paid or loses a bond for it.</summary>
internal static class ChallengeVerdict
{
    /// <summary>Everybody who serves the class was asked: more than two thirds of κ decide, and nothing less burns a stake.</summary>
    public static void Count(BlockExecution block, Challenge challenge)
    {
        var total = challenge.Seats.Aggregate(UInt128.Zero, (sum, seat) => sum + seat.Clout.Nano);
        var decided = challenge.Seats.Where(seat => seat.Revealed is not null).GroupBy(seat => seat.Revealed!.Value)
            .Where(group => 3 * group.Aggregate(UInt128.Zero, (sum, seat) => sum + seat.Clout.Nano) > 2 * total).Select(group => (ContentHash?)group.Key).SingleOrDefault();
        if (decided is not { } found)
        {
            Decide(block, challenge, ClaimVerdict.Inconclusive, ClaimReason.NoMajority);
        }
        else if (found == challenge.Opened)
        {
            Decide(block, challenge, ClaimVerdict.Accepted, ClaimReason.None);
        }
        else
        {
            Decide(block, challenge, ClaimVerdict.Rejected, ClaimReason.OtherBytes, found);
        }
    }

    /// <summary>The weak rule: most of those who looked decide about the pay, and nothing burns.</summary>
    public static void CountWeak(BlockExecution block, Challenge challenge)
    {
        var looked = challenge.Seats.Count(seat => seat.Revealed is not null);
        var good = challenge.Seats.Count(seat => seat.Revealed is { } found && found == challenge.Opened);
        var (verdict, reason) = 2 * good > looked ? (ClaimVerdict.Accepted, ClaimReason.None)
            : 2 * good < looked ? (ClaimVerdict.Rejected, ClaimReason.FoundWeak)
            : (ClaimVerdict.Inconclusive, ClaimReason.NoMajority);
        Decide(block, challenge, verdict, reason);
    }

    /// <summary>Pays whoever revealed and gives bonds back. Bonds of the silent and the outvoted pay first, then what the job set aside, then the cheater's stake; what is
    /// left of bonds burns, what is left of the job's part goes back to it.</summary>
    /// <param name="block">The block being executed.</param>
    /// <param name="challenge">With all its answers.</param>
    /// <param name="verdict">What was found.</param>
    /// <param name="reason">Why not accepted.</param>
    /// <param name="found">What two thirds of the class found, when that is not what the miner has.</param>
    public static void Decide(BlockExecution block, Challenge challenge, ClaimVerdict verdict, ClaimReason reason, ContentHash? found = null)
    {
        var claim = block.Contracts.Claim(challenge.ClaimId)!;
        var job = block.Contracts.Job(claim.JobId)!;

        // whoever committed and cannot reveal, since the miner does not open, has done its work as well
        var worked = challenge.Seats.Where((seat, place) => seat.Revealed is not null || (reason == ClaimReason.LeafNotOpened && place >= challenge.First && seat.OwesReveal)).ToList();
        var truth = verdict == ClaimVerdict.Accepted ? challenge.Opened : found;
        var outvoted = challenge.Weak || truth is null ? 0 : worked.Count(seat => seat.Revealed is { } own && own != truth);
        var bonds = challenge.Bond * (ulong)challenge.Seats.Count(seat => seat.Commitment is not null);
        var returned = challenge.Bond * (ulong)(worked.Count - outvoted);
        var (lost, set) = (bonds - returned, challenge.Pot - bonds);

        var fee = FeeFor(block, challenge, claim, reason, worked.Count, lost + set, out var taken);
        var paid = fee * (ulong)worked.Count;
        foreach (var seat in worked)
        {
            ContractExecution.PayOut(block, seat.Verifier, fee);
            if (challenge.Weak || truth is null || seat.Revealed is not { } own || own == truth)
            {
                block.Pay(seat.Verifier, challenge.Bond);
            }
        }

        // from the bonds, then from the job, then from the stake
        var fromJob = paid > lost ? Least(paid - lost, set) : Amount.Zero;
        block.Burn(lost + fromJob + taken - paid);
        block.Contracts.Set(job with { Free = job.Free + (set - fromJob), Fees = job.Fees + fromJob });
        block.Contracts.Set(challenge with { Phase = ChallengePhase.Decided, Pot = Amount.Zero, Verdict = verdict, Reason = reason });
        ClaimExecution.Update(block, claim with
        {
            Undecided = claim.Undecided - 1,
            Accepted = claim.Accepted + (verdict == ClaimVerdict.Accepted ? 1U : 0),
            Rejected = claim.Rejected + (verdict == ClaimVerdict.Rejected ? 1U : 0),
            Inconclusive = claim.Inconclusive + (verdict == ClaimVerdict.Inconclusive ? 1U : 0),
            Reason = Graver(claim.Reason, reason),
            Spent = claim.Spent + fromJob,
            Lost = claim.Lost + taken,
        });
    }

    /// <summary>Of two reasons the one that burns, else the one that came first.</summary>
    public static ClaimReason Graver(ClaimReason before, ClaimReason now) =>
        before == ClaimReason.None || (now.IsProvableMisbehaviour() && !before.IsProvableMisbehaviour()) ? now : before;

    private static Amount FeeFor(BlockExecution block, Challenge challenge, Claim claim, ClaimReason reason, int workers, Amount available, out Amount taken)
    {
        var fee = ChallengeSteps.FeeOf(block, challenge);
        taken = Amount.Zero;
        if (workers == 0)
        {
            return fee;
        }

        var wanted = fee * (ulong)workers;
        if (wanted > available && reason == ClaimReason.OtherBytes && !challenge.Weak)
        {
            taken = Forfeit.Take(block, claim.Miner, wanted - available);
        }

        return Least(fee, new Amount((available + taken).Nano / (ulong)workers));
    }

    private static Amount Least(Amount left, Amount right) => left < right ? left : right;
}
