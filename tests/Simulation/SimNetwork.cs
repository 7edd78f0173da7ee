using VideoMesh.Chain.Consensus;

namespace VideoMesh.Simulation;

/// <summary>The network: in trouble it delays, drops, duplicates, reorders and splits; healed, it delivers everything within a tenth of a second.</summary>
internal sealed class SimNetwork(Scenario scenario, Clockwork clock, FaultCounts faults)
{
    private const int CalmMilliseconds = 100;
    private const int KeptMilliseconds = 6000;

    // percent of nodes
    private static readonly int[] Prevotes = [0, 20, 30, 70];
    private static readonly int[] Finals = [0, 90, 100, 100];

    private int[]? _sides;

    public required Action<int, int, SimMessage> Deliver { get; init; }

    /// <summary>Whether a hostile node proposes in a round.</summary>
    public required Func<ulong, uint, bool> IsHostileTurn { get; init; }

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

        if (scenario.IsCruel && !scenario.Hostile.Contains(to) && IsKeptFrom(to, message))
        {
            faults.Add("message kept from a node");
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

    // In the rounds of honest proposers, prevotes are kept from some nodes or most, whichever way they come, so that some lock and others do not; and the few who learn
    // that a block is final are not heard for some seconds. The rounds of hostile proposers pass undisturbed.
    private bool IsKeptFrom(int to, SimMessage message) => message switch
    {
        SimMessage.Consensus { Message: ConsensusMessage.OfVote { Vote: { Step: VoteStep.Prevote } vote } } =>
            !IsHostileTurn(vote.Height, vote.Round) && IsChosen(to, scenario.Mix(vote.Height, vote.Round), Prevotes),
        SimMessage.Consensus { Message: ConsensusMessage.OfFinal { Final.Certificate: var certificate } } =>
            IsChosen(to, scenario.Mix(certificate.Height, (ulong)(clock.Now / KeptMilliseconds)), Finals),
        _ => false,
    };

    private bool IsChosen(int node, ulong choice, int[] percents) =>
        scenario.Mix(choice, (ulong)node) % 100 < (ulong)percents[(int)(choice % (ulong)percents.Length)];
}
