using VideoMesh.Chain.Accounts;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.State;
using VideoMesh.Chain.Transactions;

namespace VideoMesh.Simulation;

/// <summary>What honest nodes saw that stake burns for.</summary>
internal sealed class Accusations
{
    private readonly List<Evidence> _all = [];

    public void Add(Misbehaviour misbehaviour)
    {
        Evidence evidence = misbehaviour switch
        {
            Misbehaviour.TwoVotes votes => new Evidence.OfTwoVotes(votes.First, votes.Second),
            Misbehaviour.TwoProposals proposals => new Evidence.OfTwoProposals(proposals.First, proposals.Second),
            Misbehaviour.UnreadableProposal unreadable => new Evidence.OfBadHeader(unreadable.Proposal),
            _ => throw new ArgumentOutOfRangeException(nameof(misbehaviour)),
        };

        // one of a kind and height says all: whoever signed twice loses everything by it
        if (!_all.Any(known => known.Accused == evidence.Accused && known.Height == evidence.Height && known.GetType() == evidence.GetType()))
        {
            _all.Add(evidence);
        }
    }

    /// <summary>What a state has not punished yet and still can.</summary>
    public IReadOnlyList<Evidence> Against(ChainState state) => [.. _all.Where(evidence => !IsPunished(state, evidence) && !IsOver(state, evidence))];

    private static bool IsPunished(ChainState state, Evidence evidence) =>
        state.Find(evidence.Accused).Bond is { } bond && (bond.Jail == Jail.Tombstoned || (!evidence.IsContradiction && bond.PunishedUpTo >= evidence.Height));

    // A later block than the offence's is older than stake is held: from then on it may be gone.
    private static bool IsOver(ChainState state, Evidence evidence) => state.Totals.Marks.Any(
        mark => mark.Height >= evidence.Height && mark.TimeMilliseconds + (ulong)state.Parameters.Unbonding.TotalMilliseconds < state.TimeMilliseconds);
}
