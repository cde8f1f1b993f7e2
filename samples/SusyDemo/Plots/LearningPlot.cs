using ScottPlot;
using SusyDemo.Network;

namespace SusyDemo.Plots;

/// <summary>Learning curves: the loss and the accuracy of the training batches against the rows seen.</summary>
internal static class LearningPlot
{
    /// <summary>Batches are averaged in groups, so that at most this many points are drawn.</summary>
    private const int MaxPoints = 200;

    /// <summary>Draws the curves.</summary>
    /// <param name="path">The PNG file.</param>
    /// <param name="title">The title.</param>
    /// <param name="curve">The curve, not empty.</param>
    public static void Save(string path, string title, IReadOnlyList<CurvePoint> curve)
    {
        CurvePoint[] points = Average(curve);
        double[] rows = [.. points.Select(p => (double)p.Rows)];
        using var plot = new Plot();
        plot.Title(title);
        plot.XLabel("rows seen");
        plot.YLabel("of the training batches, with dropout");
        Add(plot, "loss (binary cross-entropy)", rows, [.. points.Select(p => p.Loss)]);
        Add(plot, "accuracy", rows, [.. points.Select(p => p.Accuracy)]);
        plot.Axes.SetLimitsY(0, 1);
        plot.Axes.SetLimitsX(0, rows[^1] * 1.02);
        plot.ShowLegend(Alignment.LowerRight);
        plot.SavePng(path, 1000, 600);
    }

    private static void Add(Plot plot, string name, double[] x, double[] y)
    {
        ScottPlot.Plottables.Scatter line = plot.Add.ScatterLine(x, y);
        line.LegendText = name;
        line.LineWidth = 2;
    }

    private static CurvePoint[] Average(IReadOnlyList<CurvePoint> curve)
    {
        int group = (curve.Count + MaxPoints - 1) / MaxPoints;
        return [.. curve.Chunk(group).Select(c => new CurvePoint(c[^1].Rows, c.Average(p => p.Loss), c.Average(p => p.Accuracy)))];
    }
}
