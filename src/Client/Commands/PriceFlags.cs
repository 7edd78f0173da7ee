using System.CommandLine;
using VideoMesh.Actors.Market;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Client.Commands;

/// <summary>What a compute node asks for its work.</summary>
internal sealed class PriceFlags
{
    private const string Auto = "auto";

    // Where a price that follows demand starts, and its ends, unless told otherwise: at the start a minute of 720p costs about a sixth of a VID.
    private static readonly Amount Start = new(100_000);
    private static readonly Amount Floor = new(1000);
    private static readonly Amount Ceiling = new(100_000_000);

    private readonly Option<string?> _price = new("--price")
    {
        Description = "What a compute node asks for a million ω of work, such as 100000nano; 'auto' follows demand: it undercuts while it idles and raises when it is full. Default 0: it works for nothing.",
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

    public (Amount Start, AutoPriceOptions? Auto) Read(CommandRun run)
    {
        var price = run.Value(_price) ?? "0";
        if (!string.Equals(price, Auto, StringComparison.OrdinalIgnoreCase))
        {
            return run.IsGiven(_floor) || run.IsGiven(_ceiling)
                ? throw CommandFailure.Usage("bounds-without-auto", "--min-price and --max-price bound a price that follows demand: give --price auto.")
                : (Prices.Parse("--price", price), null);
        }

        var floor = run.Value(_floor) is { } least ? Prices.Parse("--min-price", least) : Floor;
        var ceiling = run.Value(_ceiling) is { } most ? Prices.Parse("--max-price", most) : Ceiling;
        return floor > ceiling
            ? throw CommandFailure.Usage("bad-price", "--min-price is above --max-price.")
            : (Start, new AutoPriceOptions { Floor = floor, Ceiling = ceiling });
    }
}
