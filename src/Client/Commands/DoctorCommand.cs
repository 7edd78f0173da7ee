using System.CommandLine;
using Spectre.Console;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Commands.Doctor;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Client.Commands;

/// <summary><c>videomesh doctor</c>: ends with 0 if everything needed is there, else with <see cref="ExitCode.JobFailed"/>.</summary>
internal static class DoctorCommand
{
    public static Command Create(CliContext context)
    {
        var ffmpeg = new Option<string?>("--ffmpeg") { Description = "Check this ffmpeg, and the ffprobe beside it, instead of those in PATH.", HelpName = "PATH" };
        return new Command("doctor", "Say what this machine lacks to take part, and the command that mends it. Ends with 5 if something needed is missing.") { ffmpeg }
            .WithExamples(
                ("videomesh doctor", "check everything"),
                ("videomesh doctor --ffmpeg /opt/ffmpeg/bin/ffmpeg", "check a build of your own"),
                ("videomesh doctor --json | jq -r '.checks[] | select(.state==\"failed\") | .fix'", "only the commands that mend what is needed"))
            .Runs(context, run => RunAsync(run, run.Value(ffmpeg)));
    }

    private static async Task<ExitCode> RunAsync(CommandRun run, string? ffmpeg)
    {
        var host = Host.Real(run.Environment);
        var media = new MediaChecks(host, new SandboxOptions { FfmpegPath = ffmpeg is null ? null : run.FullPath(ffmpeg), Time = run.Time });
        var (mediaFindings, sandbox) = await media.RunAsync(run.Cancellation);
        Finding[] findings =
        [
            MachineChecks.Runtime(Environment.Version),
            MachineChecks.Machine(),
            .. mediaFindings,
            MachineChecks.Keys(host, Secp256k1.EnsureAvailable),
            MachineChecks.Folder("state folder", host.Folders.State, "XDG_STATE_HOME", MachineChecks.FreeBytes),
            MachineChecks.Folder("scratch folder", host.Folders.Scratch, "TMPDIR", MachineChecks.FreeBytes),
            MachineChecks.Samples(host),
            MachineChecks.Clock(host, run.Time.GetUtcNow(), new DateTimeOffset(File.GetLastWriteTimeUtc(typeof(DoctorCommand).Assembly.Location), TimeSpan.Zero)),
        ];
        return Conclude(run, findings, sandbox);
    }

    /// <summary>Prints the findings. What is needed and missing makes the run fail.</summary>
    internal static ExitCode Conclude(CommandRun run, IReadOnlyList<Finding> findings, string? sandbox)
    {
        if (!run.Json)
        {
            Show(run.OutConsole(), findings);
        }

        var failed = findings.Where(finding => finding.State == FindingState.Failed).Select(finding => finding.Name).ToList();
        if (failed.Count > 0)
        {
            throw new CommandFailure(
                ExitCode.JobFailed,
                "needs-mending",
                $"{(failed.Count == 1 ? "one thing needs" : $"{failed.Count} things need")} mending: {string.Join(", ", failed)}; run the commands named with them.")
            {
                Result = new { Sandbox = sandbox, Checks = findings },
            };
        }

        run.Print($"Everything needed is here; ffmpeg will run in {sandbox}.");
        run.PrintJson(new { Status = "completed", Reason = (string?)null, Sandbox = sandbox, Checks = findings });
        return ExitCode.Done;
    }

    private static void Show(IAnsiConsole console, IEnumerable<Finding> findings)
    {
        foreach (var finding in findings)
        {
            var (mark, color) = finding.State switch
            {
                FindingState.Ok => ("✓", Color.Green),
                FindingState.Absent => ("–", Color.Yellow),
                _ => ("✗", Color.Red),
            };
            console.Write(new Text(mark, new Style(color)));
            console.Profile.Out.Writer.WriteLine($" {finding.Name,-15} {finding.Detail}");
            if (finding.Fix is { } fix)
            {
                // never folded, so that it can be copied
                console.Profile.Out.Writer.WriteLine($"  {(finding.State == FindingState.Failed ? "mend it with" : "if you want it"),-15} {fix}");
            }
        }
    }
}
