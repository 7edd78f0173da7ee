using System.CommandLine;
using System.Text.Json;
using VideoMesh.Client.Rendering;
using VideoMesh.Miners.Storage;

namespace VideoMesh.Client.Commands.Store;

/// <summary><c>videomesh store stat</c>, which asks miners, and <c>store verify</c>, which does not believe them.</summary>
internal static class StoreStat
{
    private const int MostStripesDrawn = 64;

    public static Command Create(CliContext context) => Create(
        context, "stat", "How well an object is, as its miners say: each block of each stripe.", "what miners say", (_, _, found) => Task.FromResult(found));

    public static Command CreateVerify(CliContext context) => Create(
        context,
        "verify",
        "Fetch every block of an object from its miners and check its hash.",
        "takes no miner's word",
        async (run, client, found) =>
        {
            var total = found.Holdings.Sum(holding => found.Manifest.Blocks.Select((block, number) => holding.Has(number) ? (long)block.Bytes : 0).Sum());
            await using var progress = TransferProgress.Open(run, "checking", total);
            return await new ObjectCheck(client.Transfers, progress.Add).RunAsync(found, run.Cancellation);
        });

    private static Command Create(CliContext context, string name, string description, string purpose, Func<CommandRun, Node.StoreClient, FoundObject, Task<FoundObject>> look)
    {
        var id = StoreCommand.Id();
        var network = new NetworkFlags();
        var command = new Command(name, description) { id };
        network.AddTo(command);
        return command
            .WithExamples(($"videomesh store {name} ID", purpose), ($"videomesh store {name} ID --json", "for scripts"))
            .Runs(context, async run =>
            {
                var hash = StoreCommand.ReadId(run.Required(id));
                await using var client = await StoreCommand.OpenAsync(run, network, needed: 1);
                var found = await look(run, client, await StoreCommand.FindAsync(client, run, hash));
                var health = found.Health;
                if (health.Health == Health.Lost)
                {
                    var lost = health.Stripes.Select((stripe, number) => (stripe, number)).Where(pair => pair.stripe.Health == Health.Lost).Select(pair => pair.number).ToList();
                    Draw(run, found, health);
                    throw new CommandFailure(
                        ExitCode.JobFailed, "bytes-lost", $"{lost.Count} of {health.Stripes.Length} stripes have lost more blocks than parity can make up for: {List(lost)}; `store get` still brings what is left.")
                    {
                        Result = Result(found, health),
                    };
                }

                run.PrintJson(Result(found, health));
                Draw(run, found, health);
                return ExitCode.Done;
            });
    }

    private static object Result(FoundObject found, ObjectHealth health) => new
    {
        Id = found.Id.ToString(),
        Health = Name(health.Health),
        found.Manifest.Name,
        found.Manifest.Bytes,
        found.Manifest.Segments,
        K = found.Manifest.Data,
        M = found.Manifest.Parity,
        Stripes = health.Stripes.Select(stripe => new
        {
            Health = Name(stripe.Health),
            Blocks = stripe.Blocks.Select(block => new { Miner = block.Miner?.ToString(), State = Name(block.State) }),
        }),
    };

    private static void Draw(CommandRun run, FoundObject found, ObjectHealth health)
    {
        run.Print($"{Units.Clean(found.Manifest.Name, 60)}  {Units.Bytes(found.Manifest.Bytes)}  {found.Manifest.Data} + {found.Manifest.Parity}  {Name(health.Health)}");
        var drawn = health.Stripes.Select((stripe, number) => (stripe, number)).OrderByDescending(pair => pair.stripe.Health).ThenBy(pair => pair.number).Take(MostStripesDrawn).OrderBy(pair => pair.number).ToList();
        foreach (var (stripe, number) in drawn)
        {
            run.Print($"  {number,6}  {Picture(stripe)}  {(stripe.Health == Health.Ok ? "" : Name(stripe.Health))}".TrimEnd());
        }

        if (drawn.Count < health.Stripes.Length)
        {
            run.Print($"  … and {health.Stripes.Length - drawn.Count} more stripes, none of them worse");
        }

        run.Print("  ■ ok  □ missing  ✗ corrupt; data │ parity");
    }

    private static string Picture(StripeHealth stripe)
    {
        var signs = stripe.Blocks.Select(block => block.State switch { BlockState.Ok => '■', BlockState.Corrupt => '✗', _ => '□' }).ToArray();
        return $"{new string(signs[..stripe.Data])}│{new string(signs[stripe.Data..])}";
    }

    private static string List(List<int> numbers) => string.Join(", ", numbers.Take(12)) + (numbers.Count > 12 ? ", …" : "");

    private static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
