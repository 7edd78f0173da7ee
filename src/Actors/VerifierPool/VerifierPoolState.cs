using System.Collections.Immutable;
using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.VerifierPool;

/// <summary>When the next block is due, who was heard of, and whether the chain goes on. Pure; times are since some fixed moment.</summary>
public sealed record VerifierPoolState(VerifierPoolOptions Options)
{
    /// <summary>What waits for a block.</summary>
    public BlockWork Work { get; private init; }

    /// <summary>This height's block was due already.</summary>
    public bool IsBegun { get; private init; }

    /// <summary>The chain has stopped, and this was said.</summary>
    public bool IsStopped { get; private init; }

    /// <summary>When each voter last said something; of those who vote no more, none longer than a height.</summary>
    public ImmutableDictionary<Address, TimeSpan> Heard { get; private init; } = ImmutableDictionary<Address, TimeSpan>.Empty;

    // Waiting gathers transactions; a full block has gathered all it can.
    private TimeSpan Interval => Work switch
    {
        BlockWork.FullBlock => TimeSpan.Zero,
        BlockWork.Some => Options.BlockInterval,
        _ => Options.IdleInterval,
    };

    private TimeSpan HeightBegan { get; init; }

    private TimeSpan? LastDue { get; init; }

    /// <summary>When the next block is due; null when it was.</summary>
    public TimeSpan? Due => IsBegun ? null : Max(HeightBegan, (LastDue ?? HeightBegan) + Interval);

    /// <summary>The block below is final.</summary>
    public VerifierPoolState BeginHeight(BlockWork work, VoterSet voters, TimeSpan now) =>
        this with { Work = work, IsBegun = false, IsStopped = false, HeightBegan = now, Heard = Heard.RemoveRange(Heard.Keys.Where(who => voters.PlaceOf(who) < 0)) };

    public VerifierPoolState With(BlockWork work) => this with { Work = work };

    /// <summary>The time has come, or others found it had.</summary>
    public VerifierPoolState Begin(TimeSpan now) => IsBegun ? this : this with { IsBegun = true, LastDue = now };

    /// <summary>Somebody said something: of interest if it votes.</summary>
    public VerifierPoolState Hear(Address from, VoterSet? voters, TimeSpan now) => voters?.PlaceOf(from) >= 0 ? this with { Heard = Heard.SetItem(from, now) } : this;

    public VerifierPoolState Stop() => this with { IsStopped = true };

    /// <summary>Whether a block that is due takes so long that the chain must be said to have stopped.</summary>
    public bool HasJustStopped(TimeSpan now) => IsBegun && !IsStopped && now - LastDue > Options.StopsAfter;

    /// <summary>Those of the voters that were heard of lately.</summary>
    public IEnumerable<Voter> Present(VoterSet voters, Address? self, TimeSpan now) =>
        voters.Voters.Where(voter => voter.Address == self || (Heard.TryGetValue(voter.Address, out var heard) && now - heard <= Options.AwayAfter));

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
