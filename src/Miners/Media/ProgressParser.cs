using System.Globalization;
using System.Text;

namespace VideoMesh.Miners.Media;

/// <summary>One report of a running encode.</summary>
/// <param name="Frames">Frames encoded so far, of the first output.</param>
/// <param name="Position">How far the output has come.</param>
/// <param name="Finished">Whether this is the last report.</param>
public readonly record struct EncodeProgress(int Frames, TimeSpan Position, bool Finished);

/// <summary>Reads what <c>-progress</c> writes: lines of <c>key=value</c>, each report ended by a line <c>progress=…</c>.</summary>
public sealed class ProgressParser
{
    // a program that never ends its line must not fill our memory
    private const int LongestLine = 4096;

    private int _frames;
    private TimeSpan _position;

    /// <summary>Takes one line; gives a report when the line ends one.</summary>
    public EncodeProgress? Line(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var cut = line.IndexOf('=', StringComparison.Ordinal);
        if (cut <= 0)
        {
            return null;
        }

        var value = line.AsSpan(cut + 1).Trim();
        switch (line.AsSpan(0, cut))
        {
            case "frame" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var frames):
                _frames = frames;
                return null;
            case "out_time_us" when long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var microseconds) && microseconds is >= 0 and < long.MaxValue / 10:
                _position = TimeSpan.FromMicroseconds(microseconds);
                return null;
            case "progress":
                return new EncodeProgress(_frames, _position, value is "end");
            default:
                return null;
        }
    }

    /// <summary>Reads a whole stream, for <see cref="Sandbox.SandboxCommand.ReadOutput"/>.</summary>
    public static Func<Stream, CancellationToken, Task> Reader(Action<EncodeProgress> report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return async (stream, cancellationToken) =>
        {
            var parser = new ProgressParser();
            await LineReader.ReadAsync(stream, LongestLine, line =>
            {
                if (parser.Line(line) is { } progress)
                {
                    report(progress);
                }
            }, cancellationToken);
        };
    }
}

/// <summary>Lines of a stream, with a limit on their length: longer ones are cut.</summary>
internal static class LineReader
{
    public static async Task ReadAsync(Stream stream, int longest, Action<string> line, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        var pending = new StringBuilder();
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            for (var i = 0; i < read; i++)
            {
                if (buffer[i] == '\n')
                {
                    line(pending.ToString());
                    pending.Clear();
                }
                else if (buffer[i] != '\r' && pending.Length < longest)
                {
                    // names and numbers are ASCII; anything else only ever matters as "not a number"
                    pending.Append((char)buffer[i]);
                }
            }
        }

        if (pending.Length > 0)
        {
            line(pending.ToString());
        }
    }
}
