using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json;
using VideoMesh.Client.Node;
using VideoMesh.Client.Rendering;

namespace VideoMesh.Client.Commands;

/// <summary><c>videomesh miner</c>: how a compute node of this machine does.</summary>
public static class MinerCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Command Create(CliContext context) =>
        new Command("miner", "How a compute node of this machine does.") { Status(context) }
            .WithExamples(("videomesh miner status --node http://127.0.0.1:4100", "slots, price, peers, what it did"));

    private static Command Status(CliContext context)
    {
        var node = new Option<string>("--node") { Description = "URL of the node, on this machine.", DefaultValueFactory = _ => "http://127.0.0.1:4100" };
        return new Command("status", "Slots, price, peers, and what it did since it started.") { node }
            .WithExamples(
                ("videomesh miner status", "the node on the default port"),
                ("videomesh miner status --node http://127.0.0.1:4100 --json", "for scripts"))
            .Runs(context, async run =>
            {
                var report = await AskAsync(Urls.Parse("--node", run.Required(node)), run.Cancellation);
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

    private static async Task<MinerReport> AskAsync(Uri node, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false }) { Timeout = Patience, MaxResponseContentBufferSize = 1 << 20 };
        try
        {
            return await http.GetFromJsonAsync<MinerReport>(new Uri(node, MinerStatus.StatusPath), JsonOutput.Options, cancellationToken)
                ?? throw new JsonException("It says nothing.");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new CommandFailure(ExitCode.NoNetworkOrMiner, "no-miner", $"No compute node of this machine answers at {node}; name it with --node URL.", e);
        }
    }
}
