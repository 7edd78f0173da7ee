using System.Security.Cryptography;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Content;
using VideoMesh.Miners.Media.Mp4;

namespace VideoMesh.Miners.Media;

/// <summary>What an encoded segment's own tables say of it.</summary>
/// <param name="Facts">As <see cref="SegmentInspector"/> would find them, if codec and size are told truly.</param>
/// <param name="Description">SHA-256 of the sample entry: codec, size, and the headers that a decoder is set up with. Equal ones are equally true.</param>
public sealed record SegmentReading(SegmentFacts Facts, ContentHash Description);

/// <summary>
/// Reads an encoded segment in this process: no program has to be started, which would take as long as a twentieth of the encode. Every number is checked, but
/// whether the codec's own headers agree with the container's is for <see cref="SegmentInspector"/> to say, once for each description.
/// </summary>
public static class SegmentReader
{
    // Enough of the first frame for the size of its picture.
    private const int HeadBytes = 16;

    /// <param name="file">An MP4 file.</param>
    /// <param name="mostFrames">A file with more is refused before they are looked at.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="MediaException">It is not an MP4 file with exactly one track, of video, that starts with a keyframe.</exception>
    public static async Task<SegmentReading> ReadAsync(FileStream file, int mostFrames, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            var track = Mp4Track.ReadVideoOnly(file, mostFrames);
            if (!track.Samples[0].Sync)
            {
                throw new Mp4FormatException("It does not start with a keyframe.");
            }

            using var hasher = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await track.ReadSamplesAsync(file.SafeFileHandle, bytes =>
            {
                hasher.AppendData(bytes.Span);
                return ValueTask.CompletedTask;
            }, cancellationToken);
            var codec = Codec(track.EntryType);
            var (width, height) = codec is "vp9" ? Vp9Size(file, track.Samples[0]) : (track.Width, track.Height);
            var begins = track.Samples.Min(sample => sample.Shown);
            var ends = track.Samples.Max(sample => sample.Shown + sample.Length);
            var facts = new SegmentFacts(codec, width, height, track.Samples.Length, new Rational(1, track.Scale).Span(ends - begins), file.Length, hasher.Finish());
            return new SegmentReading(facts, ContentHash.Of(track.SampleEntry.Span));
        }
        catch (Exception e) when (e is Mp4FormatException or IOException or ArgumentException or OverflowException)
        {
            throw new MediaException(MediaFault.SegmentMismatch, $"The segment is not one video stream in an MP4 file: {e.Message}", e);
        }
    }

    private static string Codec(string entryType) => entryType switch
    {
        "avc1" or "avc3" => VideoCodec.H264.ProbeName(),
        "hvc1" or "hev1" => VideoCodec.H265.ProbeName(),
        "vp09" => VideoCodec.Vp9.ProbeName(),
        "av01" => VideoCodec.Av1.ProbeName(),
        _ => entryType,
    };

    // VP9's sample entry has no header of the codec in it: the size is in each keyframe (VP9 bitstream specification, 6.2 and 7.2).
    private static (int Width, int Height) Vp9Size(FileStream file, Mp4Sample first)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        head = head[..RandomAccess.Read(file.SafeFileHandle, head[..Math.Min(first.Size, HeadBytes)], first.Offset)];
        var at = 0;
        var marker = Bits(head, ref at, 2);
        var profile = Bits(head, ref at, 1) | (Bits(head, ref at, 1) << 1);
        at += profile == 3 ? 1 : 0;
        var shownBefore = Bits(head, ref at, 1);
        var between = Bits(head, ref at, 1);
        at += 2;
        if (marker != 2 || shownBefore != 0 || between != 0 || Bits(head, ref at, 24) != 0x498342)
        {
            throw new Mp4FormatException("Its first frame is no VP9 keyframe.");
        }

        at += profile >= 2 ? 1 : 0;
        var colours = Bits(head, ref at, 3);
        at += (colours, profile) switch
        {
            (7, 1 or 3) => 1,
            (7, _) => 0,
            (_, 1 or 3) => 4,
            _ => 1,
        };
        return (Bits(head, ref at, 16) + 1, Bits(head, ref at, 16) + 1);
    }

    private static int Bits(ReadOnlySpan<byte> bytes, ref int at, int count)
    {
        var value = 0;
        for (; count > 0; count--, at++)
        {
            value = at / 8 < bytes.Length ? (value << 1) | ((bytes[at / 8] >> (7 - (at % 8))) & 1) : throw new Mp4FormatException("Its first frame ends too early.");
        }

        return value;
    }
}
