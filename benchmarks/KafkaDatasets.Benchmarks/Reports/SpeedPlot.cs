using System.Globalization;
using ScottPlot;

namespace KafkaDatasets.Benchmarks.Reports;

/// <summary>Rows per second by reader, as bars.</summary>
internal static class SpeedPlot
{
    private const int Width = 1000;
    private const int HeightPerBar = 40;

    public static void Save(string file, IEnumerable<(string Reader, double RowsPerSecond)> readers)
    {
        (string Reader, double RowsPerSecond)[] ascending = [.. readers.OrderBy(r => r.RowsPerSecond)];
        using var plot = new Plot();
        plot.Title("SUSY rows read per second, millions");
        for (int i = 0; i < ascending.Length; i++)
        {
            (string reader, double rowsPerSecond) = ascending[i];
            plot.Add.Bar(new Bar
            {
                Orientation = Orientation.Horizontal,
                Position = i,
                Value = rowsPerSecond / 1e6,
                FillColor = reader.StartsWith("KafkaDatasets", StringComparison.Ordinal) ? Colors.SteelBlue : Colors.Silver,
                LineWidth = 0,
                Label = (rowsPerSecond / 1e6).ToString("0.00", CultureInfo.InvariantCulture),
            });
        }

        plot.Axes.Left.SetTicks([.. ascending.Select((_, i) => (double)i)], [.. ascending.Select(r => r.Reader.Replace("`", ""))]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.HideGrid();
        plot.Axes.Margins(left: 0, right: 0.1);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        plot.Save(file, Width, (HeightPerBar * ascending.Length) + 80);
    }
}
