using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>What comes from other nodes: hostile until every rule, from cheap to dear, says otherwise.</summary>
internal sealed partial class ConsensusTurn
{
    /// <summary>Two contradicting messages show what there is to show.</summary>
    private const int FewEnough = 2;

    public void Receive(Address from, Vote vote)
    {
        if (CheckVote(vote) is { } refusal)
        {
            _effects.Add(new ConsensusEffect.Refuse(from, refusal));
            return;
        }

        if (vote.Height < _state.Height)
        {
            HoldLate(vote);
        }
        else if (vote.Round > _state.Round + ConsensusMachine.RoundsAhead)
        {
            HoldLatest(vote, Voters.PlaceOf(vote.Voter));
            Advance();
            return;
        }
        else
        {
            Accuse(_state.RoundAt(vote.Round), vote);
            Hold(vote, Voters.PlaceOf(vote.Voter));
        }

        _effects.Add(new ConsensusEffect.PassOn(from, new ConsensusMessage.OfVote(vote)));
        Advance();
    }

    public void Receive(Address from, Proposal proposal)
    {
        if (CheckProposal(proposal) is { } refusal)
        {
            _effects.Add(new ConsensusEffect.Refuse(from, refusal));
            return;
        }

        if (Accusation(proposal) is { } misbehaviour)
        {
            _effects.Add(new ConsensusEffect.Accuse(misbehaviour));
        }

        Hold(proposal);
        _effects.Add(new ConsensusEffect.PassOn(from, new ConsensusMessage.OfProposal(proposal)));
        Advance();
    }

    public void Receive(Address from, FinalBlock final)
    {
        var height = final.Certificate.Height;
        if (height > _state.Height)
        {
            _effects.Add(new ConsensusEffect.CatchUp(from, _state.Height));
        }
        else if (height < _state.Height || !IsDeciding)
        {
            _effects.Add(new ConsensusEffect.Refuse(from, ConsensusRefusal.OldHeight));
        }
        else if (Keccak.Hash(final.HeaderBytes.Span) != final.Certificate.Block
            || final.Certificate.Check(settings.ChainId, Voters, settings.Signatures) is not null)
        {
            _effects.Add(new ConsensusEffect.Refuse(from, ConsensusRefusal.InvalidCertificate));
        }
        else
        {
            Decide(final);
        }
    }

    private ConsensusRefusal? CheckVote(Vote vote)
    {
        var isLate = _state.Past is { } past && vote.Height == past.Context.Height;
        if (vote.Height != _state.Height && !isLate)
        {
            return vote.Height < _state.Height ? ConsensusRefusal.OldHeight : ConsensusRefusal.FutureHeight;
        }

        var place = (isLate ? _state.Past!.Context.Voters : Voters).PlaceOf(vote.Voter);
        if (place < 0)
        {
            return ConsensusRefusal.NotAVoter;
        }

        if (isLate ? !_state.Past!.Rounds.ContainsKey(vote.Round) : vote.Round + (ulong)ConsensusMachine.RoundsBehind < _state.Round && !IsWanted(vote.Round))
        {
            return ConsensusRefusal.OldRound;
        }

        var isFar = !isLate && vote.Round > _state.Round + (ulong)ConsensusMachine.RoundsAhead;
        return (isFar ? CheckFar(vote, place) : CheckHeld(vote, place, isLate))
            ?? (vote.IsSignedFor(settings.ChainId, settings.Signatures) ? null : ConsensusRefusal.WrongSignature);
    }

    private ConsensusRefusal? CheckFar(Vote vote, int place) => _state.LatestVotes[place]?.Round >= vote.Round ? ConsensusRefusal.Duplicate : null;

    private ConsensusRefusal? CheckHeld(Vote vote, int place, bool isLate)
    {
        var (rounds, voters) = isLate ? (_state.Past!.Rounds, _state.Past.Context.Voters) : (_state.Rounds, Voters);
        var tally = rounds.GetValueOrDefault(vote.Round, RoundState.Empty).TallyOf(vote.Step);
        if (tally.Holds(place, vote.Block))
        {
            return ConsensusRefusal.Duplicate;
        }

        // A third vote is of use only where an honest voter stands already: others may have seen it, and no more than a few blocks are of that kind.
        return tally.HasVoted(place) && tally.Of(vote.Voter).Count() >= FewEnough && !Rules.IsBlocking(voters, tally.PowerFor(vote.Block))
            ? ConsensusRefusal.Surplus
            : null;
    }

    private ConsensusRefusal? CheckProposal(Proposal proposal)
    {
        if (proposal.Height != _state.Height || _state.Context is null)
        {
            return proposal.Height < _state.Height ? ConsensusRefusal.OldHeight : ConsensusRefusal.FutureHeight;
        }

        if (proposal.Round > _state.Round + (ulong)ConsensusMachine.RoundsAhead)
        {
            return ConsensusRefusal.FutureRound;
        }

        if (proposal.Round + (ulong)ConsensusMachine.RoundsBehind < _state.Round)
        {
            return ConsensusRefusal.OldRound;
        }

        if (Context.Proposers.Of(proposal.Round) != proposal.Proposer)
        {
            return ConsensusRefusal.NotTheProposer;
        }

        var held = _state.RoundAt(proposal.Round);
        if (held.Proposals.Any(other => other.ValidRound == proposal.ValidRound && other.HeaderBytes.Span.SequenceEqual(proposal.HeaderBytes.Span)))
        {
            return ConsensusRefusal.Duplicate;
        }

        if (held.Proposals.Length >= FewEnough
            && !Rules.IsBlocking(Voters, held.Prevotes.PowerFor(proposal.Block)) && !Rules.IsBlocking(Voters, held.Precommits.PowerFor(proposal.Block)))
        {
            return ConsensusRefusal.Surplus;
        }

        return proposal.IsSignedFor(settings.ChainId, settings.Signatures) ? null : ConsensusRefusal.WrongSignature;
    }

    private Misbehaviour? Accusation(Proposal proposal) =>
        _state.RoundAt(proposal.Round).Proposals is [var first, ..] ? new Misbehaviour.TwoProposals(first, proposal)
        : Candidate(proposal.HeaderBytes).Header is null ? new Misbehaviour.UnreadableProposal(proposal)
        : null;

    private void Accuse(RoundState held, Vote vote)
    {
        if (held.TallyOf(vote.Step).Of(vote.Voter).FirstOrDefault() is { } first)
        {
            _effects.Add(new ConsensusEffect.Accuse(new Misbehaviour.TwoVotes(first, vote)));
        }
    }

    private void Hold(Vote vote, int place)
    {
        if (place >= 0)
        {
            var held = _state.RoundAt(vote.Round);
            Hold(vote.Round, held.WithTally(vote.Step, held.TallyOf(vote.Step).Add(vote, place, Voters)));
            HoldLatest(vote, place);
        }
    }

    private void HoldLatest(Vote vote, int place)
    {
        if (_state.LatestVotes[place] is not { } latest || latest.Round < vote.Round)
        {
            _state = _state with { LatestVotes = _state.LatestVotes.SetItem(place, vote) };
        }
    }

    private void HoldLate(Vote vote)
    {
        var past = _state.Past!;
        var held = past.Rounds[vote.Round];
        Accuse(held, vote);
        var tally = held.TallyOf(vote.Step).Add(vote, past.Context.Voters.PlaceOf(vote.Voter), past.Context.Voters);
        _state = _state with { Past = past with { Rounds = past.Rounds.SetItem(vote.Round, held.WithTally(vote.Step, tally)) } };
    }

    private void Hold(Proposal proposal)
    {
        var held = _state.RoundAt(proposal.Round);
        Hold(proposal.Round, held with { Proposals = held.Proposals.Add(proposal) });
        if (!_state.Blocks.ContainsKey(proposal.Block))
        {
            var candidate = Candidate(proposal.HeaderBytes);
            _state = _state with
            {
                Blocks = _state.Blocks.Add(proposal.Block, ProposalRules.Check(proposal, candidate.Header, settings.ChainId, Context) is { } refusal
                    ? candidate with { Verdict = new BlockVerdict.Refused(refusal.ToString()) }
                    : candidate),
            };
        }
    }

    private static CandidateBlock Candidate(ReadOnlyMemory<byte> headerBytes)
    {
        try
        {
            return new CandidateBlock(headerBytes, BlockHeader.Decode(headerBytes.Span));
        }
        catch (RlpException)
        {
            return new CandidateBlock(headerBytes, Header: null);
        }
    }
}
