using System.CommandLine;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Client.Commands;

/// <summary>What a job asks of the market.</summary>
internal sealed class MarketFlags
{
    private readonly Option<string?> _maxPrice = new("--max-price") { Description = "The most to pay for a million ω of work, such as 100000nano. Without it only miners that ask nothing are taken." };
    private readonly Option<bool> _explain = new("--explain") { Description = "Say of each miner why it was chosen or not." };

    public void AddTo(Command command)
    {
        command.Options.Add(_maxPrice);
        command.Options.Add(_explain);
    }

    public Amount ReadMaxPrice(CommandRun run) => run.Value(_maxPrice) is { } text ? Prices.Parse("--max-price", text) : Amount.Zero;

    public bool Explains(CommandRun run) => run.Value(_explain);
}
