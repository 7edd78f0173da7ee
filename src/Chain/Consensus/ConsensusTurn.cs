using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>One input being worked on: the state so far, and the effects so far. This part holds the rules; lines are those of algorithm 1.</summary>
internal sealed partial class ConsensusTurn(ConsensusSettings settings, ConsensusState state)
{
    private readonly ImmutableArray<ConsensusEffect>.Builder _effects = ImmutableArray.CreateBuilder<ConsensusEffect>();
    private ConsensusState _state = state;

    private ConsensusRules Rules => settings.Rules;

    private HeightContext Context => _state.Context!;

    private VoterSet Voters => Context.Voters;

    private RoundState Current => _state.RoundAt(_state.Round);

    private bool IsDeciding => _state.Context is not null && _state.Phase != ConsensusPhase.Final;

    public ConsensusDecision Finish() => new(_state, _effects.DrainToImmutable());

    public void StartHeight(HeightContext context)
    {
        if (context.Height <= _state.Height)
        {
            return;
        }

        var past = _state.Decided is { } decided && context.Height == _state.Height + 1 ? new PastHeight(Context, decided, _state.Rounds) : null;
        _state = ConsensusState.Start(_state.Record) with
        {
            Context = context,
            Past = past,
            LatestVotes = [.. new Vote?[context.Voters.Voters.Length]],
        };
        if (_state.Record is { } record && record.Place.Height == context.Height)
        {
            Resume(record);
        }

        TellStatus();
        Advance();
    }

    public void BlockDue(ulong height)
    {
        if (height == _state.Height && _state.Phase == ConsensusPhase.Waiting)
        {
            StartRound(0);
            Advance();
        }
    }

    public void TimedOut(ConsensusTimeout timeout)
    {
        if (timeout.Height != _state.Height || timeout.Round != _state.Round || !IsDeciding || _state.Phase == ConsensusPhase.Waiting)
        {
            return;
        }

        switch (timeout.Phase)
        {
            // line 57
            case ConsensusPhase.Propose when _state.Phase == ConsensusPhase.Propose:
                Cast(VoteStep.Prevote, block: null);
                break;

            // line 61
            case ConsensusPhase.Prevote when _state.Phase == ConsensusPhase.Prevote:
                Cast(VoteStep.Precommit, block: null);
                break;

            // line 65
            case ConsensusPhase.Precommit:
                StartRound(_state.Round + 1);
                break;
        }

        Advance();
    }

    public void BlockJudged(ConsensusInput.BlockJudged judged)
    {
        // an accepted block stays accepted: this node may be locked on it
        if (judged.Height == _state.Height && _state.Blocks.TryGetValue(judged.Block, out var block) && block.Verdict is null or BlockVerdict.Unavailable or BlockVerdict.Untimely)
        {
            _state = _state with { Blocks = _state.Blocks.SetItem(judged.Block, block with { Verdict = judged.Verdict }) };
            Advance();
        }
    }

    /// <summary>Applies the rules until none applies.</summary>
    private void Advance()
    {
        while (IsDeciding && !TryFinalize() && (TrySkip() || TryStep()))
        {
        }
    }

    private bool TryStep()
    {
        if (_state.Phase == ConsensusPhase.Waiting)
        {
            // whoever may propose has begun: what is due there will soon be due here
            var begun = !_state.RoundAt(0).Proposals.IsEmpty;
            if (begun)
            {
                StartRound(0);
            }

            return begun;
        }

        AskForVerdicts();
        LearnValid();
        return _state.Phase switch
        {
            ConsensusPhase.Propose => TryPrevote(),
            ConsensusPhase.Prevote => TryPrecommit(),
            _ => false,
        } || SetTimers();
    }

    /// <summary>Line 49, for a block of any round: a certificate is a certificate.</summary>
    private bool TryFinalize()
    {
        foreach (var (round, held) in _state.Rounds)
        {
            foreach (var support in held.Precommits.Support)
            {
                if (support.Block is { } block && Rules.IsQuorum(Voters, support.Power) && _state.Blocks.TryGetValue(block, out var candidate))
                {
                    Decide(new FinalBlock(candidate.HeaderBytes, CommitCertificate.Of(_state.Height, round, block, held.Precommits.Votes, Voters)));
                    return true;
                }
            }
        }

        return false;
    }

    private void Decide(FinalBlock block)
    {
        _state = _state with { Phase = ConsensusPhase.Final, Decided = block };
        _effects.Add(new ConsensusEffect.Finalize(block));
    }

    /// <summary>Line 55. The round is the highest one that more than a third have reached: some honest node among them is there or beyond for a reason.</summary>
    private bool TrySkip()
    {
        var least = _state.Phase == ConsensusPhase.Waiting ? 0 : _state.Round + 1;
        var power = UInt128.Zero;
        foreach (var vote in _state.LatestVotes.Where(vote => vote?.Round >= least).OrderByDescending(vote => vote!.Round))
        {
            power += Voters.PowerOf(vote!.Voter);
            if (Rules.IsBlocking(Voters, power))
            {
                StartRound(vote.Round);
                return true;
            }
        }

        return false;
    }

    /// <summary>Line 11.</summary>
    private void StartRound(uint round)
    {
        _state = _state with { Round = round, Phase = ConsensusPhase.Propose };
        Forget();
        if (IsProposer)
        {
            if (_state.Valid is { } valid)
            {
                Propose(_state.Blocks[valid.Block].HeaderBytes, valid.Round);
            }
            else
            {
                _effects.Add(new ConsensusEffect.Build(_state.Height, round, _state.Past?.Certificate));
            }
        }

        Schedule(ConsensusPhase.Propose);
    }

    /// <summary>Lines 22 and 28.</summary>
    private bool TryPrevote()
    {
        foreach (var proposal in Current.Proposals)
        {
            var block = proposal.Block;
            var verdict = _state.Blocks[block].Verdict;
            if (verdict is null || (proposal.ValidRound is { } seen && !Rules.IsPolka(Voters, _state.RoundAt(seen).Prevotes, block)))
            {
                continue;
            }

            var allowed = proposal.ValidRound is { } validRound
                ? verdict is BlockVerdict.Accepted or BlockVerdict.Untimely && Rules.AllowsAgain(_state.Locked, block, validRound)
                : verdict is BlockVerdict.Accepted && Rules.AllowsNew(_state.Locked, block);
            Cast(VoteStep.Prevote, allowed ? block : null);
            return true;
        }

        return false;
    }

    /// <summary>Lines 36 and 44.</summary>
    private bool TryPrecommit()
    {
        var prevotes = Current.Prevotes;
        if (_state.Valid is { } valid && valid.Round == _state.Round)
        {
            _state = _state with { Locked = valid };
            Cast(VoteStep.Precommit, valid.Block);
            return true;
        }

        if (Rules.IsQuorum(Voters, prevotes.PowerFor(null)))
        {
            Cast(VoteStep.Precommit, block: null);
            return true;
        }

        return false;
    }

    /// <summary>Line 42, for a polka of this round (from the prevote step on) or of one that came late: the more proposers know of it, the sooner all agree.</summary>
    private void LearnValid()
    {
        foreach (var (round, held) in _state.Rounds)
        {
            if (round > _state.Round || (round == _state.Round && _state.Phase == ConsensusPhase.Propose) || round <= _state.Valid?.Round)
            {
                continue;
            }

            foreach (var support in held.Prevotes.Support)
            {
                if (support.Block is { } block && Rules.IsQuorum(Voters, support.Power)
                    && _state.Blocks.TryGetValue(block, out var candidate) && candidate.Verdict is BlockVerdict.Accepted or BlockVerdict.Untimely)
                {
                    _state = _state with { Valid = new RoundBlock(round, block) };
                }
            }
        }
    }

    /// <summary>Lines 34 and 47. Agreement on none waits for its time too: leaving a round at once would leave others without what was valid in it.</summary>
    private bool SetTimers()
    {
        if (_state.Phase == ConsensusPhase.Prevote && !Current.PrevoteTimerSet && Rules.IsQuorum(Voters, Current.Prevotes.Power))
        {
            Hold(_state.Round, Current with { PrevoteTimerSet = true });
            Schedule(ConsensusPhase.Prevote);
        }

        if (!Current.PrecommitTimerSet && Rules.IsQuorum(Voters, Current.Precommits.Power))
        {
            Hold(_state.Round, Current with { PrecommitTimerSet = true });
            Schedule(ConsensusPhase.Precommit);
        }

        return false;
    }

    /// <summary>Has what is proposed now, and what a quorum prevoted, fetched and executed.</summary>
    private void AskForVerdicts()
    {
        foreach (var proposal in Current.Proposals)
        {
            AskForVerdict(proposal.Block, forQuorum: false);
        }

        foreach (var held in _state.Rounds.Values)
        {
            foreach (var support in held.Prevotes.Support)
            {
                if (support.Block is { } block && Rules.IsQuorum(Voters, support.Power))
                {
                    AskForVerdict(block, forQuorum: true);
                }
            }
        }
    }

    private void AskForVerdict(Hash256 hash, bool forQuorum)
    {
        if (!_state.Blocks.TryGetValue(hash, out var block))
        {
            return;
        }

        var again = block.Verdict is BlockVerdict.Unavailable && (block.AskedInRound < _state.Round || (forQuorum && !block.AskedForQuorum));
        if (again || (block.Verdict is null && block.AskedInRound is null))
        {
            var asked = block with { Verdict = null, AskedInRound = _state.Round, AskedForQuorum = block.AskedForQuorum || forQuorum };
            _state = _state with { Blocks = _state.Blocks.SetItem(hash, asked) };
            _effects.Add(new ConsensusEffect.Judge(_state.Height, hash, block.HeaderBytes));
        }
    }

    private void Schedule(ConsensusPhase phase) =>
        _effects.Add(new ConsensusEffect.Schedule(new ConsensusTimeout(_state.Height, _state.Round, phase), settings.Timeouts.Of(phase, _state.Round)));

    private void Hold(uint round, RoundState held) => _state = _state with { Rounds = _state.Rounds.SetItem(round, held) };

    /// <summary>Lets go of rounds long over, and of blocks nobody can need.</summary>
    private void Forget()
    {
        var rounds = _state.Rounds.RemoveRange(_state.Rounds.Keys.Where(round => round + ConsensusMachine.RoundsBehind < _state.Round && round != _state.Valid?.Round));
        var needed = rounds.Values.SelectMany(held => held.Proposals).Select(proposal => proposal.Block).ToHashSet();
        _state = _state with
        {
            Rounds = rounds,
            Blocks = _state.Blocks.RemoveRange(_state.Blocks.Keys.Where(hash => !needed.Contains(hash) && hash != _state.Valid?.Block && hash != _state.Locked?.Block)),
        };
    }
}
