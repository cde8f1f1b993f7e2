using KafkaDatasets;
using ScottPlot;

namespace SusyDemo.Plots;

/// <summary>The accuracy of each version of a model over time, with the points at which a change was found.</summary>
internal static class RecoveryPlot
{
    /// <summary>Draws it.</summary>
    /// <param name="path">The PNG file.</param>
    /// <param name="result">The figures of a monitor.</param>
    /// <param name="start">The time from which seconds are counted.</param>
    public static void Save(string path, MonitorResult result, DateTimeOffset start)
    {
        using var plot = new Plot();
        plot.Title("A drift, and the recovery from it");
        plot.XLabel("seconds");
        plot.YLabel("accuracy of each window of events");
        var palette = new ScottPlot.Palettes.Category10();
        bool isFirst = true;
        for (int i = 0; i < result.Models.Count; i++)
        {
            ModelReport model = result.Models[i];
            ScottPlot.Plottables.Scatter line = plot.Add.ScatterLine(
                model.Windows.Select(w => (w.End - start).TotalSeconds).ToArray(), model.Windows.Select(w => w.Metrics.Accuracy).ToArray());
            line.LegendText = model.Version;
            line.LineWidth = 2;
            line.Color = palette.GetColor(i);
            foreach (DriftPoint drift in model.DistinctDrifts)
            {
                ScottPlot.Plottables.VerticalLine found = plot.Add.VerticalLine((drift.Time - start).TotalSeconds);
                found.LinePattern = LinePattern.Dashed;
                found.Color = Colors.Red;
                found.LineWidth = 1;
                found.LegendText = isFirst ? "a change was found" : "";
                isFirst = false;
            }
        }

        plot.Axes.SetLimitsY(0.4, 1);
        plot.ShowLegend(Alignment.LowerRight);
        plot.SavePng(path, 1000, 600);
    }
}
