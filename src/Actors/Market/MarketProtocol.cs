using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Market;

/// <summary>One try of one miner at one segment. Numbers count up per segment.</summary>
public readonly record struct AttemptId(int Segment, int Number);

/// <summary>Why a try ended without an accepted result.</summary>
public enum AttemptFailure
{
    /// <summary>The miner has no free slot or is draining: nobody's fault, it is asked again later.</summary>
    Declined,

    /// <summary>Its link went down.</summary>
    MinerLost,

    /// <summary>It reported no progress for too long.</summary>
    Stalled,

    /// <summary>It said that it could not do it.</summary>
    MinerFailed,

    /// <summary>What it delivered failed a check. Such a miner gets no more work from this job.</summary>
    WrongResult,
}

/// <summary>Where a miner is with a segment.</summary>
public enum AttemptStage
{
    Assigned,
    Fetching,

    /// <summary>Waiting for a slot of the miner.</summary>
    Queued,
    Encoding,
    Delivering,

    /// <summary>The miner is done; its result is being checked.</summary>
    Checking,
}

/// <summary>What the assignment wants done.</summary>
public abstract record AssignmentEffect
{
    private AssignmentEffect()
    {
    }

    /// <summary>Ask this miner to encode this segment.</summary>
    public sealed record Assign(AttemptId Attempt, Address Miner) : AssignmentEffect;

    /// <summary>A try is over, well or not: tell its miner to stop and forget, and void what was given to it.</summary>
    public sealed record Release(AttemptId Attempt, Address Miner) : AssignmentEffect;

    /// <summary>A segment failed too often: the job cannot be done.</summary>
    public sealed record GiveUp(int Segment, string LastFailure) : AssignmentEffect;
}
