using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>The decisive conditions of Tendermint (arXiv 1807.04938, algorithm 1), each in one place. <see cref="ConsensusMachine"/> decides nothing of the kind by itself.</summary>
public class ConsensusRules
{
    protected ConsensusRules()
    {
    }

    /// <summary>The rules of every network.</summary>
    public static ConsensusRules Tendermint { get; } = new();

    /// <summary>Whether this power decides: more than two thirds.</summary>
    public virtual bool IsQuorum(VoterSet voters, UInt128 power) => voters.IsQuorum(power);

    /// <summary>Whether an honest voter must be among this power: more than one third.</summary>
    public virtual bool IsBlocking(VoterSet voters, UInt128 power) => voters.IsBlocking(power);

    /// <summary>Whether a proposal that claims a valid round may be considered: its prevotes of that round were seen (line 28).</summary>
    public virtual bool IsPolka(VoterSet voters, VoteTally prevotes, Hash256 block) => IsQuorum(voters, prevotes.PowerFor(block));

    /// <summary>Whether the lock allows to prevote a block proposed for the first time (line 23).</summary>
    public virtual bool AllowsNew(RoundBlock? locked, Hash256 block) => locked is null || locked.Block == block;

    /// <summary>Whether the lock allows to prevote a block that was valid in an earlier round (line 29).</summary>
    public virtual bool AllowsAgain(RoundBlock? locked, Hash256 block, uint validRound) => locked is null || locked.Round <= validRound || locked.Block == block;

    /// <summary>Whether a message of this place may be signed: nothing at it or after it was signed before, as the durable record tells.</summary>
    public virtual bool MaySign(ConsensusRecord? record, SigningPlace place) => record is null || record.Place.CompareTo(place) < 0;
}
