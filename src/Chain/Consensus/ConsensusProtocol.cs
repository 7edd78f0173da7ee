using System.Collections.Immutable;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>What a height is decided with, all of it known from the final state below.</summary>
/// <param name="Height">To be decided.</param>
/// <param name="ParentHash">Hash of the final block below.</param>
/// <param name="Voters">Who votes.</param>
/// <param name="Proposers">Who proposes in which round.</param>
public sealed record HeightContext(ulong Height, Hash256 ParentHash, VoterSet Voters, ProposerOrder Proposers);

/// <summary>The steps of a round, and what comes before and after.</summary>
public enum ConsensusPhase
{
    /// <summary>The block below is final, and the time for the next has not come.</summary>
    Waiting = 0,
    Propose = 1,
    Prevote = 2,
    Precommit = 3,

    /// <summary>The block is final.</summary>
    Final = 4,
}

/// <summary>A step that ends when its time is over.</summary>
public readonly record struct ConsensusTimeout(ulong Height, uint Round, ConsensusPhase Phase);

/// <summary>How long a step lasts at most. These are a node's own business: they decide how fast a block becomes final, never which.</summary>
/// <param name="Propose">From the start of round 0 until a proposal is here, fetched and executed.</param>
/// <param name="Vote">From more than two thirds of votes without agreement to giving up on the rest.</param>
/// <param name="PerRound">Added for each round, so that some round is long enough for any network.</param>
/// <param name="Longest">No step is longer.</param>
public sealed record ConsensusTimeouts(TimeSpan Propose, TimeSpan Vote, TimeSpan PerRound, TimeSpan Longest)
{
    public static ConsensusTimeouts Default { get; } = new(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(1));

    public TimeSpan Of(ConsensusPhase phase, uint round)
    {
        var span = (phase == ConsensusPhase.Propose ? Propose : Vote) + (round * PerRound);
        return span < Longest ? span : Longest;
    }
}

/// <summary>What a node found out about a block by fetching and executing it.</summary>
public abstract record BlockVerdict
{
    private BlockVerdict()
    {
    }

    /// <summary>Every rule holds.</summary>
    public sealed record Accepted : BlockVerdict;

    /// <summary>A rule is broken. The node prevotes for none.</summary>
    /// <param name="Reason">The name of the rule's refusal.</param>
    public sealed record Refused(string Reason) : BlockVerdict;

    /// <summary>Every rule holds, but its time is further ahead of this node's clock than allowed. The node prevotes for none when it is new; once more than two
    /// thirds found it timely it counts as accepted, since clocks differ.</summary>
    public sealed record Untimely : BlockVerdict;

    /// <summary>Its body could not be had in time. Asked for again when it is proposed again or others have it.</summary>
    public sealed record Unavailable : BlockVerdict;
}

/// <summary>What happens to a verifier.</summary>
public abstract record ConsensusInput
{
    private ConsensusInput()
    {
    }

    /// <summary>The block below is final and durable, as its shell knows.</summary>
    public sealed record HeightStarted(HeightContext Context) : ConsensusInput;

    /// <summary>It is time for the next block: transactions or deadlines wait and the least interval has passed, or the slow beat has come.</summary>
    public sealed record BlockDue(ulong Height) : ConsensusInput;

    public sealed record ProposalReceived(Address From, Proposal Proposal) : ConsensusInput;

    public sealed record VoteReceived(Address From, Vote Vote) : ConsensusInput;

    public sealed record FinalReceived(Address From, FinalBlock Final) : ConsensusInput;

    public sealed record StatusReceived(Address From, ConsensusStatus Status) : ConsensusInput;

    public sealed record TimedOut(ConsensusTimeout Timeout) : ConsensusInput;

    /// <summary>The answer to <see cref="ConsensusEffect.Build"/>: the body is durable and can be fetched from this node.</summary>
    public sealed record BlockBuilt(ulong Height, uint Round, ReadOnlyMemory<byte> HeaderBytes) : ConsensusInput;

    /// <summary>The answer to <see cref="ConsensusEffect.Judge"/>. The body of an accepted block is durable, since this node may get locked on it.</summary>
    public sealed record BlockJudged(ulong Height, Hash256 Block, BlockVerdict Verdict) : ConsensusInput;

    /// <summary>It is time to tell peers where this node stands: a few times in the length of a step.</summary>
    public sealed record StatusDue : ConsensusInput;
}

/// <summary>What the shell does about it, in order.</summary>
public abstract record ConsensusEffect
{
    private ConsensusEffect()
    {
    }

    /// <summary>Writes the record durably in place of the last one; only when that is done, sends the message to all peers.</summary>
    public sealed record PersistThenSend(ConsensusRecord Record, ConsensusMessage Message) : ConsensusEffect;

    /// <summary>Sends, as it stands in the durable record, what was signed before the node went down.</summary>
    public sealed record SendAgain(ConsensusMessage Message) : ConsensusEffect;

    /// <summary>Passes a new, verified message on to peers other than the one it came from.</summary>
    public sealed record PassOn(Address From, ConsensusMessage Message) : ConsensusEffect;

    /// <summary>Sends a peer what it lacks.</summary>
    public sealed record Answer(Address To, ImmutableArray<ConsensusMessage> Messages) : ConsensusEffect;

    /// <summary>Tells peers where this node stands.</summary>
    public sealed record TellStatus(ConsensusStatus Status) : ConsensusEffect;

    /// <summary>Makes a block for this round; answered by <see cref="ConsensusInput.BlockBuilt"/>.</summary>
    /// <param name="Parent">All precommits known for the block below; null when the machine did not see that height, and the stored certificate is to be used.</param>
    public sealed record Build(ulong Height, uint Round, CommitCertificate? Parent) : ConsensusEffect;

    /// <summary>Fetches and executes a block; answered by <see cref="ConsensusInput.BlockJudged"/>.</summary>
    public sealed record Judge(ulong Height, Hash256 Block, ReadOnlyMemory<byte> HeaderBytes) : ConsensusEffect;

    public sealed record Schedule(ConsensusTimeout Timeout, TimeSpan After) : ConsensusEffect;

    /// <summary>The block is final: to be executed, stored with its certificate, and followed by <see cref="ConsensusInput.HeightStarted"/> of the next height.</summary>
    public sealed record Finalize(FinalBlock Block) : ConsensusEffect;

    /// <summary>Somebody broke a rule for which stake burns.</summary>
    public sealed record Accuse(Misbehaviour Misbehaviour) : ConsensusEffect;

    /// <summary>A message was not taken. Whether the peer is to blame, <see cref="ConsensusRefusals.IsHostile"/> tells.</summary>
    public sealed record Refuse(Address From, ConsensusRefusal Reason) : ConsensusEffect;

    /// <summary>A peer works on a height that is final here: send it that final block and those after.</summary>
    public sealed record HelpPeer(Address Peer, ulong Height) : ConsensusEffect;

    /// <summary>A peer says it works on a later height: fetch final blocks from this one on.</summary>
    public sealed record CatchUp(Address Peer, ulong From) : ConsensusEffect;
}

/// <summary>What one input leads to.</summary>
public sealed record ConsensusDecision(ConsensusState State, ImmutableArray<ConsensusEffect> Effects);

/// <summary>What shows that a verifier broke the rules, by its own signatures.</summary>
public abstract record Misbehaviour
{
    private Misbehaviour()
    {
    }

    /// <summary>Two different votes of one height, round and step.</summary>
    public sealed record TwoVotes(Vote First, Vote Second) : Misbehaviour;

    /// <summary>Two different proposals of one height and round.</summary>
    public sealed record TwoProposals(Proposal First, Proposal Second) : Misbehaviour;

    /// <summary>A signed proposal whose header is no header.</summary>
    public sealed record UnreadableProposal(Proposal Proposal) : Misbehaviour;
}
