using System.Collections.Immutable;
using System.Globalization;

namespace VideoMesh.Miners.Media;

/// <summary>Packets as ffprobe lists them: <c>pts|dts|duration|pos|flags</c>, one a line.</summary>
internal sealed class PacketReader
{
    public List<RawPacket> Packets { get; } = [];

    public int Count => Packets.Count;

    public bool Overflowed { get; private set; }

    public Task ReadAsync(Stream stream, CancellationToken cancellationToken) => LineReader.ReadAsync(stream, 1024, Line, cancellationToken);

    internal void Line(string line)
    {
        var fields = line.Split('|');
        if (fields.Length < 5)
        {
            return;
        }

        if (Packets.Count == MediaProbe.MostFrames)
        {
            Overflowed = true;
            return;
        }

        var flags = fields[4];
        Packets.Add(new RawPacket(Number(fields[0]), Number(fields[1]), Number(fields[2]) ?? 0, Number(fields[3]) ?? -1, flags.Contains('K', StringComparison.Ordinal), flags.Contains('D', StringComparison.Ordinal)));
    }

    /// <summary>Whether every packet has at least a time of decoding.</summary>
    public bool HasClock => Packets.TrueForAll(packet => packet.Dts is not null);

    /// <summary>Whether the container does not say when frames are shown.</summary>
    public bool LacksTimes => Packets.Count(packet => packet.Pts is null) > Packets.Count / 2 && HasClock;

    /// <summary>Gives each packet the time of its place in the order of showing. A packet that is not among them gives no frame, and one that a decoder does not start at is no keyframe.</summary>
    /// <param name="shown">The packets whose frames are shown, in that order.</param>
    public void OrderBy(IReadOnlyList<ShownPacket> shown)
    {
        var rank = new Dictionary<long, (int Place, bool Key)>(shown.Count);
        foreach (var packet in shown)
        {
            rank.TryAdd(packet.Position, (rank.Count, packet.Key));
        }

        var slots = Packets.Where(packet => rank.ContainsKey(packet.Position)).Select(packet => packet.Dts!.Value).Order().ToList();
        for (var i = 0; i < Packets.Count; i++)
        {
            var packet = Packets[i];
            Packets[i] = rank.TryGetValue(packet.Position, out var known) && known.Place < slots.Count
                ? packet with { Pts = slots[known.Place], Key = packet.Key && known.Key }
                : packet with { Pts = packet.Dts, Discard = true };
        }
    }

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}

internal readonly record struct RawPacket(long? Pts, long? Dts, long Duration, long Position, bool Key, bool Discard);

/// <param name="Position">Where in the file the packet lies, in bytes.</param>
/// <param name="Key">Whether the decoder took its frame for a keyframe.</param>
internal readonly record struct ShownPacket(long Position, bool Key);

/// <summary>When the frames of a video stream are shown, worked out from its packets. Pure.</summary>
internal sealed record PacketTimeline
{
    private const double JumpSeconds = 10;
    private static readonly ImmutableArray<Rational> UsualRates =
        [new(24000, 1001), new(24, 1), new(25, 1), new(30000, 1001), new(30, 1), new(48, 1), new(50, 1), new(60000, 1001), new(60, 1), new(120, 1), new(15, 1)];

    public required ImmutableArray<PacketInfo> Packets { get; init; }

    public required ImmutableArray<long> FrameTimes { get; init; }

    public required long EndTime { get; init; }

    public required Rational FrameRate { get; init; }

    public required bool ConstantRate { get; init; }

    public required Rational TimeBase { get; init; }


    public ImmutableArray<string> Notes { get; init; } = [];

    private long LastDuration { get; init; }

    /// <summary>Whether only a decoder can say which of the first packets give frames.</summary>
    public bool HeadIsDoubtful
    {
        get
        {
            var head = Packets.AsSpan()[..HeadPackets];
            if (!head[0].Shown)
            {
                return false;
            }

            foreach (var packet in head)
            {
                if (packet.Pts < head[0].Pts)
                {
                    return true;
                }
            }

            return !head[0].Key;
        }
    }

    /// <summary>Packets before the second keyframe that is a safe place to cut.</summary>
    public int HeadPackets
    {
        get
        {
            var cuts = SegmentPlanner.Boundaries(Packets);
            return cuts.Count > 1 ? cuts[1] : Packets.Length;
        }
    }

    /// <summary>Whether the container lists more frames than there are.</summary>
    public bool EndsEarly { get; private init; }

    /// <summary>When the first frame after the last safe place to cut is shown, in the stream's units.</summary>
    public long TailStart => Packets[SegmentPlanner.Boundaries(Packets)[^1]].Pts;

    public static PacketTimeline Build(PacketReader reader, ProbedStream video, bool discontinuous)
    {
        var times = Times(reader.Packets, video, discontinuous);
        var packets = ImmutableArray.CreateBuilder<PacketInfo>(times.Length);
        for (var i = 0; i < times.Length; i++)
        {
            packets.Add(new PacketInfo(times[i], reader.Packets[i].Key, !reader.Packets[i].Discard));
        }

        var last = Array.IndexOf(times, times.Max());
        var early = video.FrameCount is { } count && count > times.Length;
        var notes = early ? ImmutableArray.Create($"The file ends early: about {times.Length} of its {video.FrameCount} frames are there.") : [];
        return Of(packets.MoveToImmutable(), reader.Packets[last].Duration, video, notes) with { EndsEarly = early };
    }

    /// <summary>Takes from the head what a decoder did not show.</summary>
    public PacketTimeline WithHeadShownAt(IReadOnlySet<long> times)
    {
        var head = HeadPackets;
        var packets = Packets.Select((packet, i) => i < head && !times.Contains(packet.Pts) ? packet with { Shown = false } : packet).ToImmutableArray();
        return packets.SequenceEqual(Packets) ? this : Timed(packets, LastDuration);
    }

    /// <summary>Takes from the tail what a decoder did not show. If the decoder did not even begin where the tail does, nothing was learnt.</summary>
    public PacketTimeline WithTailShownAt(IReadOnlySet<long> times)
    {
        var boundary = SegmentPlanner.Boundaries(Packets)[^1];
        if (!times.Contains(Packets[boundary].Pts))
        {
            return this;
        }

        var packets = Packets.Select((packet, i) => i >= boundary && !times.Contains(packet.Pts) ? packet with { Shown = false } : packet).ToImmutableArray();
        return packets.SequenceEqual(Packets) ? this : Timed(packets, LastDuration);
    }

    private static PacketTimeline Of(ImmutableArray<PacketInfo> packets, long lastDuration, ProbedStream video, ImmutableArray<string> notes)
    {
        var shell = new PacketTimeline
        {
            Packets = packets, FrameTimes = [], EndTime = 0, FrameRate = new Rational(1, 1), ConstantRate = false, TimeBase = video.TimeBase,
            Notes = notes, LastDuration = lastDuration,
        };
        return shell.Timed(packets, lastDuration, video.NominalRate, video.AverageRate);
    }

    private PacketTimeline Timed(ImmutableArray<PacketInfo> packets, long lastDuration, params Rational?[] rates)
    {
        var times = packets.Where(packet => packet.Shown).Select(packet => packet.Pts).Order().ToArray();
        for (var i = 1; i < times.Length; i++)
        {
            // two frames at one time would be one frame to a player
            times[i] = Math.Max(times[i], times[i - 1] + 1);
        }

        if (times.Length == 0)
        {
            return this with { Packets = packets, FrameTimes = [] };
        }

        var (rate, constant) = Rate(times, [.. rates, FrameRate.Value > 1 ? FrameRate : null]);
        var step = constant || lastDuration <= 0 ? Math.Max(1, Rational.Rescale(1, rate.Inverse, TimeBase)) : lastDuration;
        return this with { Packets = packets, FrameTimes = [.. times], EndTime = times[^1] + step, FrameRate = rate, ConstantRate = constant };
    }

    // Constant if one steady rate gives every frame's time to within the rounding of a clock of milliseconds (Matroska) or of the stream's own units.
    private (Rational Rate, bool Constant) Rate(long[] times, IEnumerable<Rational?> known)
    {
        var candidates = known.OfType<Rational>().Where(rate => rate.Value is >= 1 and <= 400 && rate is { Numerator: <= 1_000_000, Denominator: <= 1_000_000 }).ToList();
        if (times.Length < 2)
        {
            return (candidates.FirstOrDefault(new Rational(25, 1)), true);
        }

        var measured = (times.Length - 1) / ((times[^1] - times[0]) * TimeBase.Value);
        var tolerance = Math.Max(1.01, 0.00101 / TimeBase.Value);
        foreach (var rate in UsualRates.Where(rate => Math.Abs((rate.Value / measured) - 1) < 0.01).Concat(candidates))
        {
            var step = 1 / (rate.Value * TimeBase.Value);
            if (Enumerable.Range(0, times.Length).All(i => Math.Abs(times[i] - times[0] - (i * step)) <= tolerance))
            {
                return (rate, true);
            }
        }

        return (new Rational(Math.Clamp((long)Math.Round(measured), 1, 240), 1), false);
    }

    private static long[] Times(List<RawPacket> packets, ProbedStream video, bool discontinuous)
    {
        var times = new long[packets.Count];
        if (packets.Any(packet => packet.Pts is null && packet.Dts is null))
        {
            // no clock at all: frames follow each other at the rate the container claims
            var rate = video.AverageRate is { IsPositive: true } average ? average : new Rational(25, 1);
            for (var i = 0; i < times.Length; i++)
            {
                times[i] = Rational.Rescale(i, rate.Inverse, video.TimeBase);
            }

            return times;
        }

        var jump = (long)(JumpSeconds / video.TimeBase.Value);
        long offset = 0;
        for (var i = 0; i < times.Length; i++)
        {
            if (discontinuous && i > 0 && packets[i].Dts is { } now && packets[i - 1].Dts is { } before && (now < before || now - before > jump))
            {
                offset += before + packets[i - 1].Duration - now;
            }

            times[i] = (packets[i].Pts ?? packets[i].Dts!.Value) + offset;
        }

        return times;
    }
}
