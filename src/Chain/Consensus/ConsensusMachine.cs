using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>What a node brings along.</summary>
/// <param name="ChainId">In every signature.</param>
/// <param name="Signer">Signs votes and proposals; null for a node that only follows.</param>
/// <param name="Signatures">Checks those of others.</param>
public sealed record ConsensusSettings(string ChainId, ISigner? Signer, ISignatureCheck Signatures)
{
    public ConsensusTimeouts Timeouts { get; init; } = ConsensusTimeouts.Default;

    public ConsensusRules Rules { get; init; } = ConsensusRules.Tendermint;
}

/// <summary>
/// Tendermint (arXiv 1807.04938, algorithm 1) as a pure machine: no I/O, no clock, no chance. Time enters as <see cref="ConsensusInput.TimedOut"/>, other nodes as their
/// messages, blocks as verdicts about them; what is to be done comes out as effects, in order. Shell and simulator drive this same code.
/// </summary>
public sealed class ConsensusMachine(ConsensusSettings settings)
{
    /// <summary>Rounds ahead of its own of which a node keeps messages; of votes beyond it keeps each voter's last.</summary>
    public const uint RoundsAhead = 4;

    /// <summary>Rounds behind its own of which a node keeps messages, besides the round of the valid block.</summary>
    public const uint RoundsBehind = 8;

    /// <summary>The next state and what is to be done. Inputs that come too late, or twice, change nothing.</summary>
    public ConsensusDecision Decide(ConsensusState state, ConsensusInput input)
    {
        var turn = new ConsensusTurn(settings, state);
        switch (input)
        {
            case ConsensusInput.HeightStarted started:
                turn.StartHeight(started.Context);
                break;
            case ConsensusInput.ProposalReceived received:
                turn.Receive(received.From, received.Proposal);
                break;
            case ConsensusInput.VoteReceived received:
                turn.Receive(received.From, received.Vote);
                break;
            case ConsensusInput.FinalReceived received:
                turn.Receive(received.From, received.Final);
                break;
            case ConsensusInput.StatusReceived received:
                turn.Receive(received.From, received.Status);
                break;
            case ConsensusInput.BlockDue due:
                turn.BlockDue(due.Height);
                break;
            case ConsensusInput.TimedOut timedOut:
                turn.TimedOut(timedOut.Timeout);
                break;
            case ConsensusInput.BlockBuilt built:
                turn.BlockBuilt(built);
                break;
            case ConsensusInput.BlockJudged judged:
                turn.BlockJudged(judged);
                break;
            case ConsensusInput.StatusDue:
                turn.TellStatus();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(input));
        }

        return turn.Finish();
    }
}
