using VideoMesh.Chain.Primitives;

namespace VideoMesh.Actors.Market;

/// <summary>Between what a miner's price moves, and how far at a time.</summary>
public sealed record AutoPriceOptions
{
    /// <summary>Never below: what the power costs. For a million ω.</summary>
    public required Amount Floor { get; init; }

    /// <summary>Never above. For a million ω.</summary>
    public required Amount Ceiling { get; init; }

    /// <summary>How far it falls in one period, in percent, and at least by one nano-VID. Default 5.</summary>
    public int FallPercent { get; init; } = 5;

    /// <summary>… and rises. Default 2: were it as fast as falling, the prices of miners that take turns at being full would drift anywhere together.</summary>
    public int RisePercent { get; init; } = 2;

    /// <summary>With at least this share of the slots busy it raises, in percent. Default 90.</summary>
    public int FullPercent { get; init; } = 90;

    /// <summary>With less than this share busy although work was on offer it undercuts, in percent. Default 60.</summary>
    public int IdlePercent { get; init; } = 60;
}

/// <summary>A price that follows demand. Pure: one step a period.</summary>
public sealed record AutoPrice
{
    private AutoPrice(AutoPriceOptions options, Amount price) => (Options, Price) = (options, price);

    public AutoPriceOptions Options { get; }

    /// <summary>For a million ω.</summary>
    public Amount Price { get; private init; }

    /// <param name="start">Moved to between floor and ceiling.</param>
    /// <exception cref="ArgumentException">The floor is above the ceiling.</exception>
    public static AutoPrice Create(AutoPriceOptions options, Amount start)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Floor > options.Ceiling
            ? throw new ArgumentException("The floor of a price is above its ceiling.", nameof(options))
            : new AutoPrice(options, Bounded(options, start.Nano));
    }

    /// <summary>What a period was like. With nothing on offer the price stays: cheaper would sell no more.</summary>
    /// <param name="busyPercent">Of the slots, over the period.</param>
    /// <param name="offers">Offers heard in it.</param>
    public AutoPrice Observe(int busyPercent, int offers)
    {
        return busyPercent >= Options.FullPercent ? Moved(Options.RisePercent, up: true)
            : busyPercent < Options.IdlePercent && offers > 0 ? Moved(Options.FallPercent, up: false)
            : this;
    }

    private AutoPrice Moved(int percent, bool up)
    {
        var step = Math.Max(1, Price.Share((ulong)percent, 100).Nano);
        return this with { Price = Bounded(Options, up ? Price.Nano + Math.Min(step, ulong.MaxValue - Price.Nano) : Price.Nano - Math.Min(step, Price.Nano)) };
    }

    private static Amount Bounded(AutoPriceOptions options, ulong nano) => new(Math.Clamp(nano, options.Floor.Nano, options.Ceiling.Nano));
}
