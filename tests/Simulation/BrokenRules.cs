using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Simulation;

/// <summary>Rules with one mistake each, of the kind that reads well.</summary>
internal static class BrokenRules
{
    /// <summary>Precommitting binds to nothing.</summary>
    public sealed class NoLock : ConsensusRules
    {
        public override bool AllowsNew(RoundBlock? locked, Hash256 block) => true;

        public override bool AllowsAgain(RoundBlock? locked, Hash256 block, uint validRound) => true;
    }

    /// <summary>Two thirds are taken for more than two thirds.</summary>
    public sealed class TwoThirdsSuffice : ConsensusRules
    {
        public override bool IsQuorum(VoterSet voters, UInt128 power) => 3 * power >= 2 * voters.Total;
    }

    /// <summary>A majority is taken for a quorum.</summary>
    public sealed class MajoritySuffices : ConsensusRules
    {
        public override bool IsQuorum(VoterSet voters, UInt128 power) => 2 * power > voters.Total;
    }

    /// <summary>A proposer's word is taken for the prevotes of the valid round.</summary>
    public sealed class NoPolka : ConsensusRules
    {
        public override bool IsPolka(VoterSet voters, VoteTally prevotes, Hash256 block) => true;
    }
}
