using System.Collections.Immutable;
using VideoMesh.Chain.Blocks;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Chain.Consensus;

/// <summary>Where a verifier stands. Immutable: <see cref="ConsensusMachine.Decide"/> gives the next one.</summary>
public sealed record ConsensusState
{
    private ConsensusState()
    {
    }

    /// <summary>The height being decided; null before the first.</summary>
    public HeightContext? Context { get; internal init; }

    public uint Round { get; internal init; }

    public ConsensusPhase Phase { get; internal init; }

    /// <summary>lockedRound and lockedValue of the paper.</summary>
    public RoundBlock? Locked { get; internal init; }

    /// <summary>validRound and validValue of the paper.</summary>
    public RoundBlock? Valid { get; internal init; }

    /// <summary>What was last made durable, of whatever height.</summary>
    public ConsensusRecord? Record { get; internal init; }

    /// <summary>The final block, once there is one.</summary>
    public FinalBlock? Decided { get; internal init; }

    /// <summary>The rounds something is held of.</summary>
    public ImmutableSortedDictionary<uint, RoundState> Rounds { get; internal init; } = ImmutableSortedDictionary<uint, RoundState>.Empty;

    /// <summary>The blocks proposed, by hash.</summary>
    public ImmutableDictionary<Hash256, CandidateBlock> Blocks { get; internal init; } = ImmutableDictionary<Hash256, CandidateBlock>.Empty;

    /// <summary>For each voter's place its vote of the latest round, or null. Of rounds far ahead nothing else is kept.</summary>
    public ImmutableArray<Vote?> LatestVotes { get; internal init; } = [];

    /// <summary>The height before, kept for late votes: they add to its certificate, and may contradict earlier ones.</summary>
    public PastHeight? Past { get; internal init; }

    /// <summary>The height being decided, or 0 before the first.</summary>
    public ulong Height => Context?.Height ?? 0;

    /// <summary>A node that starts for the first time or from its durable record.</summary>
    public static ConsensusState Start(ConsensusRecord? record) => new() { Record = record };

    internal RoundState RoundAt(uint round) => Rounds.GetValueOrDefault(round, RoundState.Empty);
}

/// <summary>What is held of one round.</summary>
public sealed record RoundState
{
    private RoundState()
    {
    }

    internal static RoundState Empty { get; } = new();

    /// <summary>One, or more from a proposer who misbehaves.</summary>
    public ImmutableArray<Proposal> Proposals { get; internal init; } = [];

    public VoteTally Prevotes { get; internal init; } = VoteTally.Empty;

    public VoteTally Precommits { get; internal init; } = VoteTally.Empty;

    // What the paper does "for the first time" only.
    internal bool PrevoteTimerSet { get; init; }

    internal bool PrecommitTimerSet { get; init; }

    internal VoteTally TallyOf(VoteStep step) => step == VoteStep.Prevote ? Prevotes : Precommits;

    internal RoundState WithTally(VoteStep step, VoteTally tally) => step == VoteStep.Prevote ? this with { Prevotes = tally } : this with { Precommits = tally };
}

/// <summary>A proposed block.</summary>
/// <param name="HeaderBytes">As signed.</param>
/// <param name="Header">Null when the bytes are no header.</param>
public sealed record CandidateBlock(ReadOnlyMemory<byte> HeaderBytes, BlockHeader? Header)
{
    /// <summary>Null until it is judged.</summary>
    public BlockVerdict? Verdict { get; internal init; }

    // Rounds in which it was given to be judged, so that an unavailable block is asked for again, but not again and again.
    internal uint? AskedInRound { get; init; }

    internal bool AskedForQuorum { get; init; }
}

/// <summary>A height whose block is final.</summary>
public sealed record PastHeight(HeightContext Context, FinalBlock Decided, ImmutableSortedDictionary<uint, RoundState> Rounds)
{
    /// <summary>The certificate with all precommits that have come by now.</summary>
    public CommitCertificate Certificate
    {
        get
        {
            var known = Decided.Certificate;
            var late = Rounds.GetValueOrDefault(known.Round, RoundState.Empty).Precommits.Votes;
            var more = CommitCertificate.Of(known.Height, known.Round, known.Block, late, Context.Voters);
            return more with { Precommits = [.. known.Precommits.Concat(more.Precommits).DistinctBy(precommit => precommit.Place).OrderBy(precommit => precommit.Place)] };
        }
    }
}
