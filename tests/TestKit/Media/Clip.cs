using System.Collections.Immutable;
using System.Globalization;

namespace VideoMesh.TestKit.Media;

/// <summary>A test video, described step by step and made by ffmpeg when asked for. Small, so that tests are quick: 320×180, 3 s, a keyframe each second.</summary>
public sealed record Clip
{
    private string _source = "testsrc2";
    private string _rate = "30";
    private int _width = 320;
    private int _height = 180;
    private double _seconds = 3;
    private int? _frames;
    private int _gop = 30;
    private string _extension = "mp4";
    private string? _filter;
    private ImmutableArray<string> _video = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"];
    private ImmutableArray<string> _audioInputs = ["sine=frequency=440:sample_rate=48000"];
    private ImmutableArray<string> _audio = ["-c:a", "aac", "-b:a", "96k"];
    private ImmutableArray<string> _more = [];
    private string? _subtitles;
    private double? _trimmedBy;
    private int? _rotation;

    public Clip At(string rate) => this with { _rate = rate };

    public Clip Sized(int width, int height) => this with { _width = width, _height = height };

    public Clip Lasting(double seconds) => this with { _seconds = seconds };

    public Clip OfFrames(int frames) => this with { _frames = frames };

    public Clip WithKeyframeEvery(int frames) => this with { _gop = frames };

    /// <summary>Some frames are missing, so that the others last longer.</summary>
    public Clip Vfr() => this with { _filter = "select='not(eq(mod(n\\,7)\\,3))*not(between(n\\,40\\,47))'" };

    /// <summary>Degrees clockwise by which players must turn it.</summary>
    public Clip Rotated(int degrees) => this with { _rotation = degrees };

    public Clip Silent() => this with { _audioInputs = [], _audio = [] };

    public Clip Surround() => this with { _audioInputs = ["sine=frequency=440:sample_rate=48000,pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0"], _audio = ["-c:a", "aac", "-b:a", "256k"] };

    public Clip WithTwoLanguagesAndSubtitles() => this with
    {
        _audioInputs = ["sine=frequency=440:sample_rate=48000", "sine=frequency=880:sample_rate=44100"],
        _subtitles = "1\n00:00:00,500 --> 00:00:01,500\nGood morning\n\n2\n00:00:02,000 --> 00:00:02,800\nGood night\n",
        _more = ["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fra", "-metadata:s:s:0", "language=deu", "-metadata", "title=Two languages"],
    };

    public Clip TenBit() => this with { _video = ["-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=error:open-gop=0"] };

    public Clip OpenGop() => this with { _video = [.. _video, "-x264-params", "open-gop=1:bframes=3:scenecut=0"] };

    public Clip In(string extension) => this with { _extension = extension };

    public Clip Encoded(params string[] video) => this with { _video = [.. video] };

    public Clip WithAudio(params string[] audio) => this with { _audio = [.. audio] };

    public Clip Tagged(params string[] options) => this with { _more = [.. _more, .. options] };

    /// <summary>The first part is cut off without re-encoding, so that an edit list hides what comes before the cut.</summary>
    public Clip TrimmedBy(double seconds) => this with { _trimmedBy = seconds };

    public Clip Filtered(string filter) => this with { _filter = filter };

    public Clip Showing(string source) => this with { _source = source };

    /// <summary>Makes the file.</summary>
    /// <returns>Its path.</returns>
    public async Task<string> MakeAsync(string folder, string name = "clip")
    {
        var path = Path.Combine(folder, $"{name}.{_extension}");
        var length = _frames is { } frames ? $"{frames}" : null;
        List<string> arguments = ["-f", "lavfi", "-i", $"{_source}=size={_width}x{_height}:rate={_rate}:duration={Text(_seconds)}"];
        foreach (var audio in _audioInputs)
        {
            arguments.AddRange(["-f", "lavfi", "-t", Text(_seconds), "-i", audio]);
        }

        if (_subtitles is not null)
        {
            var file = Path.Combine(folder, name + ".srt");
            await File.WriteAllTextAsync(file, _subtitles);
            arguments.AddRange(["-i", file]);
        }

        arguments.AddRange(["-map", "0:v"]);
        arguments.AddRange(Enumerable.Range(1, _audioInputs.Length).SelectMany(i => (string[])["-map", $"{i}:a"]));
        if (_subtitles is not null)
        {
            arguments.AddRange(["-map", $"{_audioInputs.Length + 1}:s", "-c:s", _extension is "mp4" or "mov" ? "mov_text" : "srt"]);
        }

        arguments.AddRange(["-vsync", "passthrough"]);
        if (_filter is not null)
        {
            arguments.AddRange(["-filter:v", _filter]);
        }

        if (length is not null)
        {
            arguments.AddRange(["-frames:v", length]);
        }

        arguments.AddRange([.. _video, "-g", $"{_gop}", "-keyint_min", $"{_gop}", .. _audio, .. _more]);
        if (_rotation is { } degrees)
        {
            arguments.AddRange(["-metadata:s:v:0", $"rotate={degrees}"]);
        }

        await Tools.FfmpegAsync([.. arguments, path]);
        return _trimmedBy is { } seconds ? await TrimAsync(path, seconds) : path;
    }

    private static async Task<string> TrimAsync(string path, double seconds)
    {
        var trimmed = Path.ChangeExtension(path, $"trimmed{Path.GetExtension(path)}");
        await Tools.FfmpegAsync(["-ss", Text(seconds), "-i", path, "-map", "0", "-c", "copy", trimmed]);
        return trimmed;
    }

    private static string Text(double seconds) => seconds.ToString(CultureInfo.InvariantCulture);
}
