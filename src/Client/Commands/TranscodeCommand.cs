using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using VideoMesh.Actors.Client;
using VideoMesh.Client.Node;
using VideoMesh.Miners.Media;

namespace VideoMesh.Client.Commands;

/// <summary><c>videomesh transcode</c>: the main job.</summary>
public static class TranscodeCommand
{
    private const int MostProcesses = 64;

    private static readonly EmbeddedSize s_usual = new(Compute: 2, Verifiers: 0);

    /// <summary>Where the built-in profiles lie.</summary>
    internal static string ProfilesFolder { get; } = Path.Combine(AppContext.BaseDirectory, "config", "profiles");

    public static Command Create(CliContext context)
    {
        var input = new Argument<string>("INPUT") { Description = "The video. A name that begins with a dash goes behind --." };
        var profile = new Option<string>("--profile") { Description = "A built-in profile or a JSON file (docs/profiles.md).", DefaultValueFactory = _ => "hls-ladder" };
        var output = new Option<string>("--out") { Description = "Folder for the results: new, or empty.", Required = true };
        var network = new Option<string?>("--network") { Description = "URL of any node of the network. Without it, compute processes are started on this machine for this job alone." };
        var devnet = new Option<string?>("--devnet") { Description = "Size of that network of processes, such as compute=2 or compute=2,verifiers=4; with verifiers it has a chain." };
        var seconds = new Option<double?>("--segment-seconds") { Description = "Length that segments aim at; keyframes of the source decide. Overrides the profile." };
        var reach = new ReachFlags();
        var sandbox = new SandboxFlags();
        var market = new MarketFlags();
        var purse = new PurseFlags();

        var command = new Command("transcode", "Transcode a video on the machines of the network.") { input, profile, output, network, devnet, seconds };
        reach.AddTo(command);
        sandbox.AddTo(command);
        market.AddTo(command);
        purse.AddTo(command);
        return command
            .WithExamples(
                ("videomesh transcode holiday.mp4 --profile hls-ladder --out out/", "a ladder for HLS and DASH, and MP4 files, on this machine"),
                ("videomesh transcode holiday.mp4 --profile av1-720p --out out/ --network http://seed.example.net:4100", "on other people's machines"),
                ("videomesh transcode holiday.mp4 --out out/ --network http://seed.example.net:4100 --max-price 100000nano --explain", "at most 100,000 nano-VID for a million ω, and why each miner was chosen or not"),
                ("videomesh transcode holiday.mp4 --out out/ --network http://seed.example.net:4100 --wallet me --budget 10VID --wait settled", "paid for from an escrow, checked by the network's verifiers"),
                ("videomesh transcode talk.mkv --profile my.json --out out/ --devnet compute=4 --json", "an own profile, four processes, a result for scripts"))
            .Runs(context, async run =>
            {
                if (run.Value(network) is not null && run.Value(devnet) is not null)
                {
                    throw CommandFailure.Usage("network-and-devnet", "--network and --devnet exclude each other: the job runs on one of them.");
                }

                var spec = NewJob(
                    InputFile.Check(run.FullPath(run.Required(input))),
                    ReadProfile(run.Required(profile), run.Value(seconds)),
                    OutFolders.Require(run.FullPath(run.Required(output))),
                    run.Value(network) is { } url ? Urls.Parse("--network", url) : null,
                    ReadSize(run.Value(devnet)));
                var (budget, payer) = purse.Read(run, spec.Network);
                using var key = payer;
                spec = spec with { MaxPriceNano = market.ReadMaxPrice(run).Nano, BudgetNano = budget.Nano };
                var setting = reach.Read(run, sandbox) with { Payer = payer, WaitsForSettlement = purse.WaitsForSettlement(run) };
                return await JobSession.RunAsync(run, spec.Id, new JobEvent.Created(spec), setting, market.Explains(run));
            });
    }

    /// <summary>A job over the file as it is now.</summary>
    internal static JobSpec NewJob(string input, Profile profile, string output, Uri? network, EmbeddedSize devnet)
    {
        var source = new FileInfo(input);
        return new JobSpec(
            RandomNumberGenerator.GetHexString(12, lowercase: true), source.FullName, source.Length, Modified(source), profile, output, network, devnet.Compute, devnet.Verifiers);
    }

    /// <summary>When the file was last written, Unix milliseconds.</summary>
    internal static long Modified(FileInfo source) => new DateTimeOffset(source.LastWriteTimeUtc).ToUnixTimeMilliseconds();

    private static Profile ReadProfile(string nameOrPath, double? segmentSeconds)
    {
        var profile = ProfileReader.Load(nameOrPath, ProfilesFolder);
        return segmentSeconds switch
        {
            null => profile,
            >= 0.5 and <= 60 => profile with { SegmentLength = TimeSpan.FromSeconds(segmentSeconds.Value) },
            _ => throw CommandFailure.Usage("bad-segment-seconds", "--segment-seconds must be from 0.5 to 60."),
        };
    }

    private static EmbeddedSize ReadSize(string? devnet)
    {
        if (devnet is null)
        {
            return s_usual;
        }

        var size = new EmbeddedSize(0, 0);
        foreach (var pair in devnet.Split(',').Select(part => part.Split('=', 2)))
        {
            if (pair.Length != 2 || !int.TryParse(pair[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            {
                throw BadSize(devnet);
            }

            size = pair[0] switch
            {
                "compute" when size.Compute == 0 => size with { Compute = count },
                "verifiers" when size.Verifiers == 0 => size with { Verifiers = count },
                _ => throw BadSize(devnet),
            };
        }

        return size is { Compute: > 0 and <= MostProcesses, Verifiers: <= MostProcesses } ? size : throw BadSize(devnet);
    }

    private static CommandFailure BadSize(string text) =>
        CommandFailure.Usage("bad-devnet", $"--devnet wants compute=N or compute=N,verifiers=N with N from 1 to {MostProcesses}, not '{text}'.");
}
