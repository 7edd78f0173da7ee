using System.Collections.Immutable;
using System.Globalization;
using VideoMesh.Chain.Primitives;

namespace VideoMesh.Client.Rendering;

/// <summary>A job snapshot in words. Pure, so that every view says the same.</summary>
internal static class JobText
{
    private const int NameLength = 24;

    public sealed record RenditionRow(string Name, double Done, string Percent, string Frames, string Rate, string Speed, string Remaining);

    public sealed record MinerRow(string Name, string Segments, string Current, bool IsBusy);

    public static RenditionRow Row(JobSnapshot snapshot, RenditionProgress rendition, double? framesPerSecond)
    {
        var total = Math.Max(rendition.FramesTotal, 0);
        var frames = Math.Clamp(rendition.FramesDone, 0, total == 0 ? long.MaxValue : total);
        var done = total == 0 ? 0 : (double)frames / total;
        var isDone = total > 0 && frames == total;
        var speed = framesPerSecond is { } rate && total > 0 && snapshot.Duration > TimeSpan.Zero ? rate / (total / snapshot.Duration.TotalSeconds) : (double?)null;
        var remaining = framesPerSecond is { } pace && total > 0 && !isDone ? TimeSpan.FromSeconds(Math.Min((total - frames) / pace, TimeSpan.FromDays(99).TotalSeconds)) : (TimeSpan?)null;
        return new RenditionRow(
            Units.Clean(rendition.Name, NameLength),
            done,
            // a hundred is only said of what is complete
            $"{Math.Floor(done * 100):0} %",
            total == 0 ? $"{frames}" : $"{frames}/{total}",
            isDone || framesPerSecond is null ? "" : $"{framesPerSecond:0} fps",
            isDone || speed is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{speed:0.0#}×"),
            isDone ? "done" : remaining is { } left ? $"ETA {Units.Duration(left)}" : "");
    }

    /// <summary>At most <paramref name="limit"/> miners, the busy ones first, then by work done, in an order that does not jump about.</summary>
    public static (ImmutableArray<MinerRow> Rows, int Hidden) Miners(JobSnapshot snapshot, int limit)
    {
        var shown = snapshot.Miners.Length <= limit
            ? snapshot.Miners.OrderBy(Label, StringComparer.Ordinal)
            : snapshot.Miners
                .OrderByDescending(miner => miner.Current is not null).ThenByDescending(miner => miner.SegmentsDone).ThenBy(miner => miner.Address)
                .Take(limit);
        ImmutableArray<MinerRow> rows =
        [
            .. shown.Select(miner => new MinerRow(
                Label(miner),
                miner.SegmentsDone == 1 ? "1 segment" : $"{miner.SegmentsDone} segments",
                miner.Current is { } current ? Units.Clean(current, 2 * NameLength) : "idle",
                miner.Current is not null)),
        ];
        return (rows, snapshot.Miners.Length - rows.Length);
    }

    /// <summary>The whole snapshot on one line, for logs.</summary>
    public static string Line(JobSnapshot snapshot, Func<RenditionProgress, double?> framesPerSecond)
    {
        var renditions = snapshot.Renditions
            .Select(rendition => Row(snapshot, rendition, framesPerSecond(rendition)))
            .Select(row => string.Join(' ', new[] { row.Name, row.Percent, $"({row.Frames} frames)", row.Rate, row.Speed, row.Remaining }.Where(word => word.Length > 0)));
        return string.Join(" · ", renditions.Prepend(Units.Clean(snapshot.Stage, 3 * NameLength)));
    }

    private static string Label(MinerProgress miner) =>
        miner.Name is { Length: > 0 } name ? $"{Units.Clean(name, NameLength)} {Units.Abbreviate(miner.Address)}" : Units.Abbreviate(miner.Address);
}
