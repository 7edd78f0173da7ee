using System.Buffers.Binary;
using System.Collections.Immutable;

namespace VideoMesh.Miners.Media.Mp4;

/// <summary>One encoded segment on its way into the joined file.</summary>
/// <param name="Path">Host path of its MP4 file.</param>
/// <param name="Video">Its tables.</param>
internal sealed record Mp4Piece(string Path, Mp4Track Video);

/// <summary>
/// Writes encoded segments one after the other as one MP4 video track whose frames are shown exactly when the source shows them: the source's times are put
/// back frame by frame, whatever clock the encoders ran on. Picture data is copied, never touched.
/// </summary>
internal static class Mp4VideoWriter
{
    /// <param name="path">The file to write.</param>
    /// <param name="pieces">In order; together one sample per frame.</param>
    /// <param name="times">When each frame is shown, strictly rising, in units of <paramref name="timeBase"/>.</param>
    /// <param name="end">When the last frame ends.</param>
    /// <param name="origin">The time that becomes zero; at or before the first frame, or the track starts at zero.</param>
    /// <param name="timeBase">Seconds per unit.</param>
    /// <param name="cancellationToken">Ends the copy.</param>
    public static async Task WriteAsync(
        string path, IReadOnlyList<Mp4Piece> pieces, ImmutableArray<long> times, long end, long origin, Rational timeBase, CancellationToken cancellationToken)
    {
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16);
        await using (file.ConfigureAwait(false))
        {
            var head = new Mp4BoxWriter();
            head.Box("ftyp", box => box.Text("isom").UInt32(512).Text("isomiso2mp41"));
            head.UInt32(1).Text("mdat").UInt64(0);
            await file.WriteAsync(head.Written, cancellationToken);
            var chunks = new List<long>(pieces.Count);
            foreach (var piece in pieces)
            {
                chunks.Add(file.Position);
                await CopyAsync(piece, file, cancellationToken);
            }

            var index = file.Position;
            await file.WriteAsync(Index(pieces, chunks, new Timing(pieces, times, end, origin, timeBase)), cancellationToken);
            var size = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(size, index - head.Written.Length + 16);
            file.Position = head.Written.Length - 8;
            await file.WriteAsync(size, cancellationToken);
        }
    }

    private static async Task CopyAsync(Mp4Piece piece, FileStream to, CancellationToken cancellationToken)
    {
        using var from = File.OpenHandle(piece.Path);
        await piece.Video.ReadSamplesAsync(from, bytes => to.WriteAsync(bytes, cancellationToken), cancellationToken);
    }

    private static ReadOnlyMemory<byte> Index(IReadOnlyList<Mp4Piece> pieces, List<long> chunks, Timing timing)
    {
        var (width, height) = (pieces[0].Video.Width, pieces[0].Video.Height);
        var samples = pieces.SelectMany(piece => piece.Video.Samples).ToList();
        var writer = new Mp4BoxWriter();
        writer.Box("moov", moov => moov
            .FullBox("mvhd", 1, 0, box => box.UInt64(0).UInt64(0).UInt32(timing.Scale).UInt64(timing.Total).UInt32(0x00010000).UInt16(0x0100).Zeros(10).UnityMatrix().Zeros(24).UInt32(2))
            .Box("trak", trak => trak
                .FullBox("tkhd", 1, 3, box => box.UInt64(0).UInt64(0).UInt32(1).UInt32(0).UInt64(timing.Total).Zeros(16).UnityMatrix().UInt32((uint)width << 16).UInt32((uint)height << 16))
                .Box("edts", edts => edts.FullBox("elst", 1, 0, timing.WriteEdits))
                .Box("mdia", mdia => mdia
                    .FullBox("mdhd", 1, 0, box => box.UInt64(0).UInt64(0).UInt32(timing.Scale).UInt64(timing.MediaLength).UInt16(0x55C4).UInt16(0))
                    .FullBox("hdlr", 0, 0, box => box.UInt32(0).Text("vide").Zeros(12).Text("VideoHandler\0"))
                    .Box("minf", minf => minf
                        .FullBox("vmhd", 0, 1, box => box.Zeros(8))
                        .Box("dinf", dinf => dinf.FullBox("dref", 0, 0, box => box.UInt32(1).FullBox("url ", 0, 1, _ => { })))
                        .Box("stbl", stbl => stbl
                            .FullBox("stsd", 0, 0, box => box.UInt32(1).Bytes(pieces[0].Video.SampleEntry.Span))
                            .FullBox("stts", 0, 0, box => WriteRuns(box, timing.Steps))
                            .FullBox("ctts", 0, 0, box => WriteRuns(box, timing.Offsets))
                            .FullBox("stss", 0, 0, box => WriteSync(box, samples))
                            .FullBox("stsc", 0, 0, box => WriteChunkSizes(box, pieces))
                            .FullBox("stsz", 0, 0, box => WriteSizes(box, samples))
                            .FullBox("co64", 0, 0, box => WriteChunks(box, chunks)))))));
        return writer.Written;
    }

    private static void WriteRuns(Mp4BoxWriter box, IReadOnlyList<uint> values)
    {
        List<(uint Count, uint Value)> runs = [];
        foreach (var value in values)
        {
            if (runs.Count > 0 && runs[^1].Value == value)
            {
                runs[^1] = (runs[^1].Count + 1, value);
            }
            else
            {
                runs.Add((1, value));
            }
        }

        box.UInt32((uint)runs.Count);
        runs.ForEach(run => box.UInt32(run.Count).UInt32(run.Value));
    }

    private static void WriteSync(Mp4BoxWriter box, List<Mp4Sample> samples)
    {
        var sync = Enumerable.Range(0, samples.Count).Where(i => samples[i].Sync).ToList();
        box.UInt32((uint)sync.Count);
        sync.ForEach(i => box.UInt32((uint)i + 1));
    }

    private static void WriteChunkSizes(Mp4BoxWriter box, IReadOnlyList<Mp4Piece> pieces)
    {
        box.UInt32((uint)pieces.Count);
        for (var i = 0; i < pieces.Count; i++)
        {
            box.UInt32((uint)i + 1).UInt32((uint)pieces[i].Video.Samples.Length).UInt32(1);
        }
    }

    private static void WriteChunks(Mp4BoxWriter box, List<long> chunks)
    {
        box.UInt32((uint)chunks.Count);
        chunks.ForEach(chunk => box.UInt64((ulong)chunk));
    }

    private static void WriteSizes(Mp4BoxWriter box, List<Mp4Sample> samples)
    {
        box.UInt32(0).UInt32((uint)samples.Count);
        samples.ForEach(sample => box.UInt32((uint)sample.Size));
    }
}
