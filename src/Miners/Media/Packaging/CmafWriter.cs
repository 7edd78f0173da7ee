using VideoMesh.Miners.Media.Mp4;

namespace VideoMesh.Miners.Media.Packaging;

/// <summary>
/// Writes a track as a CMAF header and segments (ISO/IEC 23000-19). A late start is in the segments' decode times and the decoder's delay in a single
/// edit: players that follow only the first entry of an edit list, as browsers do, show picture and sound where they belong.
/// </summary>
internal static class CmafWriter
{
    public static byte[] Header(MediaStream stream)
    {
        var track = stream.Track;
        var video = stream.IsVideo;
        var writer = new Mp4BoxWriter();
        writer.Box("ftyp", box => box.Text("cmfc").UInt32(0).Text("cmfciso6mp41"));
        writer.Box("moov", moov => moov
            .FullBox("mvhd", 0, 0, box => box.Zeros(8).UInt32(track.Scale).UInt32(0).UInt32(0x00010000).UInt16(0x0100).Zeros(10).UnityMatrix().Zeros(24).UInt32(2))
            .Box("trak", trak => trak
                .FullBox("tkhd", 0, 3, box => box.Zeros(8).UInt32(1).Zeros(16).UInt16(0).UInt16(0).UInt16((ushort)(video ? 0 : 0x0100)).UInt16(0).UnityMatrix()
                    .UInt32(video ? (uint)track.Width << 16 : 0).UInt32(video ? (uint)track.Height << 16 : 0))
                .Box("edts", edts => edts.FullBox("elst", 0, 0, box => box.UInt32(1).UInt32(0).UInt32((uint)track.MediaStart).UInt32(0x00010000)))
                .Box("mdia", mdia => mdia
                    .FullBox("mdhd", 0, 0, box => box.Zeros(8).UInt32(track.Scale).UInt32(0).UInt16(Packed(track.Language)).UInt16(0))
                    .FullBox("hdlr", 0, 0, box => box.UInt32(0).Text(track.Handler).Zeros(12).Text(video ? "VideoHandler\0" : "SoundHandler\0"))
                    .Box("minf", minf => MediaHeader(minf, video)
                        .Box("dinf", dinf => dinf.FullBox("dref", 0, 0, box => box.UInt32(1).FullBox("url ", 0, 1, _ => { })))
                        .Box("stbl", stbl => stbl
                            .FullBox("stsd", 0, 0, box => box.UInt32(1).Bytes(track.SampleEntry.Span))
                            .FullBox("stts", 0, 0, box => box.UInt32(0))
                            .FullBox("stsc", 0, 0, box => box.UInt32(0))
                            .FullBox("stsz", 0, 0, box => box.UInt32(0).UInt32(0))
                            .FullBox("stco", 0, 0, box => box.UInt32(0))))))
            .Box("mvex", mvex => mvex.FullBox("trex", 0, 0, box => box.UInt32(1).UInt32(1).UInt32(0).UInt32(0).UInt32(0))));
        return writer.Written.ToArray();
    }

    /// <summary>Writes one segment to a file.</summary>
    /// <returns>Its size in bytes.</returns>
    public static async Task<long> SegmentAsync(string path, MediaStream stream, StreamSegment segment, uint number, FileStream source, CancellationToken cancellationToken)
    {
        var samples = stream.Track.Samples.AsMemory().Slice(segment.FirstSample, segment.Samples);
        var head = Head(stream, samples.Span, number);
        var target = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);
        await using (target.ConfigureAwait(false))
        {
            await target.WriteAsync(head, cancellationToken);
            for (var i = 0; i < samples.Length; i++)
            {
                var bytes = new byte[samples.Span[i].Size];
                source.Position = samples.Span[i].Offset;
                await source.ReadExactlyAsync(bytes, cancellationToken);
                await target.WriteAsync(bytes, cancellationToken);
            }

            return target.Position;
        }
    }

    private static ReadOnlyMemory<byte> Head(MediaStream stream, ReadOnlySpan<Mp4Sample> samples, uint number)
    {
        var copies = samples.ToArray();
        var size = copies.Sum(sample => (long)sample.Size);
        // the run points at the data behind this very box, whose size depends on the box alone: build it twice
        var measured = Fragment(stream, copies, number, 0).Written.Length;
        var writer = Fragment(stream, copies, number, checked((uint)(measured + 8 - StypSize)));
        writer.UInt32(checked((uint)(size + 8))).Text("mdat");
        return writer.Written;
    }

    private const int StypSize = 24;

    private static Mp4BoxWriter Fragment(MediaStream stream, Mp4Sample[] samples, uint number, uint dataOffset)
    {
        var writer = new Mp4BoxWriter();
        writer.Box("styp", box => box.Text("cmfs").UInt32(0).Text("cmfsmsdh"));
        return writer.Box("moof", moof => moof
            .FullBox("mfhd", 0, 0, box => box.UInt32(number))
            .Box("traf", traf => traf
                .FullBox("tfhd", 0, 0x020000, box => box.UInt32(1))
                .FullBox("tfdt", 1, 0, box => box.UInt64((ulong)(samples[0].Decoded + stream.Track.Lead)))
                // data offset, and for each sample its duration, size, flags and composition offset
                .FullBox("trun", 1, 0x000F01, box => Run(box.UInt32((uint)samples.Length).UInt32(dataOffset), samples))));
    }

    private static void Run(Mp4BoxWriter box, Mp4Sample[] samples)
    {
        foreach (var sample in samples)
        {
            // "depends on nothing" for keyframes; "depends on others, and is no keyframe" for the rest
            box.UInt32((uint)sample.Length).UInt32((uint)sample.Size).UInt32(sample.Sync ? 0x02000000u : 0x01010000u).UInt32((uint)(int)(sample.Shown - sample.Decoded));
        }
    }

    private static Mp4BoxWriter MediaHeader(Mp4BoxWriter minf, bool video) =>
        video ? minf.FullBox("vmhd", 0, 1, box => box.Zeros(8)) : minf.FullBox("smhd", 0, 0, box => box.Zeros(4));

    private static ushort Packed(string language) =>
        (ushort)(((language[0] - 0x60) << 10) | ((language[1] - 0x60) << 5) | (language[2] - 0x60));
}
