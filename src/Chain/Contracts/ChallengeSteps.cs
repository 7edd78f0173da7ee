using System.Collections.Immutable;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Contracts;

/// <summary>How a challenge goes from phase to phase. A phase ends when everybody has answered, or at its deadline.</summary>
internal static class ChallengeSteps
{
    /// <summary>What a valid reveal earns.</summary>
    public static Amount FeeOf(BlockExecution block, Challenge challenge) => new(challenge.Bond.Nano / block.Parameters.Contracts.BondFees);

    /// <summary>The challenge is drawn: its first verifier is asked.</summary>
    public static void Begin(BlockExecution block, Challenge challenge) => AskNext(block, challenge);

    /// <summary>A commitment or a reveal has come.</summary>
    public static void Answered(BlockExecution block, Challenge challenge)
    {
        var waits = challenge.Phase == ChallengePhase.Commit ? challenge.Asked.Any(seat => seat.Commitment is null) : challenge.Asked.Any(seat => seat.OwesReveal);
        if (waits)
        {
            block.Contracts.Set(challenge);
        }
        else
        {
            GoOn(block, challenge);
        }
    }

    /// <summary>The miner has opened the leaf.</summary>
    public static void Opened(BlockExecution block, Challenge challenge) => Enter(block, challenge, challenge.Asked.Any(seat => seat.OwesReveal) ? ChallengePhase.Reveal : ChallengePhase.Commit);

    /// <summary>The deadline of the phase has passed.</summary>
    public static void Expire(BlockExecution block, Challenge challenge)
    {
        if (challenge.Phase == ChallengePhase.Open)
        {
            // silence must cost as much as a lie
            ChallengeVerdict.Decide(block, challenge, ClaimVerdict.Rejected, ClaimReason.LeafNotOpened);
        }
        else
        {
            GoOn(block, challenge);
        }
    }

    private static void GoOn(BlockExecution block, Challenge challenge)
    {
        if (challenge.Phase == ChallengePhase.Commit && challenge.Asked.Any(seat => seat.OwesReveal))
        {
            Enter(block, challenge, challenge.Opened is null ? ChallengePhase.Open : ChallengePhase.Reveal);
            return;
        }

        switch (challenge.Stage)
        {
            case ChallengeStage.One:
                AfterOne(block, challenge);
                break;
            case ChallengeStage.Panel:
                AfterPanel(block, challenge);
                break;
            default:
                ChallengeVerdict.Count(block, challenge);
                break;
        }
    }

    private static void AfterOne(BlockExecution block, Challenge challenge)
    {
        if (challenge.Seats[^1].Revealed is { } found)
        {
            if (found == challenge.Opened)
            {
                ChallengeVerdict.Decide(block, challenge, ClaimVerdict.Accepted, ClaimReason.None);
                return;
            }
        }
        else if (challenge.Weak || challenge.Opened is null)
        {
            AskNext(block, challenge);
            return;
        }

        // whoever is asked now knows what the miner has opened and could repeat it: one voice is not enough any more
        Escalate(block, challenge, ChallengeStage.Panel);
    }

    // A panel acquits only as one: two hostile ones of three are not so rare, three are.
    private static void AfterPanel(BlockExecution block, Challenge challenge)
    {
        if (challenge.Weak)
        {
            ChallengeVerdict.CountWeak(block, challenge);
        }
        else if (challenge.Asked.Count(seat => seat.Revealed is { } found && found == challenge.Opened) == block.Parameters.Contracts.EscalationPanel)
        {
            ChallengeVerdict.Decide(block, challenge, ClaimVerdict.Accepted, ClaimReason.None);
        }
        else
        {
            Escalate(block, challenge, ChallengeStage.Everybody);
        }
    }

    private static void AskNext(BlockExecution block, Challenge challenge)
    {
        if (challenge.Seats.Length >= block.Parameters.Contracts.CheckAttempts || Draw(block, challenge, 1) is not [var seat])
        {
            ChallengeVerdict.Decide(block, challenge, ClaimVerdict.Inconclusive, ClaimReason.NobodyRevealed);
            return;
        }

        // under the weak rule the verifier looks at the miner's own work, so that comes first
        Enter(
            block,
            challenge with { Seats = challenge.Seats.Add(seat), First = (uint)challenge.Seats.Length },
            challenge.Weak && challenge.Opened is null ? ChallengePhase.Open : ChallengePhase.Commit);
    }

    private static void Escalate(BlockExecution block, Challenge challenge, ChallengeStage stage)
    {
        var drawn = Draw(block, challenge, stage == ChallengeStage.Panel ? block.Parameters.Contracts.EscalationPanel : int.MaxValue);
        var escalated = challenge with { Stage = stage, Seats = challenge.Seats.AddRange(drawn), First = (uint)challenge.Seats.Length, Phase = ChallengePhase.Commit };
        if (drawn.IsEmpty)
        {
            GoOn(block, escalated);
        }
        else
        {
            Enter(block, escalated, ChallengePhase.Commit);
        }
    }

    private static ImmutableArray<Seat> Draw(BlockExecution block, Challenge challenge, int count)
    {
        var claim = block.Contracts.Claim(challenge.ClaimId)!;
        var pool = ClassPool.Of(block, block.Contracts.Job(claim.JobId)!, claim);
        var fresh = pool.Members.Where(member => challenge.Seats.All(seat => seat.Verifier != member.Address));
        return [.. Draws.Voters(block.ParentSeed, challenge.Id, $"{challenge.Stage} {challenge.Seats.Length}", fresh, count).Select(voter => new Seat(voter.Address, voter.Clout, null, null))];
    }

    private static void Enter(BlockExecution block, Challenge challenge, ChallengePhase phase)
    {
        var parameters = block.Parameters.Contracts;
        var blocks = phase switch
        {
            ChallengePhase.Commit => parameters.CommitBlocks + (challenge.Watts / parameters.AllowanceWatts),
            ChallengePhase.Open => parameters.OpenBlocks,
            _ => parameters.RevealBlocks,
        };
        block.Contracts.Set(challenge with { Phase = phase, Deadline = block.Height + blocks });
    }
}
