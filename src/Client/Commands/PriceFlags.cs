using System.CommandLine;
using VideoMesh.Actors.Market;
using VideoMesh.Chain.Primitives;
using VideoMesh.Client.Node;

namespace VideoMesh.Client.Commands;

/// <summary>What a compute node asks for its work.</summary>
internal sealed class PriceFlags
{
    private const string Auto = "auto";

    // The ends of a price that follows demand, unless told otherwise.
    private static readonly Amount Floor = new(1000);
    private static readonly Amount Ceiling = new(100_000_000);

    private readonly Option<string?> _price = new("--price")
    {
        Description = "What a compute node asks for a million ω of work, such as 100000nano; 'auto' follows demand: it undercuts while it idles and raises when it is full. Default: 100000nano, or nothing on a network without a ledger.",
    };

    private readonly Option<string?> _floor = new("--min-price") { Description = "With --price auto: never ask less. Default 1000nano." };
    private readonly Option<string?> _ceiling = new("--max-price") { Description = "With --price auto: never ask more. Default 100000000nano." };

    public void AddTo(Command command)
    {
        command.Options.Add(_price);
        command.Options.Add(_floor);
        command.Options.Add(_ceiling);
    }

    /// <summary>The same choice as arguments for nodes that this command starts.</summary>
    public IEnumerable<string> Arguments(CommandRun run)
    {
        _ = Read(run);
        return new[] { _price, _floor, _ceiling }.Where(run.IsGiven).SelectMany(option => new[] { option.Name, run.Value(option)! });
    }

    public (Amount? Start, AutoPriceOptions? Auto) Read(CommandRun run)
    {
        var price = run.Value(_price);
        if (!string.Equals(price, Auto, StringComparison.OrdinalIgnoreCase))
        {
            return run.IsGiven(_floor) || run.IsGiven(_ceiling)
                ? throw CommandFailure.Usage("bounds-without-auto", "--min-price and --max-price bound a price that follows demand: give --price auto.")
                : (price is null ? null : Prices.Parse("--price", price), null);
        }

        var floor = run.Value(_floor) is { } least ? Prices.Parse("--min-price", least) : Floor;
        var ceiling = run.Value(_ceiling) is { } most ? Prices.Parse("--max-price", most) : Ceiling;
        return floor > ceiling
            ? throw CommandFailure.Usage("bad-price", "--min-price is above --max-price.")
            : (NodeHostOptions.DefaultPrice, new AutoPriceOptions { Floor = floor, Ceiling = ceiling });
    }
}
