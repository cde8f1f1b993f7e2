using System.Globalization;
using System.Net;
using System.Text;
using KafkaDatasets.Monitoring.Statistics;

namespace KafkaDatasets.Monitoring.Reports;

/// <summary>A monitor's result as one HTML page: tables, and plots as inline SVG. It loads nothing and runs nothing.</summary>
internal static class HtmlReport
{
    private const int HistogramBins = 12;

    /// <summary>How many categories a histogram shows, the most frequent ones.</summary>
    private const int HistogramCategories = 8;

    private const string Style =
        """
        :root{color-scheme:light dark}
        body{font:15px/1.5 system-ui,sans-serif;max-width:960px;margin:2em auto;padding:0 1em}
        h1{font-size:1.6em}h2{font-size:1.2em;margin-top:2em}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
        th,td{padding:.3em .6em;text-align:right;border-bottom:1px solid #8884}
        th:first-child,td:first-child,td.text,th.text{text-align:left}
        .scroll{overflow-x:auto}
        svg{width:100%;height:auto}svg.small{width:220px;height:48px}
        text{font:11px system-ui,sans-serif;fill:currentColor}
        text.y{text-anchor:end}text.x{text-anchor:middle}text.last{text-anchor:end}
        .grid{stroke:#8883}.diagonal{stroke:#888;stroke-dasharray:4 4}
        .line{fill:none;stroke-width:2}.mark{stroke-width:1.5;stroke-dasharray:6 3}
        svg.matrix{min-width:480px}.right{fill:#0072B2;stroke:#8884}.wrong{fill:#D55E00;stroke:#8884}text.on{fill:#fff}
        .reasons{min-width:16em;text-align:left}
        @media(max-width:600px){svg:not(.matrix) text{font-size:20px}text.between{display:none}}
        .before{fill:#888}.now{fill:#0072B2}
        .drifted{color:#D55E00;font-weight:600}.none{opacity:.7}
        .key{display:inline-block;width:.8em;height:.8em;margin-right:.4em;border-radius:2px}
        """;

    /// <summary>The title of a monitor's page, which says of which topic it is.</summary>
    public static string TitleOf(MonitorOptions options) => $"Model monitoring: {options.ScoresTopic}";

    public static string Of(MonitorResult result, string title)
    {
        var html = new StringBuilder();
        html.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>")
            .Append(Encode(title)).Append("</title><style>").Append(Style).Append("</style></head><body><h1>").Append(Encode(title)).Append("</h1>\n");
        Period(html, result);
        Models(html, result);
        foreach (Figure figure in Figure.All.Where(f => f.IsPlotted))
        {
            Plot(html, result, $"{char.ToUpperInvariant(figure.Name[0])}{figure.Name[1..]}", figure.Of);
        }

        Calibration(html, result);
        Classes(html, result);
        Columns(html, result.Drift);
        Segments(html, result);
        Counts(html, result);
        return html.Append("</body></html>\n").ToString();
    }

    /// <summary>The dates, which the axes of short periods do not show.</summary>
    private static void Period(StringBuilder html, MonitorResult result)
    {
        MetricsWindow[] windows = [.. result.Models.SelectMany(m => m.Windows)];
        if (windows.Length > 0)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"none\">From {windows.Min(w => w.Start).UtcDateTime:yyyy-MM-dd HH:mm:ss} to {windows.Max(w => w.End).UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC.</p>\n");
        }
    }

    private static void Models(StringBuilder html, MonitorResult result)
    {
        if (result.Models.Count == 0)
        {
            html.Append("<p class=\"none\">There are no scores.</p>\n");
            return;
        }

        IReadOnlyList<Figure> figures = Figure.Known(result.Models.Select(m => m.Metrics));
        Table(
            html,
            ["model version", "rows", "unmatched", .. figures.Select(f => f.Name), "changes"],
            result.Models.Select((m, i) => (string[])
            [
                $"<span class=\"key\" style=\"background:{SvgPlot.ColorOf(i)}\"></span>{Encode(m.Version)}",
                $"{m.Metrics.Rows:N0}",
                $"{m.Metrics.Unmatched:N0}",
                .. figures.Select(f => Text(f.Of(m.Metrics))),
                $"{m.DistinctDrifts.Count:N0}",
            ]));
    }

    private static void Plot(StringBuilder html, MonitorResult result, string name, Func<ModelMetrics, double> figure)
    {
        (double X, double Y)[][] series =
        [
            .. result.Models.Select(m => m.Windows.Select(w => (X: (Milliseconds(w.Start) + Milliseconds(w.End)) / 2, Y: figure(w.Metrics))).ToArray()),
        ];
        if (!series.Any(s => s.Any(p => double.IsFinite(p.Y))))
        {
            return;
        }

        html.Append("<h2>").Append(name).Append(" over time</h2>\n");
        (double, int, string)[] marks =
        [
            .. result.Models.SelectMany((m, i) => m.DistinctDrifts.Select(d => (Milliseconds(d.Time), i, FormattableString.Invariant($"{m.Version}: {d.Detector} found a change at row {d.Row}, {d.Time:u}")))),
        ];
        double[] times = [.. series.SelectMany(s => s.Select(p => p.X))];
        string format = TimeSpan.FromMilliseconds(times.Max() - times.Min()) switch
        {
            { TotalDays: > 2 } => "yyyy-MM-dd",
            { TotalSeconds: > 8 } => "MM-dd HH:mm:ss",
            _ => "HH:mm:ss.fff",
        };
        html.Append(SvgPlot.Lines(series, marks, x => Time(x).ToString(format, CultureInfo.InvariantCulture)));
        html.Append(marks.Length > 0 ? "<p class=\"none\">Dashed lines: the detector found that the errors have changed. Times are UTC.</p>\n" : "<p class=\"none\">Times are UTC.</p>\n");
    }

    private static void Calibration(StringBuilder html, MonitorResult result)
    {
        (double X, double Y)[][] series = [.. result.Models.Select(m => m.Metrics.Calibration.Where(b => b.Rows > 0).Select(b => (b.MeanProbability, b.PositiveShare)).ToArray())];
        if (series.Any(s => s.Length > 0))
        {
            html.Append("<h2>Calibration</h2>\n");
            html.Append(SvgPlot.Lines(series, [], x => x.ToString("0.00", CultureInfo.InvariantCulture), (0, 1), diagonal: true));
            html.Append(result.Models.Any(m => m.Metrics.Multiclass is not null)
                ? "<p class=\"none\">Share of right predictions over the highest probability; on the dashed line, a model is as certain as it should be.</p>\n"
                : "<p class=\"none\">Share of positive labels over the predicted probability; on the dashed line, a model is as certain as it should be.</p>\n");
        }
    }

    private static void Classes(StringBuilder html, MonitorResult result)
    {
        foreach (ModelReport model in result.Models)
        {
            if (model.Metrics is not { Rows: > 0, Multiclass: { } classes })
            {
                continue;
            }

            html.Append("<h2>Classes: ").Append(Encode(model.Version)).Append("</h2>\n").Append("<div class=\"scroll\">").Append(ConfusionPlot.Of(classes)).Append("</div>\n");
            html.Append("<p class=\"none\">Rows of each class by predicted class; the stronger the colour, the larger the share of the class's rows.");
            if (classes.Classes.Count > ConfusionPlot.MostClasses)
            {
                html.Append(CultureInfo.InvariantCulture, $" The {ConfusionPlot.MostClasses} classes with the most rows of {classes.Classes.Count}.");
            }

            html.Append("</p>\n");
            Table(
                html,
                ["class", "rows", "predicted", "precision", "recall", "F1", "log loss"],
                classes.Classes.Select(c => (string[])[Encode(c.Name), $"{c.Rows:N0}", $"{c.Predicted:N0}", Text(c.Precision), Text(c.Recall), Text(c.F1), Text(c.LogLoss)]));
        }
    }

    private static void Columns(StringBuilder html, ProfileComparison? drift)
    {
        if (drift is null)
        {
            return;
        }

        html.Append(CultureInfo.InvariantCulture, $"<h2>Columns</h2>\n<p>{drift.Current.Rows:N0} latest rows (blue) compared with {drift.Reference.Rows:N0} of the reference (grey): {drift.Columns.Count(c => c.IsDrifted)} of {drift.Columns.Count} columns have drifted.</p>\n");
        Table(
            html,
            ["column", "KS", "Wasserstein", "Jensen–Shannon", "PSI", "χ²", "p-value", "missing", "reference and now", ""],
            drift.Columns.OrderByDescending(c => c.IsDrifted).ThenByDescending(c => double.IsNaN(c.PopulationStability) ? -1 : c.PopulationStability).Select(c => (string[])
            [
                c.IsDrifted ? $"<span class=\"drifted\">{Encode(c.Name)}</span>" : Encode(c.Name),
                Text(c.KolmogorovSmirnov, "0.000"),
                Text(c.Wasserstein, "0.###"),
                Text(c.JensenShannon, "0.000"),
                Text(c.PopulationStability, "0.000"),
                Text(c.ChiSquared, "0.#"),
                Text(c.PValue, "0.###"),
                $"{c.MissingChange * 100:+0.0;-0.0;0.0} %",
                Histograms(c),
                $"<div class=\"reasons\">{Encode(string.Join("; ", c.Reasons))}</div>",
            ]));
    }

    private static string Histograms(ColumnDrift column)
    {
        if (column.Reference is not { Count: > 0 } reference || column.Current is not { Count: > 0 } current || reference.IsNumeric != current.IsNumeric)
        {
            return "";
        }

        if (reference.IsNumeric)
        {
            // Outliers are left out of the picture (never of the distances): one would leave no room for the rest.
            double low = Math.Min(reference.Quantile(0.005), current.Quantile(0.005));
            double high = Math.Max(reference.Quantile(0.995), current.Quantile(0.995));
            high = high > low ? high : Math.BitIncrement(low);
            double[] edges = [.. Enumerable.Range(0, HistogramBins + 1).Select(i => low + ((high - low) * i / HistogramBins))];
            return SvgPlot.Histograms(Shares(reference.Sample), Shares(current.Sample));

            double[] Shares(WeightedSample sample) => [.. sample.Counts(edges).Select(c => c / sample.Total)];
        }

        string[] values = [.. reference.Categories.Keys.Union(current.Categories.Keys)
            .OrderByDescending(v => reference.Categories.GetValueOrDefault(v) + current.Categories.GetValueOrDefault(v)).Take(HistogramCategories)];
        return SvgPlot.Histograms(
            [.. values.Select(v => (double)reference.Categories.GetValueOrDefault(v) / reference.Count)],
            [.. values.Select(v => (double)current.Categories.GetValueOrDefault(v) / current.Count)]);
    }

    private static void Segments(StringBuilder html, MonitorResult result)
    {
        if (result.Models.All(m => m.Segments.Count == 0))
        {
            return;
        }

        html.Append("<h2>Segments</h2>\n");
        Figure[] figures = [.. Figure.Known(result.Models.SelectMany(m => m.Segments.Values)).Where(f => f.IsOfSegments)];
        Table(
            html,
            ["model version", "segment", "rows", "unmatched", .. figures.Select(f => f.Name)],
            result.Models.SelectMany(m => m.Segments.OrderByDescending(s => s.Value.Rows).Select(s => (string[])
            [
                Encode(m.Version),
                Encode(s.Key),
                $"{s.Value.Rows:N0}",
                $"{s.Value.Unmatched:N0}",
                .. figures.Select(f => Text(f.Of(s.Value))),
            ])));
    }

    private static void Counts(StringBuilder html, MonitorResult result)
    {
        html.Append("<h2>Records</h2>\n");
        Table(
            html,
            ["", "scores", "labels"],
            [
                ["read", $"{result.Scores:N0}", $"{result.Labels:N0}"],
                ["twice for a row (counted once)", $"{result.DoubledScores:N0}", $"{result.DoubledLabels:N0}"],
                ["without a value or a key", $"{result.UnusableScores:N0}", $"{result.UnusableLabels:N0}"],
                ["too late", $"{result.LateScores:N0}", ""],
                ["without a partner", $"{result.Models.Sum(m => m.Metrics.Unmatched):N0}", $"{result.UnusedLabels:N0}"],
            ]);
    }

    private static void Table(StringBuilder html, string[] heads, IEnumerable<string[]> rows)
    {
        html.Append("<div class=\"scroll\"><table><tr>").Append(string.Concat(heads.Select(h => $"<th>{h}</th>"))).Append("</tr>\n");
        foreach (string[] row in rows)
        {
            html.Append("<tr>").Append(string.Concat(row.Select(c => $"<td>{c}</td>"))).Append("</tr>\n");
        }

        html.Append("</table></div>\n");
    }

    private static double Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    /// <summary>The time at a place of the axis, which may reach beyond the years that a <see cref="DateTimeOffset"/> has: producers that write microseconds where milliseconds belong have such times.</summary>
    private static DateTimeOffset Time(double milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Clamp(milliseconds, DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));

    private static string Text(double value, string format = "0.0000") => double.IsNaN(value) ? "" : value.ToString(format, CultureInfo.InvariantCulture);

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
