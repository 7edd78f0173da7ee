using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Microsoft.Win32.SafeHandles;
using VideoMesh.Miners.Content;

namespace VideoMesh.Miners.Media.Mp4;

/// <summary>One coded picture in a file.</summary>
/// <param name="Offset">Where its bytes begin.</param>
/// <param name="Size">Their number.</param>
/// <param name="Decoded">When it is decoded, in the track's own units.</param>
/// <param name="Length">Units until the next one is decoded.</param>
/// <param name="Shown">When it is shown, in the track's own units, before the edit list.</param>
/// <param name="Sync">Whether decoding can start here.</param>
internal readonly record struct Mp4Sample(long Offset, int Size, long Decoded, long Length, long Shown, bool Sync);

/// <summary>
/// The tables of one track of an unfragmented MP4 file. The file may come from a stranger: whatever is not exactly as expected is refused,
/// and no number is believed before it is checked against the file's size.
/// </summary>
internal sealed record Mp4Track
{
    private const int MostIndexBytes = 64 << 20;
    private const int MostTopLevelBoxes = 64;
    private const int MostTracks = 64;
    private const int VisualSampleEntryHeader = 78;
    private const int AudioSampleEntryHeader = 28;

    /// <summary><c>vide</c>, <c>soun</c>, <c>text</c>, ….</summary>
    public required string Handler { get; init; }

    /// <summary>Units per second.</summary>
    public required uint Scale { get; init; }

    /// <summary>Three letters, such as <c>eng</c>; <c>und</c> if not known.</summary>
    public required string Language { get; init; }

    /// <summary>How long nothing is shown at first, in the track's units.</summary>
    public required long Lead { get; init; }

    /// <summary>The media time at which showing begins: what comes before is decoder delay.</summary>
    public required long MediaStart { get; init; }

    /// <summary>In decoding order.</summary>
    public required ImmutableArray<Mp4Sample> Samples { get; init; }

    /// <summary>The sample entry with the decoder's configuration, such as <c>avc1</c> with its <c>avcC</c>, without the bit rate that differs from segment to segment.</summary>
    public required ReadOnlyMemory<byte> SampleEntry { get; init; }

    /// <summary>Four characters, such as <c>avc1</c>.</summary>
    public string EntryType => Encoding.Latin1.GetString(SampleEntry.Span[4..8]);

    /// <summary>Offset of the configuration boxes in <see cref="SampleEntry"/>.</summary>
    public int EntryHeader => 8 + (Handler is "vide" ? VisualSampleEntryHeader : AudioSampleEntryHeader);

    /// <summary>Pixels; video only.</summary>
    public ushort Width => BinaryPrimitives.ReadUInt16BigEndian(SampleEntry.Span[32..]);

    public ushort Height => BinaryPrimitives.ReadUInt16BigEndian(SampleEntry.Span[34..]);

    /// <summary>Audio only.</summary>
    public ushort Channels => BinaryPrimitives.ReadUInt16BigEndian(SampleEntry.Span[24..]);

    /// <summary>Reads the bytes of all samples in decoding order.</summary>
    /// <param name="file">The file these tables are of.</param>
    /// <param name="take">Gets the bytes piece by piece; each is good until the next one.</param>
    /// <exception cref="Mp4FormatException">The file became shorter.</exception>
    public async Task ReadSamplesAsync(SafeFileHandle file, Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellationToken)
    {
        var buffer = new byte[ContentHashing.PieceBytes];
        for (var next = 0; next < Samples.Length;)
        {
            // samples mostly lie one after the other and need not be fetched one by one
            var at = Samples[next].Offset;
            var end = at;
            for (; next < Samples.Length && Samples[next].Offset == end; next++)
            {
                end += Samples[next].Size;
            }

            while (at < end)
            {
                var read = await RandomAccess.ReadAsync(file, buffer.AsMemory(0, (int)Math.Min(end - at, buffer.Length)), at, cancellationToken);
                if (read == 0)
                {
                    throw new Mp4FormatException("The file became shorter while it was read.");
                }

                await take(buffer.AsMemory(0, read));
                at += read;
            }
        }
    }

    /// <summary>Reads the video and audio tracks of a file.</summary>
    /// <exception cref="Mp4FormatException">It is not such a file.</exception>
    public static ImmutableArray<Mp4Track> ReadAll(Stream file)
    {
        var (movie, scale) = Movie(file);
        var tracks = movie.Children().Where(box => box.Type is "trak").Take(MostTracks)
            .Where(box => HandlerOf(box) is "vide" or "soun")
            .Select(box => Read(box, scale, file.Length, MediaProbe.MostFrames));
        return [.. tracks];
    }

    /// <summary>Reads a file that has one video track and nothing else: what every encoded segment is.</summary>
    /// <param name="mostFrames">A file with more is refused before they are looked at.</param>
    /// <exception cref="Mp4FormatException">It is not such a file.</exception>
    public static Mp4Track ReadVideoOnly(Stream file, int mostFrames)
    {
        var (movie, scale) = Movie(file);
        return movie.Children().Where(box => box.Type is "trak").Take(2).ToList() is [var only] && HandlerOf(only) is "vide"
            ? Read(only, scale, file.Length, mostFrames)
            : throw new Mp4FormatException("It does not have exactly one track, of video.");
    }

    private static (Mp4Box Movie, uint Scale) Movie(Stream file)
    {
        var movie = new Mp4Box("moov", Index(file));
        return movie.Optional("mvex") is null ? (movie, Header(movie.Child("mvhd")).Scale) : throw new Mp4FormatException("It is fragmented.");
    }

    private static Mp4Track Read(Mp4Box track, uint movieScale, long fileLength, int mostSamples)
    {
        var media = track.Child("mdia");
        var (scale, language) = Header(media.Child("mdhd"));
        var tables = media.Child("minf").Child("stbl");
        var handler = HandlerOf(track);
        var (lead, start) = Edits(track, movieScale, scale);
        return new Mp4Track
        {
            Handler = handler,
            Scale = scale,
            Language = language,
            Lead = lead,
            MediaStart = start,
            Samples = Mp4SampleTables.Read(tables, fileLength, mostSamples),
            SampleEntry = Entry(tables.Child("stsd"), handler is "vide" ? VisualSampleEntryHeader : AudioSampleEntryHeader),
        };
    }

    private static string HandlerOf(Mp4Box track)
    {
        var handler = track.Child("mdia").Child("hdlr");
        return handler.Body.Length >= 12 ? Encoding.Latin1.GetString(handler.Span[8..12]) : throw new Mp4FormatException("It has a track of no kind.");
    }

    private static (uint Scale, string Language) Header(Mp4Box header)
    {
        var wide = header.Body.Length > 0 && header.Span[0] == 1;
        var scale = header.UInt32(wide ? 20 : 12);
        var packed = header.UInt32(wide ? 32 : 20) >> 16;
        var language = string.Concat(Enumerable.Range(0, 3).Select(i => (char)(0x60 + ((packed >> (10 - (5 * i))) & 31))));
        return scale > 0 ? (scale, language.All(char.IsAsciiLetterLower) ? language : "und") : throw new Mp4FormatException("It has a clock that stands still.");
    }

    private static (long Lead, long Start) Edits(Mp4Box track, uint movieScale, uint scale)
    {
        if (track.Optional("edts")?.Optional("elst") is not { } list)
        {
            return (0, 0);
        }

        var wide = list.Span[0] == 1;
        long lead = 0;
        for (int row = 0, rows = list.Rows(4, wide ? 20 : 12); row < rows; row++)
        {
            var length = wide ? list.UInt64(8 + (20L * row)) : list.UInt32(8 + (12L * row));
            var start = wide ? (long)list.UInt64(16 + (20L * row)) : (int)list.UInt32(12 + (12L * row));
            if (start >= 0)
            {
                return (lead, start);
            }

            lead += Rational.Rescale((long)Math.Min(length, int.MaxValue), new Rational(1, movieScale), new Rational(1, scale));
        }

        return (lead, 0);
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

    private static ReadOnlyMemory<byte> Entry(Mp4Box description, int header)
    {
        var entries = description.Children(8).ToList();
        if (entries is not [var entry] || entry.Body.Length < header)
        {
            throw new Mp4FormatException("Its track does not have exactly one sample description.");
        }

        var writer = new Mp4BoxWriter();
        writer.Box(entry.Type, body =>
        {
            body.Bytes(entry.Span[..header]);
            foreach (var child in entry.Children(header).Where(child => child.Type is not "btrt"))
            {
                body.Box(child.Type, box => box.Bytes(child.Span));
            }
        });
        return writer.Written;
    }
}
