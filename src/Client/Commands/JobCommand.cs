using System.CommandLine;
using System.Text.Json;
using VideoMesh.Actors.Client;
using VideoMesh.Actors.Market;
using VideoMesh.Client.Node;
using VideoMesh.Client.Node.Chain;
using VideoMesh.Miners.Media;

namespace VideoMesh.Client.Commands;

/// <summary><c>videomesh job</c>: look at jobs, go on with one, forget one.</summary>
public static class JobCommand
{
    public static Command Create(CliContext context) =>
        new Command("job", "Look at jobs, go on with one that did not complete, forget one.") { List(context), Show(context), Resume(context), Remove(context) }
            .WithExamples(
                ("videomesh job list", "all jobs, the latest first"),
                ("videomesh job resume 3f9a0c77b1d2", "go on after a crash; finished segments are not done again"),
                ("videomesh job rm 3f9a0c77b1d2", "forget a job and free its bytes"));

    private static Command List(CliContext context) =>
        new Command("list", "All jobs of this user, the latest first.")
            .WithExamples(("videomesh job list --json", "for scripts"))
            .Runs(context, run =>
            {
                using var store = JobStore.Open(new UserFolders(run.Environment), run.Time);
                var jobs = store.List().Select(entry => (entry.At, View: View(store, entry.Job))).ToList();
                run.PrintJson(new { Jobs = jobs.Select(j => j.View) });
                foreach (var (at, view) in jobs)
                {
                    run.Print($"{view.Job}  {at:yyyy-MM-dd HH:mm}  {view.Status,-11} {view.SegmentsDone}/{view.Segments} segments  {view.Input}");
                }

                return Task.FromResult(ExitCode.Done);
            });

    private static Command Show(CliContext context)
    {
        var id = Id();
        return new Command("show", "One job: what it is about, how far it got, who worked on it.") { id }
            .WithExamples(("videomesh job show 3f9a0c77b1d2", "what became of it"))
            .Runs(context, async run =>
            {
                using var store = JobStore.Open(new UserFolders(run.Environment), run.Time);
                var job = Require(store, run.Required(id));
                var view = View(store, run.Required(id));
                view = await SettlementAsync(run, job) is { } settlement ? view.With(settlement) : view;
                run.PrintJson(view);
                run.Print($"job      {view.Job}");
                run.Print($"input    {view.Input}");
                run.Print($"profile  {view.Profile}");
                run.Print($"out      {view.Out}");
                run.Print($"status   {view.Status}{(view.Message is null ? "" : ": " + view.Message)}");
                if (view.MaxPriceNano > 0)
                {
                    run.Print($"price    at most {view.MaxPriceNano} nano for a million ω");
                }

                foreach (var rendition in view.Renditions)
                {
                    run.Print($"  {rendition.Name,-8} {rendition.Codec,-5} {rendition.Width}×{rendition.Height} {rendition.Preset}, crf {rendition.Crf}");
                }

                run.Print($"segments {view.SegmentsDone} of {view.Segments}");
                foreach (var miner in view.Miners)
                {
                    run.Print($"  {miner.Address} encoded {miner.Segments}");
                }

                SettlementOut.Print(run, view.Job, view);
                return ExitCode.Done;
            });
    }

    // What the ledger knows is not kept anywhere else.
    private static async Task<JobSettlement?> SettlementAsync(CommandRun run, JobState job)
    {
        if (job is not { Escrow: { } escrow, Spec.Network: { } network })
        {
            return null;
        }

        try
        {
            using var chain = new ChainClient(network, run.Time);
            return await JobSettlement.ReadAsync(new HttpContractReader(chain, escrow.Chain), escrow.Escrow, run.Cancellation);
        }
        catch (ContractException e)
        {
            run.Note($"note: what the ledger made of it is not known: {e.Message}");
            return null;
        }
    }

    private static Command Resume(CliContext context)
    {
        var id = Id();
        var reach = new ReachFlags();
        var sandbox = new SandboxFlags();
        var purse = new PurseFlags();
        var command = new Command("resume", "Go on with a job that did not complete.") { id };
        reach.AddTo(command);
        sandbox.AddTo(command);
        purse.AddTo(command);
        return command
            .WithExamples(("videomesh job resume 3f9a0c77b1d2", "finished segments are not done again"))
            .Runs(context, async run =>
            {
                JobState job;
                using (var store = JobStore.Open(new UserFolders(run.Environment), run.Time))
                {
                    job = Require(store, run.Required(id));
                }

                if (job.Outcome?.Status == JobStatus.Completed)
                {
                    throw CommandFailure.Usage("job-is-complete", $"Job {job.Spec.Id} is complete: its results are in {job.Spec.Out}.");
                }

                OutFolders.Require(job.Spec.Out);
                var source = new FileInfo(InputFile.Check(job.Spec.Input));
                if (source.Length != job.Spec.InputBytes || TranscodeCommand.Modified(source) != job.Spec.InputModified)
                {
                    throw new CommandFailure(ExitCode.InputRefused, "input-changed", $"{source.FullName} has changed since job {job.Spec.Id} began; start a new job.");
                }

                using var payer = job.Spec.BudgetNano > 0 ? purse.OpenKey(run, job.Spec.Network) : null;
                var setting = reach.Read(run, sandbox) with { Payer = payer, WaitsForSettlement = purse.WaitsForSettlement(run) };
                return await JobSession.RunAsync(run, job.Spec.Id, new JobEvent.Reopened(), setting, explain: false);
            });
    }

    private static Command Remove(CliContext context)
    {
        var id = Id();
        return new Command("rm", "Forget a job and free the bytes it keeps. Results in its output folder stay.") { id }
            .WithExamples(("videomesh job rm 3f9a0c77b1d2", "it cannot be resumed after that"))
            .Runs(context, run =>
            {
                using var store = JobStore.Open(new UserFolders(run.Environment), run.Time);
                var job = Require(store, run.Required(id));
                store.Remove(job.Spec.Id);
                new OutputFolder(job.Spec.Out, job.Spec.Id).RemoveStaging();
                run.PrintJson(new { Status = "removed", Job = run.Required(id) });
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static Argument<string> Id() => new("ID") { Description = "The job, as `job list` names it." };

    private static JobState Require(JobStore store, string id) => store.Find(id) is { Events: { Count: > 0 } events }
        ? JobState.Restore(events, new ClientOptions(), dialable: false)
        : throw CommandFailure.Usage("no-such-job", $"There is no job {id}; `videomesh job list` names those there are.");

    private static JobView View(JobStore store, string id)
    {
        var (events, isRunning) = store.Find(id);
        var job = JobState.Restore(events, new ClientOptions(), dialable: false);
        var status = (isRunning, job.Outcome) switch
        {
            (true, _) => "running",
            (_, null) => "interrupted",
            (_, { } outcome) => JsonNamingPolicy.CamelCase.ConvertName(outcome.Status.ToString()),
        };
        return new JobView(
            id,
            status,
            job.Outcome is { Reason: not JobReason.None } ended ? JobSession.ReasonText(ended.Reason) : null,
            job.Outcome is { Sentence.Length: > 0 } said ? said.Sentence : null,
            job.Spec.Input,
            job.Spec.Profile.Name,
            job.Spec.Out,
            job.IsPlanned ? job.Frames.Length : 0,
            job.Accepted.Count,
            [.. job.SegmentsByMiner().Select(m => new MinerShare(m.Key.ToString(), m.Value))])
        {
            MaxPriceNano = job.Spec.MaxPriceNano,
            Frames = job.IsPlanned ? job.Frames.Sum(f => (long)f) : 0,
            Renditions = [.. job.Renditions.Select(r => new RenditionView(r.Name, r.Codec.Text(), r.Width, r.Height, r.Preset, r.Crf))],
            EncodeCpuSeconds = Math.Round(job.Accepted.Values.Sum(a => a.CpuMs) / 1000.0, 3),
        };
    }

    private sealed record JobView(
        string Job, string Status, string? Reason, string? Message, string Input, string Profile, string Out, int Segments, int SegmentsDone, IReadOnlyList<MinerShare> Miners) : SettledView
    {
        public required ulong MaxPriceNano { get; init; }

        public required long Frames { get; init; }

        public required IReadOnlyList<RenditionView> Renditions { get; init; }

        public required double EncodeCpuSeconds { get; init; }
    }

    private sealed record RenditionView(string Name, string Codec, int Width, int Height, string Preset, int Crf);
}
