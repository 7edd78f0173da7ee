using System.CommandLine;
using System.Net;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Node;
using VideoMesh.Miners.Sandbox;

namespace VideoMesh.Client.Commands;

/// <summary><c>videomesh node</c>: run a node of the network until it is told to stop.</summary>
public static class NodeCommand
{
    public static Command Create(CliContext context)
    {
        var roles = new Option<string[]>("--role") { Description = "What this node does: compute. Without a role it only helps others to find each other.", AllowMultipleArgumentsPerToken = true };
        roles.AcceptOnlyFromAmong(NodeHost.ComputeRole);
        var network = new Option<string[]>("--network") { Description = "URL of any node of the network to join; may be given more than once. Without it this node is a first one." };
        var listen = new Option<string>("--listen") { Description = "ADDRESS:PORT to listen on; port 0 takes a free one.", DefaultValueFactory = _ => "0.0.0.0:4100" };
        var publicUrl = new Option<string?>("--public-url") { Description = "URL at which others reach this node. Without it, a node that listens on loopback announces that, any other is outbound only." };
        var data = new Option<string?>("--data") { Description = "Folder for the node's key and its content store." };
        var storeBytes = new Option<long>("--store-bytes") { Description = "Budget of the content store in bytes.", DefaultValueFactory = _ => 64L << 30 };
        var slots = new Option<int>("--slots") { Description = "Segments encoded at a time.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var name = new Option<string>("--name") { Description = "A label for people.", DefaultValueFactory = _ => Dns.GetHostName() };
        var drain = new Option<int>("--drain-seconds") { Description = "After SIGTERM, how long running segments may take to finish before they are handed back.", DefaultValueFactory = _ => 60 };
        var chain = new Option<string>("--chain") { Description = "Nodes of different chains do not link.", DefaultValueFactory = _ => MeshNodeOptions.DefaultChainId };
        var readyFile = new Option<string?>("--ready-file") { Hidden = true };
        var exitWithStdin = new Option<bool>("--exit-with-stdin") { Hidden = true };
        var sandbox = new SandboxFlags();
        var wallet = new WalletFlags("The wallet whose account this node is. Without it the node has a key of its own in its data folder.");

        var command = new Command("node", "Run a node: earn with idle cores, or help others to find each other.")
        {
            roles, network, listen, publicUrl, data, storeBytes, slots, name, drain, chain, readyFile, exitWithStdin,
        };
        sandbox.AddTo(command);
        wallet.AddTo(command);
        return command
            .WithExamples(
                ("videomesh node --role compute --network http://seed.example.net:4100", "earn with idle cores"),
                ("videomesh node --role compute --wallet me --password-file pw.txt --network http://seed.example.net:4100", "earn into a wallet"),
                ("videomesh node --listen 0.0.0.0:4100 --public-url http://seed.example.net:4100", "be the first node of a network"),
                ("videomesh node --role compute --network http://127.0.0.1:4100 --slots 2 --ffmpeg /opt/ffmpeg/bin/ffmpeg", "two segments at a time, another ffmpeg"))
            .Runs(context, async run =>
            {
                var folders = new UserFolders(run.Environment);
                var options = new NodeHostOptions
                {
                    Name = run.Required(name),
                    Roles = [.. (run.Value(roles) ?? []).Distinct(StringComparer.Ordinal)],
                    Seeds = [.. (run.Value(network) ?? []).Select(text => Urls.Parse("--network", text))],
                    Listen = ParseListen(run.Required(listen)),
                    PublicUrl = run.Value(publicUrl) is { } url ? Urls.Parse("--public-url", url) : null,
                    Data = run.FullPath(run.Value(data) ?? Path.Combine(folders.State, "node")),
                    StoreBytes = run.Required(storeBytes),
                    Slots = run.Required(slots) is > 0 and <= 1024 and var s ? s : throw CommandFailure.Usage("bad-slots", "--slots must be between 1 and 1024."),
                    DrainLimit = TimeSpan.FromSeconds(Math.Max(0, run.Required(drain))),
                    ChainId = run.Required(chain),
                    Sandbox = sandbox.Read(run),
                    CacheFolder = folders.Cache,
                };
                var key = wallet.Open(run) ?? KeyFile.LoadOrCreate(Path.Combine(options.Data, "node.key"));
                await using var host = await NodeHost.StartAsync(options, key, run.Time, run.Note, run.Cancellation);
                if (run.Value(readyFile) is { } path)
                {
                    host.Info.WriteTo(path);
                }

                run.PrintJson(host.Info);
                run.Note($"{host.Info.Name} ({host.Info.Address}) is up at {host.Info.Url}");
                await host.RunAsync(run.Value(exitWithStdin) ? run.In : null, run.Cancellation);
                return ExitCode.Done;
            });
    }

    private static IPEndPoint ParseListen(string text) =>
        IPEndPoint.TryParse(text, out var endPoint) && text.Contains(':', StringComparison.Ordinal)
            ? endPoint
            : throw CommandFailure.Usage("bad-listen", $"--listen wants ADDRESS:PORT with a numeric address, such as 0.0.0.0:4100, not '{text}'.");
}
