namespace VideoMesh.Simulation;

/// <summary>The network: in trouble it delays, drops, duplicates, reorders and splits; healed, it delivers everything within a tenth of a second.</summary>
internal sealed class SimNetwork(Scenario scenario, Clockwork clock, FaultCounts faults)
{
    private const int CalmMilliseconds = 100;

    private int[]? _sides;

    public required Action<int, int, SimMessage> Deliver { get; init; }

    public bool IsHealed { get; private set; }

    public void Heal()
    {
        IsHealed = true;
        _sides = null;
    }

    /// <summary>Splits the nodes into two or three sides that cannot reach each other, for a while.</summary>
    public void Split()
    {
        if (IsHealed)
        {
            return;
        }

        faults.Add("partition");
        var sides = clock.Random.Next(2, 4);
        _sides = [.. scenario.Voters.Select(_ => clock.Random.Next(sides))];
        var mine = _sides;
        clock.After(clock.Random.Next(1000, 15_000), () => _sides = _sides == mine ? null : _sides);
    }

    public void Send(int from, int to, SimMessage message)
    {
        if (IsHealed)
        {
            clock.After(clock.Random.Next(1, CalmMilliseconds), () => Deliver(from, to, message));
            return;
        }

        if (_sides is { } sides && sides[from] != sides[to])
        {
            faults.Add("message across a partition");
            return;
        }

        if (clock.Chance(scenario.Drop))
        {
            faults.Add("dropped message");
            return;
        }

        clock.After(Delay(), () => Deliver(from, to, message));
        if (clock.Chance(scenario.Duplicate))
        {
            faults.Add("duplicated message");
            clock.After(Delay(), () => Deliver(from, to, message));
        }
    }

    // mostly quick, now and then as slow as it gets: later messages overtake
    private double Delay()
    {
        var share = clock.Random.NextDouble();
        return 1 + (scenario.SlowestMilliseconds * share * share * share);
    }
}
