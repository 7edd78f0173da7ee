using System.Globalization;
using System.Text;

namespace VideoMesh.Miners.Media.Packaging;

/// <summary>HLS playlists (RFC 8216). All addresses are relative. Pure.</summary>
internal static class HlsPlaylist
{
    public const string MasterName = "master.m3u8";
    public const string MediaName = "index.m3u8";

    private const string AudioGroup = "audio";

    public static string Media(MediaStream stream)
    {
        var longest = stream.Segments.Max(segment => stream.Seconds(segment.Length));
        var text = new StringBuilder();
        Line(text, "#EXTM3U");
        Line(text, "#EXT-X-VERSION:7");
        Line(text, $"#EXT-X-TARGETDURATION:{Math.Max(1, (int)Math.Round(longest, MidpointRounding.AwayFromZero))}");
        Line(text, "#EXT-X-MEDIA-SEQUENCE:1");
        Line(text, "#EXT-X-PLAYLIST-TYPE:VOD");
        Line(text, "#EXT-X-INDEPENDENT-SEGMENTS");
        Line(text, $"#EXT-X-MAP:URI=\"{PackageNames.Header}\"");
        for (var i = 0; i < stream.Segments.Length; i++)
        {
            Line(text, $"#EXTINF:{stream.Seconds(stream.Segments[i].Length):0.000000},");
            Line(text, PackageNames.Segment(i + 1));
        }

        Line(text, "#EXT-X-ENDLIST");
        return text.ToString();
    }

    public static string Master(IReadOnlyList<MediaStream> streams)
    {
        var audio = streams.Where(stream => !stream.IsVideo).ToList();
        var text = new StringBuilder();
        Line(text, "#EXTM3U");
        Line(text, "#EXT-X-VERSION:7");
        Line(text, "#EXT-X-INDEPENDENT-SEGMENTS");
        foreach (var track in audio)
        {
            var language = track.Track.Language is "und" ? "" : $",LANGUAGE=\"{track.Track.Language}\"";
            var chosen = track.IsDefault ? "YES" : "NO";
            Line(text, $"#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{AudioGroup}\",NAME=\"{Quotable(track.Title ?? track.Name)}\"{language},DEFAULT={chosen},AUTOSELECT=YES,CHANNELS=\"{track.Track.Channels}\",URI=\"{track.Name}/{MediaName}\"");
        }

        var sound = audio.Select(track => track.Codec).Distinct(StringComparer.Ordinal).ToList();
        foreach (var stream in streams.Where(stream => stream.IsVideo))
        {
            var peak = stream.PeakBandwidth + audio.Select(track => track.PeakBandwidth).DefaultIfEmpty().Max();
            var average = stream.AverageBandwidth + audio.Select(track => track.AverageBandwidth).DefaultIfEmpty().Max();
            var codecs = string.Join(',', [stream.Codec, .. sound]);
            var group = audio.Count > 0 ? $",AUDIO=\"{AudioGroup}\"" : "";
            Line(text, $"#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},CODECS=\"{codecs}\",RESOLUTION={stream.Picture!.Width}x{stream.Picture.Height},FRAME-RATE={stream.Picture.FrameRate.Value:0.000}{Range(stream.Picture)}{group}");
            Line(text, $"{stream.Name}/{MediaName}");
        }

        return text.ToString();
    }

    private static string Range(Picture picture) => picture.Transfer switch
    {
        "smpte2084" => ",VIDEO-RANGE=PQ",
        "arib-std-b67" => ",VIDEO-RANGE=HLG",
        _ => ",VIDEO-RANGE=SDR",
    };

    private static string Quotable(string text) => string.Concat(text.Where(c => c is not '"' && !char.IsControl(c)));

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
