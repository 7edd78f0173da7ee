using System.Globalization;
using System.Text;

namespace VideoMesh.Simulation.Market;

/// <summary>Draws what cheating comes to over the share of faked work.</summary>
internal static class GainPlot
{
    private const double Left = 70;
    private const double Right = 700;
    private const double Top = 30;
    private const double Bottom = 370;

    /// <summary>The picture, as SVG.</summary>
    /// <param name="lines">What was measured: a name, a colour, and gain over f.</param>
    public static string Draw(IReadOnlyList<(string Name, string Colour, IReadOnlyList<(double Faked, double Gain)> Points)> lines)
    {
        var (least, most) = (lines.Min(line => line.Points.Min(point => point.Gain)), lines.Max(line => line.Points.Max(point => point.Gain)));
        least = Math.Floor(least * 10) / 10;
        most = Math.Max(0.1, Math.Ceiling(most * 10) / 10);
        string X(double faked) => Number(Left + (faked * (Right - Left)));
        string Y(double gain) => Number(Bottom - ((gain - least) / (most - least) * (Bottom - Top)));

        var svg = new StringBuilder();
        svg.Append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 480\" font-family=\"sans-serif\" font-size=\"13\">\n");
        svg.Append("<rect width=\"720\" height=\"480\" fill=\"#ffffff\"/>\n");
        for (var step = (int)Math.Round(least * 10); step <= (int)Math.Round(most * 10); step++)
        {
            var gain = step / 10.0;
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Number(Left)} {Y(gain)}H{Number(Right)}\" stroke=\"{(step == 0 ? "#333333" : "#dddddd")}\"/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Number(Left - 8)}\" y=\"{Y(gain)}\" text-anchor=\"end\" dominant-baseline=\"middle\">{gain:0.0}</text>\n");
        }

        for (var step = 0; step <= 4; step++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(step / 4.0)}\" y=\"{Number(Bottom + 20)}\" text-anchor=\"middle\">{step / 4.0:0.00}</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Number((Left + Right) / 2)}\" y=\"{Number(Bottom + 40)}\" text-anchor=\"middle\">f: share of the claim that is faked</text>\n");
        svg.Append("<text x=\"18\" y=\"200\" text-anchor=\"middle\" transform=\"rotate(-90 18 200)\">gain over an honest miner, in values of the claim</text>\n");
        for (var i = 0; i < lines.Count; i++)
        {
            var (name, colour, points) = lines[i];
            var path = string.Join(' ', points.Select(point => $"{X(point.Faked)},{Y(point.Gain)}"));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Number(Left)} {Number(Bottom + 62 + (i * 18))}h24\" stroke=\"{colour}\" stroke-width=\"2\"/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Number(Left + 32)}\" y=\"{Number(Bottom + 66 + (i * 18))}\">{name}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
