using System.Globalization;
using System.Text;

namespace VideoMesh.Simulation.Market;

/// <summary><c>./mesh simulate --gain FILE</c>: what cheating comes to, as a table and as a picture.</summary>
internal static class GainReport
{
    /// <summary>Measures, and writes the picture.</summary>
    /// <param name="path">Gets the SVG.</param>
    /// <param name="rounds">See <see cref="CheatersGain.Measure"/>.</param>
    /// <returns>The table, in Markdown.</returns>
    public static string Write(string path, int rounds)
    {
        var assumed = CheatersGain.Measure(rounds, (2, 3));
        var exact = CheatersGain.Measure(rounds, (1, 1));
        File.WriteAllText(path, GainPlot.Draw(
        [
            ("no stake, two of three sampled fakes found", "#c0392b", Line(assumed, point => point.WithoutStake)),
            ("the least stake the ledger asks for, two of three sampled fakes found", "#2471a3", Line(assumed, point => point.Gain)),
            ("the least stake, every sampled fake found (as within a class)", "#1e8449", Line(exact, point => point.Gain)),
        ]));

        var text = new StringBuilder();
        text.AppendLine("| f | caught (q = 2/3) | gain without stake | gain (q = 2/3) | caught (q = 1) | gain (q = 1) |");
        text.Append("|---|---|---|---|---|---|");
        foreach (var (weak, strong) in assumed.Zip(exact))
        {
            text.AppendLine();
            text.Append(CultureInfo.InvariantCulture, $"| {weak.Faked:0.00} | {weak.Caught:0.0 %} | {weak.WithoutStake:+0.000;-0.000;0} | {weak.Gain:+0.000;-0.000;0} | {strong.Caught:0.0 %} | {strong.Gain:+0.000;-0.000;0} |");
        }

        return text.ToString();
    }

    private static IReadOnlyList<(double Faked, double Gain)> Line(IEnumerable<GainPoint> points, Func<GainPoint, double> of) => [.. points.Select(point => (point.Faked, of(point)))];
}
