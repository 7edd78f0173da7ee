using System.Collections.Immutable;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.State;

namespace VideoMesh.Actors.Proofs;

/// <summary>A challenge as a verifier sees it.</summary>
/// <param name="Challenge">After the last final block.</param>
/// <param name="Own">The verifier's seat, while it is asked; null before and afterwards.</param>
/// <param name="Miner">Whose work it is.</param>
/// <param name="Client">Whose job it is.</param>
/// <param name="Terms">Of the job.</param>
public sealed record ProofSeat(Challenge Challenge, Seat? Own, Address Miner, Address Client, JobTerms Terms)
{
    public Hash256 Id => Challenge.Id;

    /// <summary>Whether the ledger waits for the verifier's commitment, and the next block is not too late for it.</summary>
    public bool WaitsForCommitment(ulong height) => Challenge.Phase == ChallengePhase.Commit && Own is { Commitment: null } && height < Challenge.Deadline;

    /// <summary>Whether the ledger waits for the verifier's reveal, and the next block is not too late for it.</summary>
    public bool WaitsForReveal(ulong height) => Challenge.Phase == ChallengePhase.Reveal && Own is { OwesReveal: true } && height < Challenge.Deadline;
}

/// <summary>What of the ledger matters to a verifier's checks.</summary>
/// <param name="Height">Of the last final block.</param>
/// <param name="IsVerifier">Whether the account is registered as one.</param>
/// <param name="Classes">Those it says to serve.</param>
/// <param name="Seats">The challenges it is asked about, and those in question, the next deadline first.</param>
public sealed record ProofView(ulong Height, bool IsVerifier, ImmutableArray<Hash256> Classes, ImmutableArray<ProofSeat> Seats)
{
    /// <param name="state">After the last final block.</param>
    /// <param name="own">The verifier's account.</param>
    /// <param name="known">Challenges that are in the view as long as the ledger has them, whether the verifier is asked or not.</param>
    public static ProofView Of(ChainState state, Address own, IReadOnlyCollection<Hash256> known)
    {
        var asked = state.Deadlines.Select(due => state.FindObject(due.Key)).OfType<Challenge>().Where(challenge => challenge.SeatOf(own) >= 0);
        var seats = known.Select(state.FindChallenge).OfType<Challenge>().Concat(asked).DistinctBy(challenge => challenge.Id).Select(challenge => SeatIn(state, own, challenge)).OfType<ProofSeat>();
        return new ProofView(
            state.Height,
            state.Find(own).Bond is { Reveals: not null },
            state.ClassesOf(own),
            [.. seats.OrderBy(seat => seat.Challenge.Deadline).ThenBy(seat => seat.Id)]);
    }

    private static ProofSeat? SeatIn(ChainState state, Address own, Challenge challenge) =>
        state.FindClaim(challenge.ClaimId) is Claim claim && state.FindJob(claim.JobId) is JobEscrow job
            ? new ProofSeat(challenge, challenge.SeatOf(own) is var place and >= 0 ? challenge.Seats[place] : null, claim.Miner, job.Client, job.Terms)
            : null;
}
