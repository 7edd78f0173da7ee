using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace VideoMesh.Miners.Media.Mp4;

/// <summary>One coded picture in a file.</summary>
/// <param name="Offset">Where its bytes begin.</param>
/// <param name="Size">Their number.</param>
/// <param name="Shown">When it is shown, in the track's own units.</param>
/// <param name="Sync">Whether decoding can start here.</param>
internal readonly record struct Mp4Sample(long Offset, int Size, long Shown, bool Sync);

/// <summary>
/// The sample tables of an unfragmented MP4 file with one video track: what every encoded segment is. The file comes from a stranger:
/// whatever is not exactly as expected is refused, and no number is believed before it is checked against the file's size.
/// </summary>
internal sealed record Mp4Video
{
    private const int MostIndexBytes = 64 << 20;
    private const int MostTopLevelBoxes = 64;
    private const int VisualSampleEntryHeader = 78;

    /// <summary>In decoding order.</summary>
    public required ImmutableArray<Mp4Sample> Samples { get; init; }

    /// <summary>The sample entry with the decoder's configuration, such as <c>avc1</c> with its <c>avcC</c>, without the bit rate that differs from segment to segment.</summary>
    public required ReadOnlyMemory<byte> SampleEntry { get; init; }

    public required ushort Width { get; init; }

    public required ushort Height { get; init; }

    /// <exception cref="Mp4FormatException">It is not such a file.</exception>
    public static Mp4Video Read(Stream file)
    {
        var track = Track(new Mp4Box("moov", Index(file)));
        var media = track.Child("mdia").Child("minf").Child("stbl");
        var entry = Entry(media.Child("stsd"));
        return new Mp4Video
        {
            Samples = ReadSamples(media, file.Length),
            SampleEntry = entry,
            Width = BinaryPrimitives.ReadUInt16BigEndian(entry.Span[32..]),
            Height = BinaryPrimitives.ReadUInt16BigEndian(entry.Span[34..]),
        };
    }

    private static byte[] Index(Stream file)
    {
        Span<byte> header = stackalloc byte[16];
        byte[]? index = null;
        long at = 0;
        for (var boxes = 0; at < file.Length; boxes++)
        {
            if (boxes == MostTopLevelBoxes || file.Length - at < 8)
            {
                throw new Mp4FormatException("Its boxes do not end where the file ends.");
            }

            file.Position = at;
            file.ReadExactly(header[..8]);
            long size = BinaryPrimitives.ReadUInt32BigEndian(header);
            var type = Encoding.Latin1.GetString(header[4..8]);
            var headerSize = 8;
            if (size == 1 && file.Length - at >= 16)
            {
                file.ReadExactly(header[8..]);
                size = BinaryPrimitives.ReadInt64BigEndian(header[8..]);
                headerSize = 16;
            }

            if (size < headerSize || size > file.Length - at)
            {
                throw new Mp4FormatException($"Its '{type}' box has an impossible size.");
            }

            if (type is "moov")
            {
                if (index is not null || size > MostIndexBytes)
                {
                    throw new Mp4FormatException("It has more than one index, or one of absurd size.");
                }

                index = new byte[size - headerSize];
                file.ReadExactly(index);
            }

            at += size;
        }

        return index ?? throw new Mp4FormatException("It has no index ('moov').");
    }

    private static Mp4Box Track(Mp4Box index)
    {
        if (index.Optional("mvex") is not null)
        {
            throw new Mp4FormatException("It is fragmented.");
        }

        var track = index.Child("trak");
        var handler = track.Child("mdia").Child("hdlr");
        return handler.Body.Length >= 12 && handler.Span[8..12].SequenceEqual("vide"u8) ? track : throw new Mp4FormatException("Its track is not a video track.");
    }

    private static ReadOnlyMemory<byte> Entry(Mp4Box description)
    {
        var entries = description.Children(8).ToList();
        if (entries is not [var entry] || entry.Body.Length < VisualSampleEntryHeader)
        {
            throw new Mp4FormatException("Its track does not have exactly one sample description.");
        }

        var writer = new Mp4BoxWriter();
        writer.Box(entry.Type, body =>
        {
            body.Bytes(entry.Span[..VisualSampleEntryHeader]);
            foreach (var child in entry.Children(VisualSampleEntryHeader).Where(child => child.Type is not "btrt"))
            {
                body.Box(child.Type, box => box.Bytes(child.Span));
            }
        });
        return writer.Written;
    }

    private static ImmutableArray<Mp4Sample> ReadSamples(Mp4Box tables, long fileLength)
    {
        var sizes = tables.Child("stsz");
        var fixedSize = sizes.UInt32(4);
        var count = fixedSize == 0 ? sizes.Rows(8, 4) : checked((int)Math.Min(sizes.UInt32(8), fileLength / Math.Max(1, fixedSize)));
        var shown = Times(tables, count);
        var sync = SyncSamples(tables, count);
        var samples = ImmutableArray.CreateBuilder<Mp4Sample>(count);
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

                samples.Add(new Mp4Sample(at, (int)size, shown[n], sync[n]));
                at += size;
            }
        }

        return samples.Count == count && count > 0 ? samples.MoveToImmutable() : throw new Mp4FormatException("Its tables do not say where every frame lies.");
    }

    private static long[] Times(Mp4Box tables, int count)
    {
        var times = new long[count];
        long now = 0;
        var filled = 0;
        var durations = tables.Child("stts");
        for (int row = 0, rows = durations.Rows(4, 8); row < rows; row++)
        {
            var repeat = durations.UInt32(8 + (8L * row));
            var step = durations.UInt32(12 + (8L * row));
            for (uint i = 0; i < repeat && filled < count; i++)
            {
                times[filled++] = now;
                now += step;
            }
        }

        if (filled != count)
        {
            throw new Mp4FormatException("Its tables do not say when every frame is shown.");
        }

        if (tables.Optional("ctts") is { } offsets)
        {
            var at = 0;
            for (int row = 0, rows = offsets.Rows(4, 8); row < rows; row++)
            {
                var repeat = offsets.UInt32(8 + (8L * row));
                var offset = (int)offsets.UInt32(12 + (8L * row));
                for (uint i = 0; i < repeat && at < count; i++)
                {
                    times[at++] += offset;
                }
            }
        }

        return times;
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
