using System.Xml.Linq;

namespace VideoMesh.Miners.Media.Packaging;

/// <summary>The DASH manifest (ISO/IEC 23009-1) over the same segments. All addresses are relative. Pure.</summary>
internal static class DashManifest
{
    public const string Name = "manifest.mpd";

    private static readonly XNamespace Mpd = "urn:mpeg:dash:schema:mpd:2011";

    public static string Write(IReadOnlyList<MediaStream> streams)
    {
        var end = streams.Max(stream => stream.Seconds(stream.Segments[^1].Start + stream.Segments[^1].Length));
        var longest = streams.Max(stream => stream.Segments.Max(segment => stream.Seconds(segment.Length)));
        // players change rungs inside a set, so a set has one codec
        var video = streams.Where(stream => stream.IsVideo).GroupBy(stream => stream.Picture!.Codec).Select(group => Video([.. group]));
        var audio = streams.Where(stream => !stream.IsVideo).Select(Audio);
        var sets = video.Concat(audio).ToList();
        for (var i = 0; i < sets.Count; i++)
        {
            sets[i].SetAttributeValue("id", i);
        }

        return new XDocument(
            new XElement(
                Mpd + "MPD",
                new XAttribute("profiles", "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019"),
                new XAttribute("type", "static"),
                new XAttribute("mediaPresentationDuration", Duration(end)),
                new XAttribute("maxSegmentDuration", Duration(longest)),
                new XAttribute("minBufferTime", Duration(Math.Min(longest, 4))),
                new XElement(Mpd + "Period", new XAttribute("id", "0"), new XAttribute("start", "PT0S"), sets))).ToString() + "\n";
    }

    private static XElement Video(IReadOnlyList<MediaStream> rungs) => new(
        Mpd + "AdaptationSet",
        new XAttribute("contentType", "video"),
        new XAttribute("segmentAlignment", "true"),
        new XAttribute("startWithSAP", "1"),
        new XAttribute("maxWidth", rungs.Max(rung => rung.Picture!.Width)),
        new XAttribute("maxHeight", rungs.Max(rung => rung.Picture!.Height)),
        rungs.Select(rung => Representation(
            rung,
            "video/mp4",
            new XAttribute("width", rung.Picture!.Width),
            new XAttribute("height", rung.Picture.Height),
            new XAttribute("frameRate", rung.Picture.FrameRate.Denominator == 1 ? $"{rung.Picture.FrameRate.Numerator}" : rung.Picture.FrameRate.ToString()),
            new XAttribute("sar", "1:1"))));

    private static XElement Audio(MediaStream track) => new(
        Mpd + "AdaptationSet",
        new XAttribute("contentType", "audio"),
        new XAttribute("segmentAlignment", "true"),
        new XAttribute("startWithSAP", "1"),
        track.Track.Language is "und" ? null : new XAttribute("lang", track.Track.Language),
        new XElement(Mpd + "Role", new XAttribute("schemeIdUri", "urn:mpeg:dash:role:2011"), new XAttribute("value", track.IsDefault ? "main" : "alternate")),
        Representation(
            track,
            "audio/mp4",
            new XAttribute("audioSamplingRate", track.Track.Scale),
            new XElement(
                Mpd + "AudioChannelConfiguration",
                new XAttribute("schemeIdUri", "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"),
                new XAttribute("value", track.Track.Channels))));

    private static XElement Representation(MediaStream stream, string type, params object[] more) => new(
        Mpd + "Representation",
        new XAttribute("id", stream.Name),
        new XAttribute("mimeType", type),
        new XAttribute("codecs", stream.Codec),
        new XAttribute("bandwidth", stream.PeakBandwidth),
        more,
        new XElement(
            Mpd + "SegmentTemplate",
            new XAttribute("timescale", stream.Track.Scale),
            new XAttribute("initialization", $"$RepresentationID$/{PackageNames.Header}"),
            new XAttribute("media", $"$RepresentationID$/{PackageNames.SegmentTemplate}"),
            new XAttribute("startNumber", 1),
            new XElement(Mpd + "SegmentTimeline", Timeline(stream))));

    private static IEnumerable<XElement> Timeline(MediaStream stream)
    {
        var segments = stream.Segments;
        for (var i = 0; i < segments.Length;)
        {
            var same = i + 1;
            while (same < segments.Length && segments[same].Length == segments[i].Length && segments[same].Start == segments[same - 1].Start + segments[same - 1].Length)
            {
                same++;
            }

            yield return new XElement(
                Mpd + "S",
                new XAttribute("t", segments[i].Start),
                new XAttribute("d", segments[i].Length),
                same - i > 1 ? new XAttribute("r", same - i - 1) : null);
            i = same;
        }
    }

    private static string Duration(double seconds) => $"PT{Math.Ceiling(seconds * 1000) / 1000:0.###}S";
}
