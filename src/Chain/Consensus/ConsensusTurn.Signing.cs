using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>What a verifier signs, and remembers of it.</summary>
internal sealed partial class ConsensusTurn
{
    private bool IsVoter => settings.Signer is { } signer && Voters.PlaceOf(signer.Address) >= 0;

    private bool IsProposer => IsVoter && Context.Proposers.Of(_state.Round) == settings.Signer!.Address;

    public void BlockBuilt(ConsensusInput.BlockBuilt built)
    {
        if (built.Height != _state.Height || built.Round != _state.Round || _state.Phase != ConsensusPhase.Propose || !IsProposer || !Current.Proposals.IsEmpty)
        {
            return;
        }

        if (_state.Valid is { } valid)
        {
            Propose(_state.Blocks[valid.Block].HeaderBytes, valid.Round);
        }
        else
        {
            Propose(built.HeaderBytes, validRound: null);
            var hash = Keccak.Hash(built.HeaderBytes.Span);
            if (_state.Blocks.TryGetValue(hash, out var own) && own.Verdict is null)
            {
                _state = _state with { Blocks = _state.Blocks.SetItem(hash, own with { Verdict = new BlockVerdict.Accepted() }) };
            }
        }

        Advance();
    }

    private void Propose(ReadOnlyMemory<byte> headerBytes, uint? validRound)
    {
        var place = new SigningPlace(_state.Height, _state.Round, SigningStep.Proposal);
        if (settings.Signer is not { } signer || !Rules.MaySign(_state.Record, place))
        {
            return;
        }

        var digest = Proposal.SigningHash(settings.ChainId, _state.Height, _state.Round, validRound, Keccak.Hash(headerBytes.Span));
        var proposal = new Proposal(_state.Height, _state.Round, validRound, headerBytes, signer.Address, signer.Sign(digest));
        Hold(proposal);
        Remember(place, new ConsensusMessage.OfProposal(proposal));
    }

    /// <summary>Ends the step by this vote. Only a voter signs it; whoever merely follows goes through the same steps.</summary>
    private void Cast(VoteStep step, Hash256? block)
    {
        _state = _state with { Phase = step == VoteStep.Prevote ? ConsensusPhase.Prevote : ConsensusPhase.Precommit };
        var place = new SigningPlace(_state.Height, _state.Round, step == VoteStep.Prevote ? SigningStep.Prevote : SigningStep.Precommit);
        if (!IsVoter || !Rules.MaySign(_state.Record, place) || HasSignedElsewhere(step))
        {
            return;
        }

        var signer = settings.Signer!;
        var vote = new Vote(_state.Height, _state.Round, step, block, signer.Address, signer.Sign(Vote.SigningHash(settings.ChainId, _state.Height, _state.Round, step, block)));
        Hold(vote, Voters.PlaceOf(vote.Voter));
        Remember(place, new ConsensusMessage.OfVote(vote));
    }

    /// <summary>Others hold a vote of this key that the record knows nothing of: an old disk was put back, or the key is in use twice. One signature is enough.</summary>
    private bool HasSignedElsewhere(VoteStep step) => Current.TallyOf(step).HasVoted(Voters.PlaceOf(settings.Signer!.Address));

    private void Remember(SigningPlace place, ConsensusMessage message)
    {
        var self = settings.Signer!.Address;
        var validHeader = _state.Valid is { } valid ? _state.Blocks[valid.Block].HeaderBytes : default;
        var own = Current.Prevotes.Of(self).Concat(Current.Precommits.Of(self));
        var proposal = Current.Proposals.FirstOrDefault(proposal => proposal.Proposer == self);
        var record = new ConsensusRecord(place, _state.Locked, _state.Valid, validHeader, proposal, [.. own.Concat(PolkaOfValid()).Concat(ReasonForRound()).Distinct()]);
        _state = _state with { Record = record };
        _effects.Add(new ConsensusEffect.PersistThenSend(record, message));
    }

    private IEnumerable<Vote> PolkaOfValid() =>
        _state.Valid is { } valid ? _state.RoundAt(valid.Round).Prevotes.Votes.Where(vote => vote.Block == valid.Block) : [];

    /// <summary>What led here from the round before: its precommits, or votes of more than a third from this round on.</summary>
    private IEnumerable<Vote> ReasonForRound()
    {
        if (_state.Round == 0)
        {
            return [];
        }

        var before = _state.RoundAt(_state.Round - 1).Precommits;
        return Rules.IsQuorum(Voters, before.Power) ? before.Votes : _state.LatestVotes.OfType<Vote>().Where(vote => vote.Round >= _state.Round);
    }

    /// <summary>Goes on where the record ends, and says again what may not have been heard.</summary>
    private void Resume(ConsensusRecord record)
    {
        _state = _state with
        {
            Round = record.Place.Round,
            Phase = (ConsensusPhase)(record.Place.Step + 1),
            Locked = record.Locked,
            Valid = record.Valid,
        };
        if (record.Valid is { } valid)
        {
            // it was accepted before the record was written
            _state = _state with { Blocks = _state.Blocks.Add(valid.Block, Candidate(record.ValidHeader) with { Verdict = new BlockVerdict.Accepted() }) };
        }

        if (record.Proposal is { } proposal)
        {
            Hold(proposal);
            _effects.Add(new ConsensusEffect.SendAgain(new ConsensusMessage.OfProposal(proposal)));
        }

        foreach (var vote in record.Votes)
        {
            Hold(vote, Voters.PlaceOf(vote.Voter));
            if (vote.Voter == settings.Signer?.Address && vote.Round == _state.Round)
            {
                _effects.Add(new ConsensusEffect.SendAgain(new ConsensusMessage.OfVote(vote)));
            }
        }

        if (_state.Phase == ConsensusPhase.Propose)
        {
            Schedule(ConsensusPhase.Propose);
        }
    }
}
