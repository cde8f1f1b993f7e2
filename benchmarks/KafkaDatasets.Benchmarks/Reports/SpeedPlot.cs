using System.Globalization;
using ScottPlot;

namespace KafkaDatasets.Benchmarks.Reports;

/// <summary>Rows per second by reader, as bars.</summary>
internal static class SpeedPlot
{
    private const int Width = 1000;
    private const int HeightPerBar = 40;

    /// <summary>The file of another plot of the same run.</summary>
    public static string FileFor(string file, string plot) =>
        Path.Combine(Path.GetDirectoryName(file) ?? "", $"{Path.GetFileNameWithoutExtension(file)}-{plot}{Path.GetExtension(file)}");

    public static void Save(string file, string title, IEnumerable<(string Reader, double RowsPerSecond)> readers)
    {
        (string Reader, double RowsPerSecond)[] ascending = [.. readers.OrderBy(r => r.RowsPerSecond)];
        using var plot = new Plot();
        plot.Title(title);
        for (int i = 0; i < ascending.Length; i++)
        {
            (string reader, double rowsPerSecond) = ascending[i];
            plot.Add.Bar(new Bar
            {
                Orientation = Orientation.Horizontal,
                Position = i,
                Value = rowsPerSecond / 1e6,
                FillColor = reader.Contains("KafkaDatasets", StringComparison.Ordinal) ? Colors.SteelBlue : Colors.Silver,
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
