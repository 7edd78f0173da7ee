using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>Nodes tell one another where they stand, and send what the other lacks: whatever was lost on the way comes in the end.</summary>
internal sealed partial class ConsensusTurn
{
    public void TellStatus()
    {
        if (_state.Context is not null)
        {
            _effects.Add(new ConsensusEffect.TellStatus(new ConsensusStatus(
                _state.Height,
                _state.Round,
                [.. RoundsToComplete().Distinct().Take(ConsensusStatus.MaxRounds).Select(HoldingOf)])));
        }
    }

    public void Receive(Address from, ConsensusStatus status)
    {
        if (_state.Context is null || status.Height > _state.Height)
        {
            _effects.Add(new ConsensusEffect.CatchUp(from, _state.Height));
        }
        else if (status.Height < _state.Height)
        {
            _effects.Add(_state.Past is { } past && past.Context.Height == status.Height
                ? new ConsensusEffect.Answer(from, [new ConsensusMessage.OfFinal(past.Decided)])
                : new ConsensusEffect.HelpPeer(from, status.Height));
        }
        else if (_state.Decided is { } decided)
        {
            _effects.Add(new ConsensusEffect.Answer(from, [new ConsensusMessage.OfFinal(decided)]));
        }
        else if (Lacking(status).ToList() is { Count: > 0 } lacking)
        {
            _effects.Add(new ConsensusEffect.Answer(from, [.. lacking]));
        }
    }

    private IEnumerable<ConsensusMessage> Lacking(ConsensusStatus status)
    {
        foreach (var holding in status.Rounds)
        {
            var held = _state.RoundAt(holding.Round);
            if (!holding.HasProposal)
            {
                foreach (var proposal in held.Proposals)
                {
                    yield return new ConsensusMessage.OfProposal(proposal);
                }
            }

            foreach (var vote in held.Prevotes.Votes.Where(vote => !IsIn(holding.Prevotes, vote)).Concat(PolkaFor(holding, held)).Distinct())
            {
                yield return new ConsensusMessage.OfVote(vote);
            }

            foreach (var vote in held.Precommits.Votes.Where(vote => !IsIn(holding.Precommits, vote)))
            {
                yield return new ConsensusMessage.OfVote(vote);
            }
        }

        // each voter's last word brings those forward who are rounds behind
        foreach (var vote in _state.LatestVotes)
        {
            if (vote?.Round > status.Round)
            {
                yield return new ConsensusMessage.OfVote(vote);
            }
        }
    }

    /// <summary>Who has a vote of each voter may still lack the polka: somebody showed it another vote.</summary>
    private IEnumerable<Vote> PolkaFor(ConsensusStatus.Holding holding, RoundState held) =>
        !holding.HasPolka && Polka(held) is { } block ? held.Prevotes.Votes.Where(vote => vote.Block == block) : [];

    private bool IsIn(UInt128 mask, Vote vote) => (mask >> Voters.PlaceOf(vote.Voter) & 1) == 1;

    private IEnumerable<uint> RoundsToComplete()
    {
        yield return _state.Round;
        foreach (var proposal in Current.Proposals)
        {
            if (proposal.ValidRound is { } round)
            {
                yield return round;
            }
        }

        foreach (var (round, held) in _state.Rounds)
        {
            if (LacksHeader(held))
            {
                yield return round;
            }
        }
    }

    private ConsensusStatus.Holding HoldingOf(uint round)
    {
        var held = _state.RoundAt(round);
        return new ConsensusStatus.Holding(round, !held.Proposals.IsEmpty && !LacksHeader(held), Polka(held) is not null, held.Prevotes.Voters, held.Precommits.Voters);
    }

    /// <summary>Whether an honest voter stands behind a block that was never proposed to this node.</summary>
    private bool LacksHeader(RoundState held) => held.Prevotes.Support.Concat(held.Precommits.Support)
        .Any(support => support.Block is { } block && !_state.Blocks.ContainsKey(block) && Rules.IsBlocking(Voters, support.Power));

    private Hash256? Polka(RoundState held)
    {
        foreach (var support in held.Prevotes.Support)
        {
            if (support.Block is { } block && Rules.IsQuorum(Voters, support.Power))
            {
                return block;
            }
        }

        return null;
    }

    private bool IsWanted(uint round) => round == _state.Valid?.Round || Current.Proposals.Any(proposal => proposal.ValidRound == round);
}
