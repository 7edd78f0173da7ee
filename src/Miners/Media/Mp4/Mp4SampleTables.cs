using System.Collections.Immutable;

namespace VideoMesh.Miners.Media.Mp4;

/// <summary>Reads the tables that say where each sample of a track lies and when it is shown (ISO/IEC 14496-12, 8.6 and 8.7).</summary>
internal static class Mp4SampleTables
{
    public static ImmutableArray<Mp4Sample> Read(Mp4Box tables, long fileLength, int mostSamples)
    {
        var sizes = tables.Child("stsz");
        var fixedSize = sizes.UInt32(4);
        var count = fixedSize == 0 ? sizes.Rows(8, 4) : checked((int)Math.Min(sizes.UInt32(8), fileLength / Math.Max(1, fixedSize)));
        if (count > mostSamples)
        {
            throw new Mp4FormatException($"It has more than {mostSamples} frames.");
        }

        var (decoded, lengths, shown) = Times(tables, count);
        var sync = SyncSamples(tables, count);
        var samples = ImmutableArray.CreateBuilder<Mp4Sample>(count);
        long bytes = 0;
        foreach (var (offset, inChunk) in Chunks(tables, count))
        {
            var at = offset;
            for (var i = 0; i < inChunk && samples.Count < count; i++)
            {
                var n = samples.Count;
                var size = fixedSize == 0 ? sizes.UInt32(12 + (4L * n)) : fixedSize;
                if (at < 0 || size > fileLength || at > fileLength - size)
                {
                    throw new Mp4FormatException("A frame lies outside the file.");
                }

                // a small file must not stand for endless bytes by naming the same ones again and again
                bytes += size;
                if (bytes > fileLength)
                {
                    throw new Mp4FormatException("Its frames overlap.");
                }

                samples.Add(new Mp4Sample(at, (int)size, decoded[n], lengths[n], shown[n], sync[n]));
                at += size;
            }
        }

        return samples.Count == count && count > 0 ? samples.MoveToImmutable() : throw new Mp4FormatException("Its tables do not say where every frame lies.");
    }

    private static (long[] Decoded, uint[] Lengths, long[] Shown) Times(Mp4Box tables, int count)
    {
        var decoded = new long[count];
        var lengths = new uint[count];
        long now = 0;
        var filled = 0;
        var durations = tables.Child("stts");
        for (int row = 0, rows = durations.Rows(4, 8); row < rows; row++)
        {
            var repeat = durations.UInt32(8 + (8L * row));
            var step = durations.UInt32(12 + (8L * row));
            for (uint i = 0; i < repeat && filled < count; i++)
            {
                (decoded[filled], lengths[filled]) = (now, step);
                filled++;
                now += step;
            }
        }

        return filled == count ? (decoded, lengths, Shown(tables, decoded)) : throw new Mp4FormatException("Its tables do not say when every frame is shown.");
    }

    private static long[] Shown(Mp4Box tables, long[] decoded)
    {
        var shown = (long[])decoded.Clone();
        if (tables.Optional("ctts") is { } offsets)
        {
            var at = 0;
            for (int row = 0, rows = offsets.Rows(4, 8); row < rows; row++)
            {
                var repeat = offsets.UInt32(8 + (8L * row));
                var offset = (int)offsets.UInt32(12 + (8L * row));
                for (uint i = 0; i < repeat && at < shown.Length; i++)
                {
                    shown[at++] += offset;
                }
            }
        }

        return shown;
    }

    private static bool[] SyncSamples(Mp4Box tables, int count)
    {
        var sync = new bool[count];
        if (tables.Optional("stss") is not { } table)
        {
            Array.Fill(sync, true);
            return sync;
        }

        for (int row = 0, rows = table.Rows(4, 4); row < rows; row++)
        {
            if (table.UInt32(8 + (4L * row)) is var number && number >= 1 && number <= count)
            {
                sync[number - 1] = true;
            }
        }

        return sync;
    }

    private static IEnumerable<(long Offset, uint Samples)> Chunks(Mp4Box tables, int count)
    {
        var wide = tables.Optional("co64");
        var offsets = wide ?? tables.Child("stco");
        var width = wide is null ? 4 : 8;
        var chunks = offsets.Rows(4, width);
        var runs = tables.Child("stsc");
        var rows = runs.Rows(4, 12);
        long given = 0;
        for (var row = 0; row < rows; row++)
        {
            var first = runs.UInt32(8 + (12L * row));
            var next = row + 1 < rows ? runs.UInt32(8 + (12L * (row + 1))) : (uint)chunks + 1;
            var samples = runs.UInt32(12 + (12L * row));
            for (var chunk = first; chunk >= 1 && chunk < next && chunk <= chunks && given < count; chunk++)
            {
                var at = 8 + ((long)width * (chunk - 1));
                yield return (wide is null ? offsets.UInt32(at) : (long)offsets.UInt64(at), samples);
                given += samples;
            }
        }
    }
}
