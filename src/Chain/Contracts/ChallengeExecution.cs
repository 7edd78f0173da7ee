using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Chain.Contracts;

/// <summary>What verifiers and miners say to a challenge.</summary>
internal static class ChallengeExecution
{
    public static TxResult Commit(BlockExecution block, Account sender, TransactionDraft draft, ContractOperation.Commit commit)
    {
        if (block.Contracts.Challenge(commit.ChallengeId) is not { } challenge)
        {
            return TxResult.NoSuchChallenge;
        }

        var place = challenge.SeatOf(sender.Address);
        var refusal = !WaitsFor(block, challenge, ChallengePhase.Commit) ? TxResult.WrongPhase
            : place < 0 ? TxResult.NotDrawn
            : challenge.Seats[place].Commitment is not null ? TxResult.AlreadyCommitted
            : draft.Amount != challenge.Bond ? TxResult.WrongBond
            : draft.MicroPay > ChallengeSteps.FeeOf(block, challenge) ? TxResult.MicroPayTooHigh
            : TxResult.Accepted;
        if (refusal == TxResult.Accepted)
        {
            ContractExecution.Charge(block, sender, draft.Amount);
            var seats = challenge.Seats.SetItem(place, challenge.Seats[place] with { Commitment = commit.Commitment });
            ChallengeSteps.Answered(block, challenge with { Seats = seats, Pot = challenge.Pot + draft.Amount });
        }

        return refusal;
    }

    public static TxResult Open(BlockExecution block, Account sender, ContractOperation.Open open)
    {
        if (block.Contracts.Challenge(open.ChallengeId) is not { } challenge)
        {
            return TxResult.NoSuchChallenge;
        }

        var claim = block.Contracts.Claim(challenge.ClaimId)!;
        var leaf = WorkLeaf.Hash(claim.JobId, challenge.Segment, challenge.Rendition, open.Packets, open.Salt);
        var refusal = claim.Miner != sender.Address ? TxResult.NotTheMiner
            : !WaitsFor(block, challenge, ChallengePhase.Open) ? TxResult.WrongPhase
            : !Holds(block, claim, leaf, challenge.Leaf, open.Path) ? TxResult.WrongLeaf
            : TxResult.Accepted;
        if (refusal == TxResult.Accepted)
        {
            ContractExecution.Charge(block, sender);
            ChallengeSteps.Opened(block, challenge with { Opened = open.Packets });
        }

        return refusal;
    }

    public static TxResult Reveal(BlockExecution block, Account sender, ContractOperation.Reveal reveal)
    {
        if (block.Contracts.Challenge(reveal.ChallengeId) is not { } challenge)
        {
            return TxResult.NoSuchChallenge;
        }

        var place = challenge.SeatOf(sender.Address);
        var refusal = !WaitsFor(block, challenge, ChallengePhase.Reveal) ? TxResult.WrongPhase
            : place < 0 ? TxResult.NotDrawn
            : challenge.Seats[place].Commitment is not { } commitment ? TxResult.NotCommitted
            : challenge.Seats[place].Revealed is not null ? TxResult.AlreadyRevealed
            : Challenge.Commitment(challenge.Id, reveal.Packets, reveal.Salt, sender.Address) != commitment ? TxResult.WrongReveal
            : TxResult.Accepted;
        if (refusal == TxResult.Accepted)
        {
            ContractExecution.Charge(block, sender);
            ChallengeSteps.Answered(block, challenge with { Seats = challenge.Seats.SetItem(place, challenge.Seats[place] with { Revealed = reveal.Packets }) });
        }

        return refusal;
    }

    /// <summary>Whether a path shows a leaf at its place in a claim. The place counts: else a miner could put two leaves for one segment into its tree.</summary>
    public static bool Holds(BlockExecution block, Claim claim, Hash256 leaf, uint index, MerklePath path)
    {
        var leaves = claim.Segments.Count * block.Contracts.Job(claim.JobId)!.Terms.Renditions.Length;
        return path.StandsAt((int)index, leaves) && path.Leads(leaf.ToArray(), claim.Root);
    }

    // more deadlines than a block can do leave some for the next one, and their time is over all the same
    private static bool WaitsFor(BlockExecution block, Challenge challenge, ChallengePhase phase) => challenge.Phase == phase && block.Height <= challenge.Deadline;
}
