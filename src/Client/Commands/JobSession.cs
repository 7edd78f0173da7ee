using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using VideoMesh.Actors.Client;
using VideoMesh.Actors.Market;
using VideoMesh.Client.Node;
using VideoMesh.Client.Rendering;
using VideoMesh.Miners.Media;

namespace VideoMesh.Client.Commands;

/// <summary>Runs a job in front of a person or a script: progress while it goes, then the result or the reason.</summary>
internal static class JobSession
{
    /// <summary>Runs the job, then prints the result or throws the reason.</summary>
    /// <param name="first">The event that makes the job, or opens it again.</param>
    /// <param name="explain">Say of each miner why it was chosen or not.</param>
    public static async Task<ExitCode> RunAsync(CommandRun run, string id, JobEvent first, JobSetting setting, bool explain)
    {
        var (job, result) = await CompleteAsync(run, id, first, setting, explain);
        run.PrintJson(result);
        Print(run, job, result);
        return ExitCode.Done;
    }

    /// <summary>Runs the job in sight of the person.</summary>
    /// <exception cref="CommandFailure">It did not complete.</exception>
    public static async Task<(JobState Job, JobResult Result)> CompleteAsync(CommandRun run, string id, JobEvent first, JobSetting setting, bool explain = false)
    {
        using var store = JobStore.Open(new UserFolders(run.Environment), run.Time);
        var started = run.Time.GetTimestamp();
        JobEnd end;
        await using (var view = JobProgressView.Open(run))
        {
            end = await new JobRunner(store, setting, run.Time).RunAsync(id, first, new Watcher(view), run.Cancellation);
        }

        var job = end.Job;
        var outcome = job.Outcome ?? throw new InvalidOperationException("A job ended without an outcome.");
        var result = JobResult.Of(job, run.Time.GetElapsedTime(started)) with { Choice = explain ? [.. end.Verdicts.Select(MinerVerdictOut.Of)] : null };
        result = end.Settlement is { } settlement ? result.With(settlement) : result;
        foreach (var verdict in result.Choice ?? [])
        {
            run.Print(verdict.ToString());
        }

        // What cannot be gone on with needs no bytes; what can keeps them until it is resumed or removed.
        if (outcome.Status == JobStatus.Completed || job.Accepted.IsEmpty)
        {
            store.RemoveBytes(id);
        }

        return outcome.Status == JobStatus.Completed
            ? (job, result)
            : throw new CommandFailure(ExitCodeOf(outcome), ReasonText(outcome.Reason), outcome.Sentence) { Result = result };
    }

    public static string ReasonText(JobReason reason) => JsonNamingPolicy.KebabCaseLower.ConvertName(reason.ToString());

    private static ExitCode ExitCodeOf(JobOutcome outcome) => outcome switch
    {
        { Status: JobStatus.Cancelled } => ExitCode.Cancelled,
        { Reason: JobReason.InputRefused } => ExitCode.InputRefused,
        { Reason: JobReason.OutputTaken } => ExitCode.Usage,
        { Reason: JobReason.BudgetTooLow or JobReason.EscrowRefused } => ExitCode.RefusedByLedgerOrWallet,
        { Reason: JobReason.PresetHasNoPrice } => ExitCode.InputRefused,
        { Reason: JobReason.NoMiner or JobReason.PriceTooLow or JobReason.MinersLost } => ExitCode.NoNetworkOrMiner,
        _ => ExitCode.JobFailed,
    };

    private sealed class Watcher(IJobProgress view) : IJobWatcher
    {
        public void OnProgress(JobProgress progress) => view.Report(new JobSnapshot(
            progress.Stage,
            progress.Duration,
            [.. progress.Renditions.Select(r => new RenditionProgress(r.Name, progress.FramesDone, progress.FramesTotal))],
            [.. progress.Miners.Select(m => new Rendering.MinerProgress(m.Name, m.Address, m.SegmentsDone, m.Current))]));

        public void OnNote(string line) => view.Note(line);
    }

    public static void Print(CommandRun run, JobState job, JobResult result)
    {
        run.Print($"{Path.GetFileName(job.Spec.Input)} → {job.Spec.Out}");
        foreach (var r in result.Renditions)
        {
            run.Print(string.Create(CultureInfo.InvariantCulture, $"  {r.Name,-8} {r.Codec,-5} {r.Width}×{r.Height}  {r.Frames} frames  {r.DurationSeconds:0.00} s  {Units.Bytes(r.Bytes),10}  {Path.GetFileName(r.Path)}"));
        }

        if (result.Hls is not null)
        {
            run.Print($"  HLS      {Path.GetRelativePath(job.Spec.Out, result.Hls)}");
        }

        if (result.Dash is not null)
        {
            run.Print($"  DASH     {Path.GetRelativePath(job.Spec.Out, result.Dash)}");
        }

        foreach (var miner in result.Miners)
        {
            run.Print($"  {miner.Address} encoded {miner.Segments} of {result.Segments} segments");
        }

        run.Print(string.Create(CultureInfo.InvariantCulture, $"  {result.WallSeconds:0.0} s, {result.EncodeCpuSeconds:0.0} s of encoding CPU"));
        SettlementOut.Print(run, result.Job, result);
        foreach (var note in job.Outcome!.Notes)
        {
            run.Note($"note: {note}");
        }
    }
}

/// <summary>What <c>transcode --json</c> prints. Paths are absolute.</summary>
internal sealed record JobResult(
    string Status,
    string? Reason,
    string Job,
    int Segments,
    ImmutableArray<RenditionOut> Renditions,
    string? Hls,
    string? Dash,
    ImmutableArray<MinerShare> Miners,
    double WallSeconds,
    double EncodeCpuSeconds) : SettledView
{
    /// <summary>Why each miner was chosen or not; null unless asked for.</summary>
    public ImmutableArray<MinerVerdictOut>? Choice { get; init; }

    public static JobResult Of(JobState job, TimeSpan wall) => new(
        JsonNamingPolicy.CamelCase.ConvertName(job.Outcome!.Status.ToString()),
        job.Outcome.Reason == JobReason.None ? null : JobSession.ReasonText(job.Outcome.Reason),
        job.Spec.Id,
        job.IsPlanned ? job.Frames.Length : 0,
        [.. job.Outcome.Renditions.Select(r => new RenditionOut(
            r.Name, Path.Combine(job.Spec.Out, r.Path), r.Codec.Text(), r.Width, r.Height, r.Frames, Math.Round(r.Duration.TotalSeconds, 6), r.Bytes))],
        job.Outcome.Hls is { } hls ? Path.Combine(job.Spec.Out, hls) : null,
        job.Outcome.Dash is { } dash ? Path.Combine(job.Spec.Out, dash) : null,
        [.. job.SegmentsByMiner().Select(m => new MinerShare(m.Key.ToString(), m.Value))],
        Math.Round(wall.TotalSeconds, 3),
        Math.Round(job.Accepted.Values.Sum(a => a.CpuMs) / 1000.0, 3));
}

internal sealed record RenditionOut(string Name, string Path, string Codec, int Width, int Height, int Frames, double DurationSeconds, long Bytes);

/// <param name="Reason">One of the names of docs/market.md.</param>
/// <param name="PriceNano">What it asked for a million ω; null: it made no bid.</param>
internal sealed record MinerVerdictOut(string Address, string Reason, string? Detail, double Score, ulong? PriceNano, int? Slots, int? FreeSlots, double? FramesPerSecond)
{
    public static MinerVerdictOut Of(MinerVerdict verdict) => new(
        verdict.Miner.ToString(),
        JsonNamingPolicy.KebabCaseLower.ConvertName(verdict.Reason.ToString()),
        verdict.Detail,
        Math.Round(verdict.Score, 3),
        verdict.Bid?.Price.Nano,
        verdict.Bid?.Slots,
        verdict.Bid?.FreeSlots,
        verdict.Bid is { } bid ? bid.MilliFramesPerSecond / 1000.0 : null);

    public override string ToString() => $"  {Address} {Reason}{(Detail is null ? "" : ": " + Units.Clean(Detail, 160))}";
}

internal sealed record MinerShare(string Address, int Segments);
