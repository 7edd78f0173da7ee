using System.Globalization;

namespace VideoMesh.TestKit.Media;

/// <summary>What a viewer of a file gets: when each frame is shown, and when sound begins and ends. Found by decoding, so that edit lists and encoder delays count.</summary>
/// <param name="Frames">Seconds, rising.</param>
/// <param name="AudioStart">Seconds; null without audio.</param>
/// <param name="AudioEnd">Seconds.</param>
public sealed record Watch(IReadOnlyList<double> Frames, double? AudioStart, double? AudioEnd)
{
    public double VideoStart => Frames[0];

    public double LastFrame => Frames[^1];

    public static async Task<Watch> FileAsync(string path, int audio = 0)
    {
        var (video, _) = await DecodeAsync(path, "v:0");
        var hasAudio = (await Tools.FfprobeAsync(["-select_streams", $"a:{audio}", "-show_entries", "stream=index", "-of", "csv=p=0", path])).Length > 0;
        if (!hasAudio)
        {
            return new Watch(video, null, null);
        }

        var (starts, end) = await DecodeAsync(path, $"a:{audio}");
        return new Watch(video, starts[0], end);
    }

    /// <summary>When sound begins and ends in a fragmented file that has nothing else. What lies before time zero is decoder delay, which players drop.</summary>
    public static async Task<(double Start, double End)> SoundAsync(string path)
    {
        var (starts, end) = await DecodeAsync(path, "a:0");
        return (starts.First(time => time > -0.001), end);
    }

    private static async Task<(List<double> Starts, double End)> DecodeAsync(string path, string stream)
    {
        // cover art is a video stream to a stream specifier, so V leaves it out
        var table = await Tools.FfmpegAsync(["-copyts", "-noautorotate", "-i", path, "-map", $"0:{stream.Replace('v', 'V')}", "-vsync", "passthrough", "-enc_time_base", "-1", "-f", "framecrc", "-"]);
        var starts = new List<double>();
        double end = 0;
        var unit = 1.0;
        foreach (var line in table.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("#tb 0: ", StringComparison.Ordinal))
            {
                var parts = line["#tb 0: ".Length..].Split('/');
                unit = double.Parse(parts[0], CultureInfo.InvariantCulture) / double.Parse(parts[1], CultureInfo.InvariantCulture);
            }
            else if (!line.StartsWith('#'))
            {
                var fields = line.Split(',', StringSplitOptions.TrimEntries);
                var pts = long.Parse(fields[2], CultureInfo.InvariantCulture) * unit;
                starts.Add(pts);
                end = Math.Max(end, pts + (long.Parse(fields[3], CultureInfo.InvariantCulture) * unit));
            }
        }

        starts.Sort();
        return (starts, end);
    }
}
