using System.Collections.Immutable;
using VideoMesh.Actors.Client;
using VideoMesh.Actors.Market;
using VideoMesh.Actors.Mesh;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Media;

namespace VideoMesh.TestKit;

/// <summary>A miner that exists only in virtual time.</summary>
/// <param name="Announced">Frames a second of one slot, as it says.</param>
/// <param name="Actual">… and as it is.</param>
public sealed record SimulatedMiner(int Slots, double Announced, double Actual)
{
    /// <summary>Chance that a segment fails.</summary>
    public double Fails { get; init; }

    /// <summary>Chance that a segment hangs for ever.</summary>
    public double Hangs { get; init; }

    /// <summary>Its link goes down at this time and stays down.</summary>
    public TimeSpan? DiesAt { get; init; }

    /// <summary>What it asks for a million ω.</summary>
    public Amount Price { get; init; }

    /// <summary>It says everything twice.</summary>
    public bool Stutters { get; init; }
}

/// <summary>What came of a simulated job.</summary>
/// <param name="Makespan">Virtual time from the first segment to the end.</param>
/// <param name="Assignments">Tries that were handed out.</param>
/// <param name="MostTries">Most tries of one segment.</param>
public sealed record SimulatedJob(JobState Job, TimeSpan Makespan, int Assignments, int MostTries);

/// <summary>Runs the real job code, <see cref="JobState"/>, against simulated miners in virtual time. The same seed gives the same run.</summary>
public sealed class ScheduleSimulation
{
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(20);

    private readonly PriorityQueue<Action, (TimeSpan At, long Order)> _agenda = new();
    private readonly Dictionary<Address, Miner> _miners = [];
    private readonly Random _random;
    private JobState _job;
    private TimeSpan _now;
    private long _order;
    private int _assignments;

    private ScheduleSimulation(int seed, ClientOptions options)
    {
        _random = new Random(seed);
        var profile = new Profile("simulated", TimeSpan.FromSeconds(4), [new ProfileRendition("720p", VideoCodec.H264, 720, 23, "medium")], new AudioSettings(AudioCodec.None, 0), [OutputKind.Mp4]);
        var spec = new JobSpec("simulated", "/in.mp4", 1, 1, profile, "/out", null, 0);
        _job = JobState.Restore([new JobEvent.Created(spec)], options, dialable: true);
    }

    /// <summary>The one rendition of a simulated job.</summary>
    public static RenditionSpec Rendition { get; } = new()
    {
        Name = "720p",
        Codec = VideoCodec.H264,
        Width = 1280,
        Height = 720,
        Crf = 23,
        Preset = "medium",
        PixelFormat = "yuv420p",
        FrameRate = new Rational(25, 1),
    };

    /// <summary>The address of the simulated miner of that number.</summary>
    public static Address AddressOf(int number)
    {
        var bytes = new byte[Address.Size];
        BitConverter.TryWriteBytes(bytes.AsSpan(16), number + 1);
        return new Address(bytes);
    }

    /// <summary>What that miner announces.</summary>
    public static Announcement Announce(int number, int slots, double framesPerSecond) => new(
        AddressOf(number),
        new NodeProfile
        {
            Roles = ["compute"],
            Slots = slots,
            PixelsPerSecond = ImmutableSortedDictionary<string, long>.Empty.Add("h264", (long)(framesPerSecond * Rendition.Width * Rendition.Height)),
        },
        1,
        DateTimeOffset.MaxValue);

    /// <param name="frames">Frames of each segment.</param>
    public static SimulatedJob Run(int seed, IReadOnlyList<SimulatedMiner> miners, ImmutableArray<int> frames, ClientOptions? options = null)
    {
        var simulation = new ScheduleSimulation(seed, options ?? new ClientOptions());
        return simulation.Run(miners, frames);
    }

    private SimulatedJob Run(IReadOnlyList<SimulatedMiner> miners, ImmutableArray<int> frames)
    {
        for (var i = 0; i < miners.Count; i++)
        {
            _miners.Add(AddressOf(i), new Miner(miners[i]));
            Carry(_job.PeerUp(Announce(i, miners[i].Slots, miners[i].Announced), _now));
            if (miners[i].DiesAt is { } at)
            {
                var address = AddressOf(i);
                After(at, () =>
                {
                    _miners[address].Dead = true;
                    Carry(_job.PeerDown(address, _now));
                });
            }
        }

        Carry(_job.Plan(frames, [Rendition], _now));
        for (var i = 0; i < frames.Length; i++)
        {
            Carry(_job.Extracted(i, _now));
        }

        Tick();
        while (_job.Outcome is null && _agenda.TryDequeue(out var next, out var when))
        {
            _now = when.At;
            next();
        }

        return new SimulatedJob(_job, _now, _assignments, _miners.Values.SelectMany(m => m.Tries).GroupBy(a => a.Segment).Max(g => g.Count()));
    }

    private void Tick() => After(TimeSpan.FromSeconds(1), () =>
    {
        Carry(_job.Tick(_now));
        Tick();
    });

    private void Carry(Decision decision)
    {
        _job = decision.State;
        foreach (var effect in decision.Effects)
        {
            switch (effect)
            {
                case JobEffect.Assignment { Effect: AssignmentEffect.Assign assign }:
                    _assignments++;
                    After(Latency, () => Take(assign.Attempt, assign.Miner));
                    break;
                case JobEffect.Assignment { Effect: AssignmentEffect.Release release }:
                    After(Latency, () => Drop(release.Attempt, release.Miner));
                    break;
                case JobEffect.Offer offer:
                    Carry(_job.Offered(offer.Miner, Hash256.Zero, MinerStanding.Unknown, _now));
                    After(2 * Latency, () => Bid(offer.Miner));
                    break;
                case JobEffect.Check check:
                    After(Latency, () => Carry(_job.Checked(check, _now)));
                    break;
                case JobEffect.Join:
                    Carry(_job.End(new JobOutcome(JobStatus.Completed, JobReason.None, "")));
                    break;
            }
        }
    }

    private void Bid(Address address)
    {
        var miner = _miners[address];
        if (!miner.Dead)
        {
            var head = new MarketHead("simulated", address, (ulong)_order, DateTimeOffset.UnixEpoch, TimeSpan.FromHours(1));
            Carry(_job.Answered(
                _job.Bids.Put(new MinerBid(head, Hash256.Zero, miner.Is.Price, miner.Is.Slots, miner.Is.Slots, (long)(miner.Is.Announced * 1000), []), _now), _now));
        }
    }

    private void Take(AttemptId attempt, Address address)
    {
        var miner = _miners[address];
        if (miner.Dead)
        {
            return;
        }

        miner.Tries.Add(attempt);
        miner.Waiting.Enqueue(attempt);
        StartNext(address, miner);
    }

    private void StartNext(Address address, Miner miner)
    {
        while (miner.Running.Count < miner.Is.Slots && miner.Waiting.TryDequeue(out var attempt))
        {
            miner.Running.Add(attempt);
            Say(address, () => _job.Progress(attempt, address, AttemptStage.Encoding, 0, _now));
            if (_random.NextDouble() < miner.Is.Hangs)
            {
                continue;
            }

            var frames = _job.Frames[attempt.Segment];
            var fails = _random.NextDouble() < miner.Is.Fails;
            After(TimeSpan.FromSeconds(frames / miner.Is.Actual), () => Finish(attempt, address, miner, frames, fails));
        }
    }

    private void Finish(AttemptId attempt, Address address, Miner miner, int frames, bool fails)
    {
        if (miner.Dead || !miner.Running.Remove(attempt))
        {
            return;
        }

        var result = new RenditionResult(Rendition.Name, ContentHash.Of([1]), 1, frames, 1, ContentHash.Of([2]));
        Say(address, () => fails
            ? _job.Failed(attempt, AttemptFailure.MinerFailed, "simulated", _now, address)
            : _job.Delivered(attempt, address, [result], 1, [""], _now));
        StartNext(address, miner);
    }

    private void Drop(AttemptId attempt, Address address)
    {
        var miner = _miners[address];
        if (miner.Running.Remove(attempt))
        {
            StartNext(address, miner);
            return;
        }

        var rest = miner.Waiting.Where(a => a != attempt).ToList();
        miner.Waiting.Clear();
        rest.ForEach(miner.Waiting.Enqueue);
    }

    private void Say(Address address, Func<Decision> message)
    {
        for (var i = 0; i < (_miners[address].Is.Stutters ? 2 : 1); i++)
        {
            After(Latency, () =>
            {
                if (!_miners[address].Dead)
                {
                    Carry(message());
                }
            });
        }
    }

    private void After(TimeSpan delay, Action action) => _agenda.Enqueue(action, (_now + delay, _order++));

    private sealed class Miner(SimulatedMiner miner)
    {
        public SimulatedMiner Is { get; } = miner;

        public bool Dead { get; set; }

        public Queue<AttemptId> Waiting { get; } = new();

        public HashSet<AttemptId> Running { get; } = [];

        public List<AttemptId> Tries { get; } = [];
    }
}
