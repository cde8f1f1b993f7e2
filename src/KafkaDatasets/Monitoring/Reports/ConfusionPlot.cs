using System.Globalization;
using System.Net;
using System.Text;

namespace KafkaDatasets.Monitoring.Reports;

/// <summary>A confusion matrix as SVG: a row for each class, a column for each predicted class, darker where more of the class's rows are.</summary>
internal static class ConfusionPlot
{
    /// <summary>How many classes are shown, those with the most rows.</summary>
    public const int MostClasses = 20;

    private const double Width = 860;
    private const double Left = 150;
    private const double Top = 44;
    private const double WidestCell = 110;
    private const double HighestCell = 44;

    private const double CharacterWidth = 6.5;

    /// <summary>How many characters of a class's name fit beside its row.</summary>
    private const int NameLength = 20;

    public static string Of(MulticlassMetrics metrics)
    {
        ConfusionMatrix confusion = metrics.Confusion;
        ClassMetrics[] all = [.. metrics.Classes];
        int[] shown = [.. Enumerable.Range(0, all.Length).OrderByDescending(i => all[i].Rows).Take(MostClasses).Order()];
        int[] columns = confusion.UnknownPredictions > 0 ? [.. shown, all.Length] : shown;
        double cell = Math.Min(WidestCell, (Width - Left) / columns.Length);
        double high = Math.Min(HighestCell, cell);
        double width = Left + (cell * columns.Length);
        double height = Top + (high * shown.Length) + 4;

        // Names that are wider than a cell take turns in two lines.
        int fits = (int)(cell / CharacterWidth);
        bool isStaggered = columns.Any(c => NameOf(c).Length > fits);
        int length = Math.Max(2, isStaggered ? fits * 2 : fits);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg class=\"matrix\" style=\"max-width:{width:0}px\" viewBox=\"0 0 {width:0.#} {height:0.#}\" role=\"img\">");
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"y\" x=\"{Left - 8}\" y=\"{Top - 8}\">class ↓ predicted →</text>");
        for (int column = 0; column < columns.Length; column++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"x\" x=\"{Left + (cell * (column + 0.5)):0.#}\" y=\"{Top - 8 - (isStaggered ? column % 2 * 14 : 0)}\">{Name(NameOf(columns[column]), length)}</text>");
        }

        for (int row = 0; row < shown.Length; row++)
        {
            double y = Top + (high * row);
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"y\" x=\"{Left - 8}\" y=\"{y + (high / 2) + 4:0.#}\">{Name(all[shown[row]].Name, NameLength)}</text>");
            for (int column = 0; column < columns.Length; column++)
            {
                Cell(shown[row], columns[column], Left + (cell * column), y);
            }
        }

        return svg.Append("</svg>").ToString();

        string NameOf(int column) => column < all.Length ? all[column].Name : "(none of them)";

        void Cell(int actual, int predicted, double x, double y)
        {
            long rows = confusion[actual, predicted];
            double share = all[actual].Rows == 0 ? 0 : (double)rows / all[actual].Rows;
            string kind = actual == predicted ? "right" : "wrong";
            string text = string.Create(CultureInfo.InvariantCulture, $"{all[actual].Name} as {(predicted < all.Length ? all[predicted].Name : "none of the classes")}: {rows:N0} of {all[actual].Rows:N0} rows, {share:P1}");
            svg.Append(CultureInfo.InvariantCulture, $"<g><title>{WebUtility.HtmlEncode(text)}</title><rect class=\"{kind}\" fill-opacity=\"{share:0.###}\" x=\"{x + 1:0.#}\" y=\"{y + 1:0.#}\" width=\"{cell - 2:0.#}\" height=\"{high - 2:0.#}\"/>");
            if (rows > 0)
            {
                svg.Append(CultureInfo.InvariantCulture, $"<text class=\"x{(share > 0.5 ? " on" : "")}\" x=\"{x + (cell / 2):0.#}\" y=\"{y + (high / 2) + 4:0.#}\">{Short(rows)}</text>");
            }

            svg.Append("</g>");
        }
    }

    private static string Name(string name, int length) => WebUtility.HtmlEncode(name.Length <= length ? name : $"{name[..(length - 1)]}…");

    /// <summary>A number of rows in at most four characters.</summary>
    private static string Short(long rows) => rows switch
    {
        < 10_000 => rows.ToString(CultureInfo.InvariantCulture),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{rows / 1000}k"),
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{rows / 1e6:0.0}M"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{rows / 1_000_000:N0}M"),
    };
}
