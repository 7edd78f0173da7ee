using VideoMesh.Chain.Consensus;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Simulation;

/// <summary>How one seed went.</summary>
/// <param name="Failure">Null when every rule held and, once healed, heights went on.</param>
internal sealed record Outcome(Scenario Scenario, ulong Height, long Steps, long VirtualMilliseconds, FaultCounts Faults, string? Failure);

/// <summary>All nodes, their network and their auditor, run from one seed on one thread.</summary>
internal sealed class World
{
    public const string ChainId = "simulation";

    /// <summary>How long the healed network may take until all honest nodes have gone on.</summary>
    public const long PatienceMilliseconds = 600_000;

    private const long QuietMilliseconds = 20_000;

    private readonly List<SimNode> _nodes = [];
    private readonly Dictionary<ulong, HeightContext> _contexts = [];
    private readonly Dictionary<Address, int> _indices;

    public World(Scenario scenario, SimLedger ledger, Faulty faulty)
    {
        Scenario = scenario;
        Ledger = ledger;
        Faulty = faulty;
        Clock = new Clockwork(scenario.Seed);
        Network = new SimNetwork(scenario, Clock, Faults) { Deliver = (from, to, message) => _nodes[to].Receive(from, message), IsHostileTurn = IsHostileTurn };
        Auditor = new Auditor(this);
        _indices = scenario.Voters.Select((voter, index) => (voter.Address, index)).ToDictionary(pair => pair.Address, pair => pair.index);
        for (var index = 0; index < scenario.Voters.Count; index++)
        {
            _nodes.Add(scenario.Hostile.Contains(index) ? new HostileNode(this, index) : new SimNode(this, index, faulty.Rules));
        }
    }

    public static ConsensusTimeouts Timeouts { get; } =
        new(TimeSpan.FromMilliseconds(1500), TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(20));

    /// <summary>True time at the start, in milliseconds since 1970.</summary>
    public static long Epoch => 1_800_000_000_000;

    public static ulong ToleranceMilliseconds => 3000;

    public Scenario Scenario { get; }

    public SimLedger Ledger { get; }

    public Faulty Faulty { get; }

    public Clockwork Clock { get; }

    public FaultCounts Faults { get; } = new();

    public SimNetwork Network { get; }

    public Auditor Auditor { get; }

    /// <summary>What hostile nodes tell one another.</summary>
    public Conspiracy Conspiracy { get; } = new();

    private IEnumerable<SimNode> Honest => _nodes.Where(node => !Scenario.Hostile.Contains(node.Index));

    public static Outcome Run(Scenario scenario, Faulty? faulty = null)
    {
        var rules = faulty ?? Faulty.Nothing;
        SimLedger ledger = scenario.Plan is { } plan ? new RealLedger(ChainId, scenario, plan, rules.Ledger) : new ToyLedger(ChainId, scenario.Voters);
        return new World(scenario, ledger, rules).Run();
    }

    public int IndexOf(Address address) => _indices[address];

    public bool IsHonest(Address address) => _indices.TryGetValue(address, out var index) && !Scenario.Hostile.Contains(index);

    /// <summary>Called by each node that begins a height: all must know the same voters.</summary>
    public void Begins(HeightContext context)
    {
        _contexts.TryAdd(context.Height, context);
        Auditor.Demand(_contexts[context.Height].Voters.Hash == context.Voters.Hash, $"two sets of voters at height {context.Height}");
    }

    public UInt128 PowerAt(ulong height, int place) => _contexts[height].Voters.Voters[place].Clout.Nano;

    public UInt128 PowerAt(ulong height, Address voter) => _contexts[height].Voters.PowerOf(voter);

    public UInt128 TotalAt(ulong height) => _contexts[height].Voters.Total;

    private bool IsHostileTurn(ulong height, uint round) => _contexts.TryGetValue(height, out var context) && !IsHonest(context.Proposers.Of(round));

    private string? Unpunished() => Honest.Where(node => node.IsUp).Select(node => Ledger.Unpunished(node.Ledger)).FirstOrDefault(name => name is not null);

    private Outcome Run()
    {
        string? failure = null;
        try
        {
            _nodes.ForEach(node => node.Start());
            Trouble();
            Clock.After(Scenario.TroubleMilliseconds, Network.Heal);
            while (!Network.IsHealed && Clock.Step())
            {
            }

            var target = Math.Max(Scenario.Heights, Auditor.Highest + 2);
            var mayStop = Scenario.IsExactThird || Faulty.IsJudgedByForks;
            var deadline = Clock.Now + (mayStop ? QuietMilliseconds : PatienceMilliseconds);
            while ((Honest.Any(node => node.Height < target) || Unpunished() is not null) && Clock.Now < deadline && Clock.Step())
            {
            }

            Auditor.Demand(
                mayStop || Honest.All(node => node.Height >= target),
                $"healed for {PatienceMilliseconds / 1000} s, but heights are {string.Join(' ', Honest.Select(node => node.Height))} and not yet {target}");
            Auditor.Demand(mayStop || Unpunished() is null, $"healed for {PatienceMilliseconds / 1000} s, but nothing is burnt of {Unpunished()}");
        }
        catch (AuditException violation)
        {
            failure = violation.Message;
        }

        return new Outcome(Scenario, Auditor.Highest, Clock.Steps, Clock.Now, Faults, failure);
    }

    private void Trouble()
    {
        Often(Scenario.PartitionsPerMinute, Network.Split);
        Often(Scenario.CrashesPerMinute, () => _nodes[Clock.Random.Next(_nodes.Count)].Crash());
    }

    private void Often(double perMinute, Action action)
    {
        if (perMinute > 0)
        {
            Clock.After(-Math.Log(1 - Clock.Random.NextDouble()) * 60_000 / perMinute, () =>
            {
                if (!Network.IsHealed)
                {
                    action();
                    Often(perMinute, action);
                }
            });
        }
    }
}
