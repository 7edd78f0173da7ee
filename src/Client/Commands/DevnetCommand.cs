using System.CommandLine;
using VideoMesh.Client.Node;

namespace VideoMesh.Client.Commands;

/// <summary><c>videomesh devnet</c>: a network of real processes on this machine.</summary>
public static class DevnetCommand
{
    private const int DefaultCompute = 2;
    private const int DefaultVerifiers = 4;
    private const int MostNodes = 64;

    public static Command Create(CliContext context) =>
        new Command("devnet", "Run a network of real processes on this machine, one for each user.") { Up(context), Status(context), Down(context) }
            .WithExamples(
                ("videomesh devnet up --compute 2", "start it"),
                ("videomesh devnet status", "what runs"),
                ("videomesh devnet down", "end it"));

    private static Command Up(CliContext context)
    {
        var compute = new Option<int?>("--compute") { Description = $"Compute miners. Default {DefaultCompute}, or 0 if another role is asked for." };
        var verifiers = new Option<int?>("--verifiers") { Description = $"Verifiers, which keep a chain of their own. Default {DefaultVerifiers}, or 0 if another role is asked for." };
        var storage = new Option<int?>("--storage") { Description = "Storage miners. Default 0." };
        var noRepair = StorageFlags.NoRepair();
        var sandbox = new SandboxFlags();
        var prices = new PriceFlags();
        var command = new Command("up", "Start the processes; returns when all are ready.") { compute, verifiers, storage, noRepair };
        sandbox.AddTo(command);
        prices.AddTo(command);
        return command
            .WithExamples(
                ("videomesh devnet up --compute 2 --json", "and print where it is as JSON"),
                ("videomesh devnet up --verifiers 4 --compute 2", "with a chain that four verifiers keep"),
                ("videomesh devnet up --storage 8", "eight storage miners, for `store put`"))
            .Runs(context, async run =>
            {
                var isPlain = run.Value(compute) is null && run.Value(verifiers) is null && run.Value(storage) is null;
                var size = new DevnetSize(
                    Count(run, compute, isPlain ? DefaultCompute : 0), Count(run, verifiers, isPlain ? DefaultVerifiers : 0), Count(run, storage, 0), Repairs: !run.Value(noRepair));
                var devnet = await new Devnet(new UserFolders(run.Environment), run.Time).UpAsync(size, [.. sandbox.Arguments(run), .. prices.Arguments(run)], run.Note, run.Cancellation);
                run.PrintJson(devnet);
                run.Print($"devnet is up: --network {devnet.Network}");
                if (devnet.Faucet is { } faucet)
                {
                    run.Print($"coins to give away: --wallet {faucet}");
                }

                return ExitCode.Done;
            });
    }

    private static int Count(CommandRun run, Option<int?> option, int usual) => (run.Value(option) ?? usual) is >= 0 and <= MostNodes and var count
        ? count
        : throw CommandFailure.Usage($"bad-{option.Name.TrimStart('-')}", $"{option.Name} must be from 0 to {MostNodes}.");

    private static Command Status(CliContext context) =>
        new Command("status", "Print what runs.")
            .WithExamples(("videomesh devnet status --json", "for scripts"))
            .Runs(context, run =>
            {
                var devnet = Find(run);
                var nodes = devnet.Nodes.Select(n => new { n.Name, n.Pid, n.Url, n.Roles, n.Address, Alive = NodeProcess.IsAlive(n.Pid) }).ToList();
                run.PrintJson(new { devnet.Network, Nodes = nodes, Seed = new { devnet.Seed.Pid, devnet.Seed.Url, Alive = NodeProcess.IsAlive(devnet.Seed.Pid) } });
                run.Print($"network {devnet.Network}" + (NodeProcess.IsAlive(devnet.Seed.Pid) ? "" : " (its seed process is dead; nodes stay linked)"));
                foreach (var node in nodes)
                {
                    run.Print($"  {node.Name,-12} {(node.Alive ? "up" : "dead"),-5} pid {node.Pid,-8} {node.Url} {node.Address}");
                }

                return Task.FromResult(ExitCode.Done);
            });

    private static Command Down(CliContext context) =>
        new Command("down", "End the processes; returns when every one is dead.")
            .WithExamples(("videomesh devnet down", "end it"))
            .Runs(context, async run =>
            {
                var wasUp = await new Devnet(new UserFolders(run.Environment), run.Time).DownAsync();
                run.PrintJson(new { Status = wasUp ? "down" : "was-down" });
                run.Print(wasUp ? "devnet is down" : "no devnet was up");
                return ExitCode.Done;
            });

    private static DevnetInfo Find(CommandRun run) =>
        new Devnet(new UserFolders(run.Environment), run.Time).Find() is { } devnet && Devnet.IsUp(devnet)
            ? devnet
            : throw new CommandFailure(ExitCode.NoNetworkOrMiner, "devnet-is-down", "No devnet is up; `videomesh devnet up` starts one.");
}
