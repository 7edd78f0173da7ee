using System.CommandLine;
using VideoMesh.Actors.Client;
using VideoMesh.Client.Node;
using VideoMesh.Client.Rendering;
using VideoMesh.Miners.Media;

namespace VideoMesh.Client.Commands;

/// <summary><c>videomesh demo</c>: the whole network in a box, on real footage.</summary>
public static class DemoCommand
{
    private const string Samples = "/usr/share/forensics-samples/original-files";
    private const int ComputeProcesses = 2;

    // Debian's forensics-samples-files, CC-BY-SA-4.0.
    private static readonly (string Name, string Path, string Profile)[] Clips =
    [
        ("phone clip", Samples + "/movie1/VID_20191220_170832.mp4", "hls-ladder"),
        ("webcam clip", Samples + "/movie2/movie-hello.mp4", "hls-ladder"),
    ];

    public static Command Create(CliContext context)
    {
        var output = new Option<string>("--out") { Description = "Folder for the results; a number is added if it exists.", DefaultValueFactory = _ => "videomesh-demo" };
        var keep = new Option<bool>("--keep") { Description = "Leave the network up at the end; `videomesh devnet down` ends it." };
        var sandbox = new SandboxFlags();
        var command = new Command("demo", "Start a network of separate processes on this machine and transcode real footage on it.") { output, keep };
        sandbox.AddTo(command);
        return command
            .WithExamples(("videomesh demo", "a phone clip and a webcam clip to HLS, DASH and MP4"), ("videomesh demo --keep", "and leave the network up"))
            .Runs(context, async run =>
            {
                foreach (var clip in Clips.Where(c => !File.Exists(c.Path)))
                {
                    throw new CommandFailure(ExitCode.InputRefused, "no-footage", $"The {clip.Name} is not on this machine: `apt-get install forensics-samples-files` brings it, or use ./mesh demo, which does that.");
                }

                var folder = NewFolder(run.FullPath(run.Required(output)));
                var devnets = new Devnet(new UserFolders(run.Environment), run.Time);
                var found = devnets.Find() is { } up && Devnet.IsUp(up) ? up : null;
                run.Note(found is null ? "Starting a network of separate processes on this machine:" : $"Using the devnet that is up at {found.Network}.");
                var devnet = found ?? await devnets.UpAsync(new DevnetSize(ComputeProcesses, Verifiers: 0, Storage: 0), sandbox.Arguments(run), line => run.Note("  " + line), run.Cancellation);
                try
                {
                    return await TranscodeAsync(run, devnet, folder, new JobSetting(sandbox.Read(run), [], null));
                }
                finally
                {
                    if (found is null && !run.Value(keep))
                    {
                        await devnets.DownAsync();
                        run.Note("The network is down again; nothing is left running.");
                    }
                    else
                    {
                        run.Note($"The network stays up at {devnet.Network}; `videomesh devnet down` ends it.");
                    }
                }
            });
    }

    private static async Task<ExitCode> TranscodeAsync(CommandRun run, DevnetInfo devnet, string folder, JobSetting setting)
    {
        var results = new List<JobResult>();
        foreach (var (name, path, profile) in Clips)
        {
            run.Note($"Transcoding the {name} ({Units.Bytes(new FileInfo(path).Length)}) with profile {profile}:");
            var spec = TranscodeCommand.NewJob(
                path, ProfileReader.Load(profile, TranscodeCommand.ProfilesFolder), Path.Combine(folder, name.Replace(' ', '-')), devnet.Network, devnet: default);
            var (job, result) = await JobSession.CompleteAsync(run, spec.Id, new JobEvent.Created(spec), setting);
            JobSession.Print(run, job, result);
            results.Add(result);
        }

        run.Print("What each miner did:");
        foreach (var miner in devnet.Nodes)
        {
            var segments = results.SelectMany(r => r.Miners).Where(m => string.Equals(m.Address, miner.Address, StringComparison.Ordinal)).Sum(m => m.Segments);
            run.Print($"  {miner.Name} ({miner.Address}): {segments} segments");
        }

        run.Print($"Results: {folder}");
        run.PrintJson(new { Status = "completed", Out = folder, Jobs = results });
        return ExitCode.Done;
    }

    private static string NewFolder(string wanted)
    {
        var folder = wanted;
        for (var number = 2; Path.Exists(folder); number++)
        {
            folder = $"{wanted}-{number}";
        }

        Directory.CreateDirectory(folder);
        return folder;
    }
}
