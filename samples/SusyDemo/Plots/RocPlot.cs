using System.Globalization;
using ScottPlot;
using SusyDemo.Evaluation;

namespace SusyDemo.Plots;

/// <summary>ROC curves in one picture.</summary>
internal static class RocPlot
{
    /// <summary>More points than this no picture can show.</summary>
    private const int MaxPoints = 1000;

    /// <summary>Draws the curves.</summary>
    /// <param name="path">The PNG file.</param>
    /// <param name="title">The title.</param>
    /// <param name="results">The models' results by their names.</param>
    public static void Save(string path, string title, IEnumerable<(string Model, TestReport Result)> results)
    {
        using var plot = new Plot();
        plot.Title(title);
        plot.XLabel("background taken for signal");
        plot.YLabel("signal found");
        foreach ((string model, TestReport result) in results)
        {
            RocPoint[] points = Thin(result.Roc.Points);
            ScottPlot.Plottables.Scatter line = plot.Add.ScatterLine(
                points.Select(p => p.FalsePositiveRate).ToArray(), points.Select(p => p.TruePositiveRate).ToArray());
            line.LegendText = string.Create(CultureInfo.InvariantCulture, $"{model}, AUC {result.Roc.Area:F4}");
            line.LineWidth = 2;
        }

        ScottPlot.Plottables.LinePlot chance = plot.Add.Line(0, 0, 1, 1);
        chance.LinePattern = LinePattern.Dotted;
        chance.LineColor = Colors.Gray;
        plot.Axes.SetLimits(0, 1, 0, 1);
        plot.ShowLegend(Alignment.LowerRight);
        plot.SavePng(path, 800, 800);
    }

    private static RocPoint[] Thin(IReadOnlyList<RocPoint> points)
    {
        int step = Math.Max(1, points.Count / MaxPoints);
        return [.. points.Where((_, i) => i % step == 0 || i == points.Count - 1)];
    }
}
