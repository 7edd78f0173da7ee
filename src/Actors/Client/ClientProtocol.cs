using System.Collections.Immutable;
using System.Text.Json.Serialization;
using VideoMesh.Actors.Market;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Media;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Actors.Client;

/// <summary>What is said to and by a client actor: it runs one job from source file to published result.</summary>
public static class ClientProtocol
{
    /// <summary>Stop, tell the miners, leave nothing half-written. Ends with <see cref="JobEnded"/>.</summary>
    public sealed record CancelJob
    {
        public static CancelJob Instance { get; } = new();
    }

    /// <summary>To the client's own children: the job is over. Stop what you do, leave nothing running, and end.</summary>
    internal sealed record Finish
    {
        public static Finish Instance { get; } = new();
    }
}

/// <summary>What a job is about; never changes.</summary>
/// <param name="Id">Letters and digits, unique among this user's jobs.</param>
/// <param name="Input">Absolute path of the source.</param>
/// <param name="InputBytes">Its size in bytes when the job was made.</param>
/// <param name="InputModified">Its modification time, Unix milliseconds: a resumed job refuses a changed source.</param>
/// <param name="Profile">The profile, options applied.</param>
/// <param name="Out">Absolute path of the folder to be made.</param>
/// <param name="Network">URL of the network; null: an embedded devnet.</param>
/// <param name="Devnet">Compute processes of the embedded devnet.</param>
/// <param name="Verifiers">Verifiers of the embedded devnet; with none, it has no chain.</param>
public sealed record JobSpec(string Id, string Input, long InputBytes, long InputModified, Profile Profile, string Out, Uri? Network, int Devnet, int Verifiers = 0)
{
    /// <summary>The most the job pays for a million ω, in nano-VID; zero: it pays nothing.</summary>
    public ulong MaxPriceNano { get; init; }

    /// <summary>The most that may be locked for the job on the ledger, in nano-VID; zero: it has no escrow.</summary>
    public ulong BudgetNano { get; init; }
}

/// <summary>One rendition of one segment as a miner delivered it. Durations in microseconds.</summary>
public sealed record RenditionResult(string Name, ContentHash Hash, long Bytes, int Frames, long DurationUs, ContentHash PacketHash)
{
    /// <summary>The miner's signature for it; null in a job without an escrow.</summary>
    public SignedResult? Proof { get; init; }
}

/// <summary>What is durable about a job. The fold of these is where it goes on after a crash.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(Created), "created")]
[JsonDerivedType(typeof(Planned), "planned")]
[JsonDerivedType(typeof(Funding), "funding")]
[JsonDerivedType(typeof(FundingVoid), "fundingVoid")]
[JsonDerivedType(typeof(Funded), "funded")]
[JsonDerivedType(typeof(Accepted), "accepted")]
[JsonDerivedType(typeof(Dropped), "dropped")]
[JsonDerivedType(typeof(Ended), "ended")]
[JsonDerivedType(typeof(Reopened), "reopened")]
public abstract record JobEvent
{
    private JobEvent()
    {
    }

    public sealed record Created(JobSpec Spec) : JobEvent;

    /// <summary>Frames of each segment, and what every segment is encoded into.</summary>
    public sealed record Planned(ImmutableArray<int> Frames, ImmutableArray<RenditionSpec> Renditions) : JobEvent;

    /// <summary>The call that opens the job's escrow is signed, and is sent next.</summary>
    /// <param name="Escrow">The job's id on the ledger, once the call is final.</param>
    /// <param name="Sources">Of all segments, in order.</param>
    public sealed record Funding(Hash256 Escrow, string Chain, JobTerms Terms, Amount Budget, ImmutableArray<ContentHash> Sources, SignedCall Call) : JobEvent;

    /// <summary>That call will never be in a block.</summary>
    public sealed record FundingVoid : JobEvent;

    /// <summary>The escrow is open.</summary>
    public sealed record Funded : JobEvent;

    /// <summary>A checked result; its bytes are in the job's store.</summary>
    public sealed record Accepted(int Segment, Address Miner, ImmutableArray<RenditionResult> Results, long CpuMs) : JobEvent;

    /// <summary>Accepted results that do not fit the others after all.</summary>
    public sealed record Dropped(ImmutableArray<int> Segments) : JobEvent;

    public sealed record Ended(JobOutcome Outcome) : JobEvent;

    /// <summary>A failed or cancelled job goes on.</summary>
    public sealed record Reopened : JobEvent;
}

public enum JobStatus
{
    Completed,
    Failed,
    Cancelled,
}

/// <summary>Why a job did not complete.</summary>
public enum JobReason
{
    None,
    Cancelled,
    InputRefused,
    InputChanged,
    NoMiner,
    PriceTooLow,
    PresetHasNoPrice,
    BudgetTooLow,
    EscrowRefused,
    MinersLost,
    SegmentKeepsFailing,
    SandboxFailed,
    DiskFull,
    InputOutput,
    OutputTaken,
    MediaFailed,
    Internal,
}

/// <param name="Sentence">For people: why, and what to do; empty when completed.</param>
public sealed record JobOutcome(JobStatus Status, JobReason Reason, string Sentence)
{
    public ImmutableArray<RenditionFile> Renditions { get; init; } = [];

    /// <summary>Path of the HLS master playlist within the output folder, or null.</summary>
    public string? Hls { get; init; }

    /// <summary>Path of the DASH manifest within the output folder, or null.</summary>
    public string? Dash { get; init; }

    /// <summary>What the user should know although all went well, such as a source with no place to cut.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    public static JobOutcome Failed(JobReason reason, string sentence) => new(JobStatus.Failed, reason, sentence);

    public static JobOutcome Cancelled(string jobId) =>
        new(JobStatus.Cancelled, JobReason.Cancelled, $"Cancelled. Finished segments are kept: `videomesh job resume {jobId}` goes on.");
}

/// <summary>Where a running job stands, for people who watch.</summary>
public sealed record JobProgress(
    string Stage,
    TimeSpan Duration,
    int FramesDone,
    int FramesTotal,
    ImmutableArray<RenditionSpec> Renditions,
    int SegmentsDone,
    int SegmentsTotal,
    ImmutableArray<MinerProgress> Miners);

/// <param name="Current">What it works on, or why it gets no work; null: idle.</param>
public sealed record MinerProgress(Address Address, string Name, int SegmentsDone, string? Current);

/// <summary>What a decision wants done once its events are durable.</summary>
public abstract record JobEffect
{
    private JobEffect()
    {
    }

    /// <summary>Something about miners: assign, cancel.</summary>
    public sealed record Assignment(AssignmentEffect Effect) : JobEffect;

    /// <summary>Sign the call that opens the job's escrow.</summary>
    public sealed record Fund : JobEffect;

    /// <summary>Send it until it is final.</summary>
    public sealed record CompleteFunding(JobEvent.Funding Funding) : JobEffect;

    /// <summary>Tell each miner that everything of it which was accepted may be claimed.</summary>
    public sealed record Acknowledge : JobEffect;

    /// <summary>Ask this miner to bid.</summary>
    public sealed record Offer(Address Miner) : JobEffect;

    /// <summary>Check what a miner delivered; if this client cannot be dialled, fetch it first with these tickets, one for each result.</summary>
    public sealed record Check(AttemptId Attempt, Address Miner, ImmutableArray<RenditionResult> Results, long CpuMs, ImmutableArray<string> Tickets) : JobEffect;

    /// <summary>Cut the source; segments that are done need not be kept.</summary>
    public sealed record Split : JobEffect;

    /// <summary>All segments are accepted: join, package, publish.</summary>
    public sealed record Join : JobEffect;

    public sealed record Finish(JobOutcome Outcome) : JobEffect;
}

/// <summary>What an exception from the rooms below means for a job.</summary>
public static class JobFailure
{
    public static JobOutcome Outcome(Exception exception) => exception switch
    {
        InputRefusedException => JobOutcome.Failed(JobReason.InputRefused, exception.Message),
        MediaException => JobOutcome.Failed(JobReason.MediaFailed, exception.Message),
        SandboxException => JobOutcome.Failed(JobReason.SandboxFailed, exception.Message),
        ContentStoreException { Reason: ContentRefusal.StoreFull } => DiskFull(),
        StoreException { Reason: StoreFailure.Full } => DiskFull(),
        IOException when ContentRefusals.IsDiskFull(exception) => DiskFull(),
        IOException or UnauthorizedAccessException => JobOutcome.Failed(JobReason.InputOutput, $"Reading or writing failed: {exception.Message}"),
        _ => JobOutcome.Failed(JobReason.Internal, $"This is a fault of ours ({exception.GetType().Name}: {exception.Message}); please report it."),
    };

    private static JobOutcome DiskFull() =>
        JobOutcome.Failed(JobReason.DiskFull, "The disk is full. Free some space, or choose another --out; then `videomesh job resume` goes on with the finished segments.");
}
