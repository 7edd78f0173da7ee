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
        var roles = new Option<string[]>("--role") { Description = "What this node does: compute, storage, verifier. Without a role it only helps others to find each other.", AllowMultipleArgumentsPerToken = true };
        roles.AcceptOnlyFromAmong(NodeHost.ComputeRole, NodeHost.StorageRole, NodeHost.VerifierRole);
        var network = new Option<string[]>("--network") { Description = "URL of any node of the network to join; may be given more than once. Without it this node is a first one." };
        var listen = new Option<string>("--listen") { Description = "ADDRESS:PORT to listen on; port 0 takes a free one.", DefaultValueFactory = _ => "0.0.0.0:4100" };
        var publicUrl = new Option<string?>("--public-url") { Description = "URL at which others reach this node. Without it, a node that listens on loopback announces that, any other is outbound only." };
        var data = new Option<string?>("--data") { Description = "Folder for the node's key and its content store." };
        var storeBytes = new Option<long>("--store-bytes") { Description = "Budget of the content store in bytes.", DefaultValueFactory = _ => 64L << 30 };
        var slots = new Option<int>("--slots") { Description = "Segments encoded at a time.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var name = new Option<string>("--name") { Description = "A label for people.", DefaultValueFactory = _ => Dns.GetHostName() };
        var drain = new Option<int>("--drain-seconds") { Description = "After SIGTERM, how long running segments may take to finish before they are handed back.", DefaultValueFactory = _ => 60 };
        var chain = new Option<string?>("--chain") { Description = "Nodes of different chains do not link. Without it: the chain of the network to join." };
        var ledger = new LedgerFlags();
        var readyFile = new Option<string?>("--ready-file") { Hidden = true };
        var exitWithStdin = new Option<bool>("--exit-with-stdin") { Hidden = true };
        var storage = new StorageFlags();
        var sandbox = new SandboxFlags();
        var prices = new PriceFlags();
        var wallet = new WalletFlags("The wallet whose account this node is. Without it the node has a key of its own in its data folder.");

        var command = new Command("node", "Run a node: earn with idle cores, or help others to find each other.")
        {
            roles, network, listen, publicUrl, data, storeBytes, slots, name, drain, chain, readyFile, exitWithStdin,
        };
        ledger.AddTo(command);
        storage.AddTo(command);
        sandbox.AddTo(command);
        prices.AddTo(command);
        wallet.AddTo(command);
        return command
            .WithExamples(
                ("videomesh node --role compute --network http://seed.example.net:4100", "earn with idle cores"),
                ("videomesh node --role compute --wallet me --password-file pw.txt --network http://seed.example.net:4100", "earn into a wallet"),
                ("videomesh node --role storage --capacity 200GiB --network http://seed.example.net:4100 --public-url http://me.example.net:4100", "give disk space"),
                ("videomesh node --role compute --price auto --min-price 20000nano --network http://seed.example.net:4100", "a price that follows demand, and never falls below what the power costs"),
                ("videomesh node --listen 0.0.0.0:4100 --public-url http://seed.example.net:4100", "be the first node of a network"),
                ("videomesh node --role compute --network http://127.0.0.1:4100 --slots 2 --ffmpeg /opt/ffmpeg/bin/ffmpeg", "two segments at a time, another ffmpeg"),
                ("videomesh node --role verifier --genesis genesis.json --network http://seed.example.net:4100 --public-url http://me.example.net:4100 --restake 25%", "vote on blocks, and bond a quarter of what that earns"))
            .Runs(context, async run =>
            {
                var folders = new UserFolders(run.Environment);
                var genesis = ledger.ReadGenesis(run);
                var isStorage = (run.Value(roles) ?? []).Contains(NodeHost.StorageRole, StringComparer.Ordinal);
                var price = prices.Read(run);
                IReadOnlyList<Uri> seeds = [.. (run.Value(network) ?? []).Select(text => Urls.Parse("--network", text))];
                var options = new NodeHostOptions
                {
                    Name = run.Required(name),
                    Roles = [.. (run.Value(roles) ?? []).Distinct(StringComparer.Ordinal)],
                    Seeds = seeds,
                    Listen = ParseListen(run.Required(listen)),
                    PublicUrl = run.Value(publicUrl) is { } url ? Urls.Parse("--public-url", url) : null,
                    Data = run.FullPath(run.Value(data) ?? Path.Combine(folders.State, "node")),
                    StoreBytes = run.Required(storeBytes),
                    Slots = run.Required(slots) is > 0 and <= 1024 and var s ? s : throw CommandFailure.Usage("bad-slots", "--slots must be between 1 and 1024."),
                    Price = price.Start,
                    AutoPrice = price.Auto,
                    DrainLimit = TimeSpan.FromSeconds(Math.Max(0, run.Required(drain))),
                    ChainId = genesis?.Parameters.ChainId ?? run.Value(chain) ?? await ChainOfAsync(seeds, run),
                    Genesis = genesis,
                    Ledger = ledger.ReadLedger(run),
                    Pool = ledger.ReadPool(run),
                    Storage = storage.Read(run, isStorage),
                    Repair = storage.ReadRepair(run),
                    Sandbox = sandbox.Read(run),
                    CacheFolder = folders.Cache,
                };
                RequireForVerifier(options);
                if (isStorage && options.PublicUrl is null && !IPAddress.IsLoopback(options.Listen.Address))
                {
                    throw CommandFailure.Usage("storage-needs-url", "A storage miner needs --public-url: blocks are put to it and fetched from there.");
                }

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

    // A seed that does not answer yet may come later: as before there were chains, its network is taken for the default one.
    private static async Task<string> ChainOfAsync(IReadOnlyList<Uri> seeds, CommandRun run)
    {
        foreach (var seed in seeds)
        {
            try
            {
                return await NodeStatus.ChainOfAsync(seed, run.Cancellation);
            }
            catch (CommandFailure e)
            {
                run.Warn($"{e.Message} Without --chain this node takes the chain for {MeshNodeOptions.DefaultChainId}.");
            }
        }

        return MeshNodeOptions.DefaultChainId;
    }

    private static void RequireForVerifier(NodeHostOptions options)
    {
        if (!options.Roles.Contains(NodeHost.VerifierRole, StringComparer.Ordinal))
        {
            return;
        }

        if (options.Genesis is null)
        {
            throw CommandFailure.Usage("verifier-needs-genesis", "A verifier needs --genesis FILE: it says where the chain begins.");
        }

        if (options.PublicUrl is null && !IPAddress.IsLoopback(options.Listen.Address))
        {
            throw CommandFailure.Usage("verifier-needs-url", "A verifier needs --public-url: the others fetch its blocks from there.");
        }
    }

    private static IPEndPoint ParseListen(string text) =>
        IPEndPoint.TryParse(text, out var endPoint) && text.Contains(':', StringComparison.Ordinal)
            ? endPoint
            : throw CommandFailure.Usage("bad-listen", $"--listen wants ADDRESS:PORT with a numeric address, such as 0.0.0.0:4100, not '{text}'.");
}
