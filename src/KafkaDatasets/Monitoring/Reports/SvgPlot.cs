using System.Globalization;
using System.Net;
using System.Text;

namespace KafkaDatasets.Monitoring.Reports;

/// <summary>Line plots and histograms as SVG, drawn by hand so that a report needs nothing else.</summary>
internal static class SvgPlot
{
    /// <summary>Colours that are told apart also by readers who do not see red or green (Okabe and Ito).</summary>
    private static readonly string[] Colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];

    private const double Width = 860;
    private const double Height = 260;
    private const double Left = 60;
    private const double Right = 16;
    private const double Top = 12;
    private const double Bottom = 34;

    public static string ColorOf(int series) => Colors[series % Colors.Length];

    /// <summary>Lines over an axis of times or numbers.</summary>
    /// <param name="series">The points of each line; NaN leaves a gap.</param>
    /// <param name="marks">Where a vertical line marks something, with its line's number and text.</param>
    /// <param name="formatX">Labels the horizontal axis.</param>
    /// <param name="range">The vertical range; null for that of the points.</param>
    /// <param name="diagonal">Whether to draw the diagonal that a calibrated model lies on.</param>
    public static string Lines(
        IReadOnlyList<IReadOnlyList<(double X, double Y)>> series,
        IReadOnlyList<(double X, int Series, string Text)> marks,
        Func<double, string> formatX,
        (double Min, double Max)? range = null,
        bool diagonal = false)
    {
        (double X, double Y)[] points = [.. series.SelectMany(s => s).Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y))];
        if (points.Length == 0)
        {
            return "<p class=\"none\">Nothing to draw.</p>";
        }

        (double minX, double maxX) = diagonal ? (0, 1) : Widen(points.Min(p => p.X), points.Max(p => p.X));
        double[] ticks = Ticks(range?.Min ?? points.Min(p => p.Y), range?.Max ?? points.Max(p => p.Y));
        (double minY, double maxY) = (ticks[0], ticks[^1]);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\">");
        foreach (double y in ticks)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(y):0.#}\" y2=\"{Y(y):0.#}\"/><text class=\"y\" x=\"{Left - 6}\" y=\"{Y(y) + 4:0.#}\">{y:0.#####}</text>");
        }

        for (int i = 0; i <= 4; i++)
        {
            double x = minX + ((maxX - minX) * i / 4);
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"{i switch { 0 => "first", 4 => "last", 2 => "x", _ => "x between" }}\" x=\"{X(x):0.#}\" y=\"{Height - 12}\">{WebUtility.HtmlEncode(formatX(x))}</text>");
        }

        if (diagonal)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"diagonal\" x1=\"{X(0):0.#}\" y1=\"{Y(0):0.#}\" x2=\"{X(1):0.#}\" y2=\"{Y(1):0.#}\"/>");
        }

        foreach ((double x, int line, string text) in marks.Where(m => m.X >= minX && m.X <= maxX))
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"mark\" stroke=\"{ColorOf(line)}\" x1=\"{X(x):0.#}\" x2=\"{X(x):0.#}\" y1=\"{Top}\" y2=\"{Height - Bottom}\"><title>{WebUtility.HtmlEncode(text)}</title></line>");
        }

        for (int i = 0; i < series.Count; i++)
        {
            Line(svg, series[i], ColorOf(i));
        }

        return svg.Append("</svg>").ToString();

        double X(double value) => Left + ((value - minX) / (maxX - minX) * (Width - Left - Right));

        double Y(double value) => Height - Bottom - ((value - minY) / (maxY - minY) * (Height - Top - Bottom));

        void Line(StringBuilder target, IReadOnlyList<(double X, double Y)> line, string color)
        {
            var path = new StringBuilder();
            bool isOpen = false;
            foreach ((double x, double y) in line)
            {
                if (!double.IsFinite(x) || !double.IsFinite(y))
                {
                    isOpen = false;
                    continue;
                }

                path.Append(CultureInfo.InvariantCulture, $"{(isOpen ? 'L' : 'M')}{X(x):0.#} {Y(y):0.#}");
                isOpen = true;
                if (line.Count <= 60)
                {
                    target.Append(CultureInfo.InvariantCulture, $"<circle fill=\"{color}\" cx=\"{X(x):0.#}\" cy=\"{Y(y):0.#}\" r=\"2.5\"/>");
                }
            }

            target.Append(CultureInfo.InvariantCulture, $"<path class=\"line\" stroke=\"{color}\" d=\"{path}\"/>");
        }
    }

    /// <summary>Two histograms over the same bins, as shares.</summary>
    public static string Histograms(IReadOnlyList<double> reference, IReadOnlyList<double> current)
    {
        const double Wide = 220;
        const double High = 48;
        double most = Math.Max(reference.Max(), current.Max());
        double bar = Wide / reference.Count;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg class=\"small\" viewBox=\"0 0 {Wide} {High}\" role=\"img\">");
        for (int i = 0; i < reference.Count; i++)
        {
            Bar(i, 0, reference[i], "before");
            Bar(i, 1, current[i], "now");
        }

        return svg.Append("</svg>").ToString();

        void Bar(int bin, int side, double share, string kind)
        {
            double height = most <= 0 ? 0 : share / most * High;
            svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"{kind}\" x=\"{(bin * bar) + (side * bar * 0.45):0.##}\" y=\"{High - height:0.##}\" width=\"{bar * 0.43:0.##}\" height=\"{height:0.##}\"/>");
        }
    }

    /// <summary>Round numbers around a range: three to seven, with a step of 1, 2 or 5 times a power of ten.</summary>
    private static double[] Ticks(double min, double max)
    {
        double span = max > min ? max - min : Math.Max(Math.Abs(min) * 0.1, 0.01);
        double power = Math.Pow(10, Math.Floor(Math.Log10(span / 4)));
        double step = power * ((span / 4 / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
        long first = (long)Math.Floor((min / step) + 1e-9);
        long last = Math.Max(first + 1, (long)Math.Ceiling((max / step) - 1e-9));
        return [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)];
    }

    private static (double Min, double Max) Widen(double min, double max)
    {
        double margin = max > min ? (max - min) * 0.05 : Math.Max(Math.Abs(min) * 0.05, 0.01);
        return (min - margin, max + margin);
    }
}
