using System.Globalization;
using VideoMesh.Miners.Media.Mp4;

namespace VideoMesh.Miners.Media.Packaging;

/// <summary>The exact names by which players ask themselves whether they can play a track (RFC 6381 and each codec's own rules). Pure.</summary>
internal static class CodecString
{
    /// <exception cref="Mp4FormatException">The track's configuration is missing or cut short.</exception>
    public static string Of(Mp4Track track)
    {
        var entry = Mp4Box.Parse(track.SampleEntry).Single();
        var header = track.EntryHeader - 8;
        Mp4Box Configuration(string type) => entry.Children(header).FirstOrDefault(box => string.Equals(box.Type, type, StringComparison.Ordinal)) is { Type: not null } box
            ? box
            : throw new Mp4FormatException($"Its '{entry.Type}' track has no '{type}'.");
        return entry.Type switch
        {
            "avc1" or "avc3" => Avc(entry.Type, Configuration("avcC")),
            "hvc1" or "hev1" => Hevc(entry.Type, Configuration("hvcC")),
            "av01" => Av1(Configuration("av1C")),
            "vp09" => Vp9(Configuration("vpcC")),
            "mp4a" => Mpeg4Audio(Configuration("esds")),
            "Opus" => "opus",
            _ => entry.Type,
        };
    }

    // profile, constraint flags, level: the three bytes after the version
    private static string Avc(string type, Mp4Box box) => string.Create(CultureInfo.InvariantCulture, $"{type}.{box.UInt32(0) & 0xFFFFFF:X6}");

    // ISO/IEC 14496-15, annex E: profile, reversed compatibility flags, tier and level, constraint bytes without trailing zeros
    private static string Hevc(string type, Mp4Box box)
    {
        var general = box.UInt32(1) >> 24;
        var compatibility = Reverse(box.UInt32(2));
        var level = box.UInt32(12) >> 24;
        string[] spaces = ["", "A", "B", "C"];
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{type}.{spaces[general >> 6]}{general & 31}.{compatibility:X}.{((general & 32) != 0 ? 'H' : 'L')}{level}");
        var constraints = box.Span[6..12];
        var last = constraints.LastIndexOfAnyExcept((byte)0);
        for (var i = 0; i <= last; i++)
        {
            text += string.Create(CultureInfo.InvariantCulture, $".{constraints[i]:X}");
        }

        return text;
    }

    // AV1 in ISO-BMFF, section 5: profile, level and tier, bit depth
    private static string Av1(Mp4Box box)
    {
        var bits = box.UInt32(0);
        var profile = (bits >> 21) & 7;
        var level = (bits >> 16) & 31;
        var tier = ((bits >> 15) & 1) == 1 ? 'H' : 'M';
        var deep = ((bits >> 14) & 1) == 1;
        var twelve = ((bits >> 13) & 1) == 1;
        var depth = !deep ? 8 : profile == 2 && twelve ? 12 : 10;
        return string.Create(CultureInfo.InvariantCulture, $"av01.{profile}.{level:D2}{tier}.{depth:D2}");
    }

    // VP codec ISO-BMFF binding: profile, level, bit depth, after a version and flags
    private static string Vp9(Mp4Box box)
    {
        var bits = box.UInt32(4);
        return string.Create(CultureInfo.InvariantCulture, $"vp09.{bits >> 24:D2}.{(bits >> 16) & 255:D2}.{(bits >> 12) & 15:D2}");
    }

    // The object type sits in the DecoderConfigDescriptor, the audio object type in the first bits of its DecoderSpecificInfo (ISO/IEC 14496-1).
    private static string Mpeg4Audio(Mp4Box box)
    {
        var bytes = box.Span[4..];
        var (objectType, audioType) = (0, 0);
        while (bytes.Length > 2)
        {
            var tag = bytes[0];
            var at = 1;
            while (at < bytes.Length && (bytes[at] & 0x80) != 0)
            {
                at++;
            }

            bytes = bytes[Math.Min(at + 1, bytes.Length)..];
            switch (tag)
            {
                case 3:
                    bytes = bytes[Math.Min(3, bytes.Length)..];
                    break;
                case 4 when bytes.Length > 13:
                    objectType = bytes[0];
                    bytes = bytes[13..];
                    break;
                case 5 when bytes.Length > 1:
                    audioType = bytes[0] >> 3;
                    audioType = audioType == 31 ? 32 + (((bytes[0] & 7) << 3) | (bytes[1] >> 5)) : audioType;
                    bytes = [];
                    break;
                default:
                    bytes = [];
                    break;
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"mp4a.{objectType:X}{(objectType == 0x40 ? $".{audioType}" : "")}");
    }

    private static uint Reverse(uint value)
    {
        uint reversed = 0;
        for (var i = 0; i < 32; i++)
        {
            reversed = (reversed << 1) | ((value >> i) & 1);
        }

        return reversed;
    }
}
