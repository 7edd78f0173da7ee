using System.Collections.Immutable;

namespace VideoMesh.Miners.Media;

/// <summary>Chooses where a source is cut. Pure.</summary>
public static class SegmentPlanner
{
    /// <summary>No plan has more segments; the target length grows instead.</summary>
    public const int MostSegments = 10_000;

    /// <summary>Segments this many times longer than asked for are worth a word to the user.</summary>
    private const int LongSegment = 3;

    /// <summary>Cuts at safe boundaries only, as evenly and as close to the target length as they allow.</summary>
    /// <param name="source">The probed source.</param>
    /// <param name="target">The length to aim at, positive.</param>
    public static SegmentPlan Plan(SourceInfo source, TimeSpan target)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(target, TimeSpan.Zero);
        var cuts = Boundaries(source.Packets);
        var starts = new long[cuts.Count + 1];
        for (var i = 0; i < cuts.Count; i++)
        {
            starts[i] = source.Packets[cuts[i]].Pts;
        }

        starts[^1] = source.EndTime;
        var units = (double)Rational.Rescale(target.Ticks, new Rational(1, TimeSpan.TicksPerSecond), source.Video.TimeBase);
        var least = (double)(starts[^1] - starts[0]) / MostSegments;
        var chosen = MostEven(starts, Math.Max(1, Math.Max(units, least)));
        return Build(source, [.. chosen.Select(index => cuts[index])], target);
    }

    /// <summary>
    /// Indices of packets at which the stream can be cut: keyframes that every earlier packet precedes and every later one follows in the order of showing.
    /// A group of pictures whose later packets reach back over its keyframe is open, and cutting there loses frames.
    /// </summary>
    public static IReadOnlyList<int> Boundaries(ImmutableArray<PacketInfo> packets)
    {
        List<int> boundaries = [0];
        if (HasGap(packets))
        {
            return boundaries;
        }

        var leastAfter = long.MaxValue;
        var least = new long[packets.Length];
        for (var i = packets.Length - 1; i >= 0; i--)
        {
            leastAfter = Math.Min(leastAfter, packets[i].Pts);
            least[i] = leastAfter;
        }

        var most = packets[0].Pts;
        var shown = packets[0].Shown;
        for (var i = 1; i < packets.Length; i++)
        {
            if (packets[i] is { Key: true, Shown: true } && packets[i].Pts == least[i] && packets[i].Pts > most && shown)
            {
                boundaries.Add(i);
            }

            most = Math.Max(most, packets[i].Pts);
            shown |= packets[i].Shown;
        }

        return boundaries;
    }

    // An edit list that skips something in the middle: only a decode of the whole gives the right frames.
    private static bool HasGap(ImmutableArray<PacketInfo> packets)
    {
        var first = packets.Select(packet => packet.Shown).ToList();
        return first.SkipWhile(shown => !shown).SkipWhile(shown => shown).Any(shown => shown);
    }

    // Least sum of squared deviations from the target: this is what keeps segments even and leaves no tiny one at the end.
    // starts[0..n-1] are the candidates, starts[n] the end; the first candidate is always taken.
    internal static List<int> MostEven(long[] starts, double target)
    {
        var count = starts.Length - 1;
        var cost = new double[count + 1];
        var previous = new int[count + 1];
        for (var end = 1; end <= count; end++)
        {
            cost[end] = double.PositiveInfinity;
            for (var start = end - 1; start >= 0; start--)
            {
                var length = (starts[end] - starts[start]) / target;
                if (length > LongSegment && start < end - 1)
                {
                    break;
                }

                var candidate = cost[start] + ((length - 1) * (length - 1));
                if (candidate < cost[end])
                {
                    (cost[end], previous[end]) = (candidate, start);
                }
            }
        }

        List<int> chosen = [];
        for (var at = count; at > 0; at = previous[at])
        {
            chosen.Add(previous[at]);
        }

        chosen.Reverse();
        return chosen;
    }

    private static SegmentPlan Build(SourceInfo source, List<int> cuts, TimeSpan target)
    {
        var segments = ImmutableArray.CreateBuilder<Segment>(cuts.Count);
        var frame = 0;
        for (var i = 0; i < cuts.Count; i++)
        {
            var end = i + 1 < cuts.Count ? cuts[i + 1] : source.Packets.Length;
            var packets = source.Packets.AsSpan()[cuts[i]..end];
            var frames = 0;
            foreach (var packet in packets)
            {
                frames += packet.Shown ? 1 : 0;
            }

            var until = frame + frames < source.Frames ? source.FrameTimes[frame + frames] : source.EndTime;
            segments.Add(new Segment
            {
                Index = i,
                FirstPacket = cuts[i],
                Packets = packets.Length,
                FirstFrame = frame,
                Frames = frames,
                StartPts = source.FrameTimes[frame],
                Duration = source.Video.TimeBase.Span(until - source.FrameTimes[frame]),
                NeedsLosslessCopy = frames != packets.Length,
            });
            frame += frames;
        }

        return new SegmentPlan(segments.ToImmutable(), Warning(segments, source, target));
    }

    private static string? Warning(ImmutableArray<Segment>.Builder segments, SourceInfo source, TimeSpan target)
    {
        var longest = segments.Max(segment => segment.Duration);
        if (longest <= target * LongSegment)
        {
            return null;
        }

        return segments.Count == 1
            ? $"The source is one group of pictures of {source.Duration.TotalSeconds:0.#} s: it cannot be shared out, and one miner encodes all of it."
            : $"The source has few places to cut: its longest segment lasts {longest.TotalSeconds:0.#} s instead of about {target.TotalSeconds:0.#} s.";
    }
}
