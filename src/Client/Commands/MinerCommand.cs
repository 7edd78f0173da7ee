using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Node;
using VideoMesh.Client.Rendering;

namespace VideoMesh.Client.Commands;

/// <summary><c>videomesh miner</c>: how a compute node of this machine does.</summary>
public static class MinerCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Command Create(CliContext context) =>
        new Command("miner", "How a compute node of this machine does.") { Status(context), Earnings(context) }
            .WithExamples(("videomesh miner status --node http://127.0.0.1:4100", "slots, price, peers, what it did"), ("videomesh miner earnings --node http://127.0.0.1:4100", "what the ledger paid it"));

    private static Command Status(CliContext context)
    {
        var node = Node();
        return new Command("status", "Slots, price, peers, and what it did since it started.") { node }
            .WithExamples(
                ("videomesh miner status", "the node on the default port"),
                ("videomesh miner status --node http://127.0.0.1:4100 --json", "for scripts"))
            .Runs(context, async run =>
            {
                var report = await AskAsync<MinerReport>(run, node, MinerStatus.StatusPath);
                run.PrintJson(report);
                run.Print($"account  {report.Address} on {report.Chain}");
                run.Print($"slots    {report.Busy} of {report.Slots} busy{(report.Draining ? ", draining" : "")}");
                run.Print($"price    {report.PriceNano} nano for a million ω{(report.PriceFollowsDemand ? ", follows demand" : "")}");
                run.Print($"classes  {string.Join(", ", report.Classes.Select(name => Units.Clean(name, Units.SentenceLength)))}");
                run.Print($"peers    {report.Peers}");
                run.Print($"market   {report.Offers} offers heard, {report.Bids} bids made");
                run.Print($"done     {report.SegmentsDone} segments, {report.FramesDone} frames");
                return ExitCode.Done;
            });
    }

    private static Command Earnings(CliContext context)
    {
        var node = Node();
        return new Command("earnings", "What the ledger paid for the node's claims, and what is still open.") { node }
            .WithExamples(
                ("videomesh miner earnings", "the node on the default port"),
                ("videomesh miner earnings --node http://127.0.0.1:4100 --json", "for scripts"))
            .Runs(context, async run =>
            {
                var report = await AskAsync<EarningsReport>(run, node, MinerStatus.EarningsPath);
                run.PrintJson(report);
                foreach (var claim in report.Settled)
                {
                    run.Print($"  block {claim.Height,-8} {claim.Verdict,-12} {claim.Segments,4} segments  {new Amount(claim.PaidNano)}{(claim.ForfeitedNano == 0 ? "" : $", lost {new Amount(claim.ForfeitedNano)}")}  job {claim.Escrow}");
                }

                foreach (var job in report.Open)
                {
                    run.Print($"  open           {(job.Acknowledged ? "accepted" : "at work"),-12} {job.Segments,4} segments  job {job.Escrow}");
                }

                run.Print($"paid     {new Amount(report.PaidNano)}, of which the ledger burnt its share{(report.ForfeitedNano == 0 ? "" : $"; lost {new Amount(report.ForfeitedNano)} of stake")}");
                return ExitCode.Done;
            });
    }

    private static Option<string> Node() => new("--node") { Description = "URL of the node, on this machine.", DefaultValueFactory = _ => "http://127.0.0.1:4100" };

    private static async Task<T> AskAsync<T>(CommandRun run, Option<string> option, string path)
        where T : class
    {
        var (node, cancellationToken) = (Urls.Parse("--node", run.Required(option)), run.Cancellation);
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false }) { Timeout = Patience, MaxResponseContentBufferSize = 1 << 20 };
        try
        {
            return await http.GetFromJsonAsync<T>(new Uri(node, path), JsonOutput.Options, cancellationToken)
                ?? throw new JsonException("It says nothing.");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new CommandFailure(ExitCode.NoNetworkOrMiner, "no-miner", $"No compute node of this machine answers at {node}; name it with --node URL.", e);
        }
    }
}
