using System.Collections.Immutable;
using VideoMesh.Miners.Media.Mp4;

namespace VideoMesh.Miners.Media.Packaging;

/// <summary>One track on its way to players: where it comes from, how it is cut, and what became of it.</summary>
internal sealed record MediaStream
{
    /// <summary>Names its folder and its playlist.</summary>
    public required string Name { get; init; }

    /// <summary>Host path of the MP4 file it is copied from.</summary>
    public required string Path { get; init; }

    public required Mp4Track Track { get; init; }

    public required string Codec { get; init; }

    public required ImmutableArray<StreamSegment> Segments { get; init; }

    /// <summary>Null for audio.</summary>
    public Picture? Picture { get; init; }

    public string? Title { get; init; }

    public bool IsDefault { get; init; }

    public bool IsVideo => Picture is not null;

    /// <summary>Bits per second of the most demanding segment.</summary>
    public long PeakBandwidth => Segments.Max(segment => Rate(segment.Bytes, segment.Length));

    public long AverageBandwidth => Rate(Segments.Sum(segment => segment.Bytes), Segments.Sum(segment => segment.Length));

    public double Seconds(long units) => (double)units / Track.Scale;

    private long Rate(long bytes, long units) => (long)Math.Ceiling(bytes * 8 / Math.Max(0.001, Seconds(units)));
}

/// <summary>What manifests say of a picture.</summary>
/// <param name="Codec">Rungs of one codec can be changed into each other.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="FrameRate">Frames per second.</param>
/// <param name="Transfer">ffmpeg's name of the transfer characteristic; empty if not known.</param>
internal sealed record Picture(VideoCodec Codec, int Width, int Height, Rational FrameRate, string Transfer);

/// <summary>A run of samples that players fetch as one file.</summary>
/// <param name="FirstSample">Index of its first sample.</param>
/// <param name="Samples">Their number.</param>
/// <param name="Start">When it is shown, in the track's units on the presentation's time line.</param>
/// <param name="Length">How long.</param>
/// <param name="Bytes">Size of its file.</param>
internal readonly record struct StreamSegment(int FirstSample, int Samples, long Start, long Length, long Bytes);

/// <summary>Decides where streams are cut for delivery. Pure.</summary>
internal static class StreamCuts
{
    /// <summary>
    /// The frames at which every one of these tracks can be cut, spaced about <paramref name="target"/> apart. Only frames that are keyframes in all of
    /// them count, so that a player can change from any rung to any other at any segment.
    /// </summary>
    public static ImmutableArray<int> Video(IReadOnlyList<Mp4Track> tracks, TimeSpan target)
    {
        var frames = tracks[0].Samples.Length;
        if (tracks.Any(track => track.Samples.Length != frames))
        {
            throw new Mp4FormatException("The renditions do not have the same number of frames.");
        }

        var common = Enumerable.Range(0, frames).Where(i => tracks.All(track => track.Samples[i].Sync)).ToList();
        if (common.Count == 0 || common[0] != 0)
        {
            throw new Mp4FormatException("A rendition does not start with a keyframe.");
        }

        var first = tracks[0];
        long[] starts = [.. common.Select(i => first.Samples[i].Shown), End(first)];
        return [.. SegmentPlanner.MostEven(starts, Math.Max(1, target.TotalSeconds * first.Scale)).Select(i => common[i])];
    }

    /// <summary>Segments of a video track between these frames.</summary>
    public static ImmutableArray<StreamSegment> Segments(Mp4Track track, ImmutableArray<int> cuts)
    {
        var segments = ImmutableArray.CreateBuilder<StreamSegment>(cuts.Length);
        for (var i = 0; i < cuts.Length; i++)
        {
            var last = i + 1 == cuts.Length;
            var until = last ? track.Samples.Length : cuts[i + 1];
            var start = track.Samples[cuts[i]].Shown;
            var end = last ? End(track) : track.Samples[until].Shown;
            segments.Add(new StreamSegment(cuts[i], until - cuts[i], start - track.MediaStart + track.Lead, end - start, 0));
        }

        return segments.MoveToImmutable();
    }

    /// <summary>Segments of an audio track that end with the first sample beyond each of these times.</summary>
    /// <param name="track">The track.</param>
    /// <param name="ends">Where the video's segments end, in seconds on the presentation's time line.</param>
    public static ImmutableArray<StreamSegment> Segments(Mp4Track track, IEnumerable<double> ends)
    {
        var segments = ImmutableArray.CreateBuilder<StreamSegment>();
        var first = 0;
        foreach (var end in ends.SkipLast(1).Append(double.PositiveInfinity))
        {
            var until = first;
            while (until < track.Samples.Length && Presented(track, until) < end * track.Scale)
            {
                until++;
            }

            if (until > first)
            {
                // what a decoder only needs for warming up is not shown
                var start = Math.Max(track.Lead, Presented(track, first));
                var stop = until < track.Samples.Length ? Presented(track, until) : Presented(track, until - 1) + track.Samples[until - 1].Length;
                segments.Add(new StreamSegment(first, until - first, start, Math.Max(0, stop - start), 0));
                first = until;
            }
        }

        return segments.ToImmutable();
    }

    private static long Presented(Mp4Track track, int sample) => track.Samples[sample].Decoded - track.MediaStart + track.Lead;

    private static long End(Mp4Track track)
    {
        var last = track.Samples.MaxBy(sample => sample.Shown);
        return last.Shown + last.Length;
    }
}
