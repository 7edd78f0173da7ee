using System.Collections.Immutable;

namespace VideoMesh.Miners.Media.Mp4;

/// <summary>Decoding and presentation times of a joined track, in the units MP4 wants. Pure.</summary>
internal sealed class Timing
{
    private readonly ulong _delay;
    private readonly ulong _lead;
    private readonly ulong _shown;

    public Timing(IReadOnlyList<Mp4Piece> pieces, ImmutableArray<long> times, long end, long origin, Rational timeBase)
    {
        Scale = checked((uint)timeBase.Denominator);
        var unit = timeBase.Numerator;
        var frames = FrameOfSample(pieces);
        if (frames.Length != times.Length)
        {
            throw new Mp4FormatException($"{frames.Length} frames were to be shown at {times.Length} times.");
        }

        // Decoding runs ahead of showing by as many frames as pictures are reordered. Borrowing the times of earlier frames as decoding times
        // keeps them rising and never after the frame's own.
        var reordered = frames.Select((frame, i) => i - frame).Max();
        var firstStep = times.Length > 1 ? times[1] - times[0] : end - times[0];
        long Decoded(int i) => i >= reordered ? times[i - reordered] : times[0] - ((reordered - i) * firstStep);
        var steps = new uint[frames.Length];
        var offsets = new uint[frames.Length];
        for (var i = 0; i < frames.Length; i++)
        {
            var next = i + 1 < frames.Length ? Decoded(i + 1) : Decoded(i) + (end - times[^1]);
            steps[i] = checked((uint)((next - Decoded(i)) * unit));
            offsets[i] = checked((uint)((times[frames[i]] - Decoded(i)) * unit));
        }

        Steps = steps;
        Offsets = offsets;
        _delay = (ulong)((times[0] - Decoded(0)) * unit);
        _lead = (ulong)(Math.Max(0, times[0] - origin) * unit);
        _shown = (ulong)((end - times[0]) * unit);
    }

    /// <summary>Units per second, of the movie and of the track alike.</summary>
    public uint Scale { get; }

    /// <summary>From one sample's decoding to the next's.</summary>
    public IReadOnlyList<uint> Steps { get; }

    /// <summary>From a sample's decoding to its showing.</summary>
    public IReadOnlyList<uint> Offsets { get; }

    public ulong MediaLength => (ulong)Steps.Sum(step => (long)step);

    /// <summary>From time zero to the end of the last frame.</summary>
    public ulong Total => _lead + _shown;

    /// <summary>The edit list: nothing until the first frame, then everything from it on.</summary>
    public void WriteEdits(Mp4BoxWriter box)
    {
        box.UInt32(_lead > 0 ? 2u : 1u);
        if (_lead > 0)
        {
            box.UInt64(_lead).UInt64(ulong.MaxValue).UInt32(0x00010000);
        }

        box.UInt64(_shown).UInt64(_delay).UInt32(0x00010000);
    }

    // A segment's frames in the order of showing are its samples sorted by their own times.
    private static int[] FrameOfSample(IReadOnlyList<Mp4Piece> pieces)
    {
        var frames = new int[pieces.Sum(piece => piece.Video.Samples.Length)];
        var first = 0;
        foreach (var piece in pieces)
        {
            var samples = piece.Video.Samples;
            var order = Enumerable.Range(0, samples.Length).OrderBy(i => samples[i].Shown).ToList();
            for (var rank = 0; rank < order.Count; rank++)
            {
                frames[first + order[rank]] = first + rank;
            }

            first += samples.Length;
        }

        return frames;
    }
}
